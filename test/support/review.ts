import type { DiffHunk, Review, ReviewComment, ReviewFile } from "../../src/protocol/records.ts";

const NOON = Date.UTC(2026, 2, 1, 12);

/** Commits of the reviews below. */
export const BASE = "b".repeat(40);
export const HEAD = "c".repeat(40);

export const reviewFile = (changes: Partial<ReviewFile> = {}): ReviewFile => ({
  path: "src/a.ts",
  status: "modified",
  previousPath: null,
  added: 2,
  deleted: 1,
  baseSize: 20,
  workSize: 30,
  baseMode: "100644",
  workMode: "100644",
  binary: false,
  wholeOnly: false,
  decision: null,
  marks: {},
  ...changes,
});

/** Written and not sent. */
export const reviewComment = (changes: Partial<ReviewComment> = {}): ReviewComment => ({
  id: "comment-1",
  agentId: "a000000000",
  path: "src/a.ts",
  side: "work",
  line: 2,
  headCommit: HEAD,
  hunk: null,
  excerpt: "",
  body: "Why twice?",
  writtenAt: NOON,
  messageId: null,
  sentAt: null,
  resolvedAt: null,
  ...changes,
});

export const diffHunk = (changes: Partial<DiffHunk> = {}): DiffHunk => ({
  id: "hunk-1",
  baseStart: 1,
  baseCount: 2,
  workStart: 1,
  workCount: 2,
  heading: "",
  lines: [
    { kind: "context", text: "one", baseLine: 1, workLine: 1, noNewline: false },
    { kind: "deleted", text: "two", baseLine: 2, workLine: null, noNewline: false },
    { kind: "added", text: "\tTWO", baseLine: null, workLine: 2, noNewline: false },
  ],
  ...changes,
});

/** The review of a root's work that changed one file; `changes` say what is different. */
export const reviewOf = (changes: Partial<Review> = {}): Review => ({
  agent: {
    id: "a000000000",
    parentId: null,
    rootId: "a000000000",
    depth: 0,
    name: "lead",
    role: "lead",
    task: "Make the parser faster",
    model: "offline/survey",
    tools: null,
    mode: "auto",
    status: "completed",
    waitingFor: null,
    waitsUntil: null,
    awaitsAnswerTo: null,
    reason: null,
    result: null,
    turnsBefore: 0,
    createdAt: NOON,
    startedAt: NOON,
    endedAt: NOON,
  },
  worktree: {
    agentId: "a000000000",
    path: "/repo/.banyan/worktrees/lead",
    branch: "banyan/lead-a000000000",
    status: "isolated",
    baseCommit: BASE,
    targetBranch: "main",
    headCommit: HEAD,
    snapshotCommit: null,
    mergeCommit: null,
    carriedCommit: null,
    ignoredCommit: null,
    removedAt: null,
    createdAt: NOON,
  },
  targetAgentId: null,
  baseCommit: BASE,
  headCommit: HEAD,
  files: [reviewFile()],
  comments: [],
  answers: [],
  collisions: [],
  conflicts: [],
  undoable: null,
  resolution: null,
  ...changes,
});
