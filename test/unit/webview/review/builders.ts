import type {
  DiffHunk,
  DiffLine,
  FileReview,
  Review,
  ReviewComment,
  ReviewFile,
} from "../../../../src/protocol/records.ts";
import type { ShownReview } from "../../../../src/protocol/reviewView.ts";

/** A modified text file; `changes` say what is different. */
export const reviewFile = (changes: Partial<ReviewFile> = {}): ReviewFile => ({
  path: "src/a.ts",
  status: "modified",
  previousPath: null,
  added: 2,
  deleted: 1,
  baseSize: 100,
  workSize: 120,
  baseMode: "100644",
  workMode: "100644",
  binary: false,
  wholeOnly: false,
  decision: null,
  marks: {},
  ...changes,
});

export const diffLine = (changes: Partial<DiffLine> = {}): DiffLine => ({
  kind: "context",
  text: "same",
  baseLine: 1,
  workLine: 1,
  noNewline: false,
  ...changes,
});

export const diffHunk = (id: string, lines: readonly DiffLine[] = [diffLine()]): DiffHunk => ({
  id,
  baseStart: 1,
  baseCount: 1,
  workStart: 1,
  workCount: 1,
  heading: "",
  lines: [...lines],
});

export const fileReview = (path: string, hunks: readonly DiffHunk[] = [diffHunk("h1")]): FileReview => ({
  path,
  headCommit: "head",
  hunks: [...hunks],
  omitted: null,
});

export const reviewComment = (changes: Partial<ReviewComment> = {}): ReviewComment => ({
  id: "c1",
  agentId: "r",
  path: "src/a.ts",
  side: "work",
  line: 1,
  headCommit: "head",
  hunk: "h1",
  excerpt: " same",
  body: "Why?",
  writtenAt: 1,
  messageId: null,
  sentAt: null,
  resolvedAt: null,
  ...changes,
});

export const review = (changes: Partial<Review> = {}): Review => ({
  agent: {
    id: "r",
    parentId: null,
    rootId: "r",
    depth: 0,
    name: "lead",
    role: "lead",
    task: "Do it",
    model: "script/x.yaml",
    tools: null,
    mode: "auto",
    status: "completed",
    waitingFor: null,
    waitsUntil: null,
    awaitsAnswerTo: null,
    reason: null,
    result: { status: "completed", summary: "Done.", files: [], cost: null },
    turnsBefore: 0,
    createdAt: 1,
    startedAt: 2,
    endedAt: 3,
  },
  worktree: {
    agentId: "r",
    path: "/w/lead",
    branch: "banyan/lead-r",
    status: "isolated",
    baseCommit: "base",
    targetBranch: "main",
    headCommit: "head",
    snapshotCommit: "head",
    mergeCommit: null,
    carriedCommit: null,
    ignoredCommit: null,
    removedAt: null,
    createdAt: 1,
  },
  targetAgentId: null,
  baseCommit: "base",
  headCommit: "head",
  files: [reviewFile()],
  comments: [],
  answers: [],
  collisions: [],
  conflicts: [],
  undoable: null,
  resolution: null,
  ...changes,
});

export const shownReview = (changes: Partial<Review> = {}): ShownReview => ({
  review: review(changes),
  names: {},
  mergeObstacle: null,
});
