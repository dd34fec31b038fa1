import type {
  AgentTreeRow,
  BudgetRecord,
  MessageItem,
  MessageRecord,
  ThreadRecord,
  TurnRecord,
  WorktreeRecord,
} from "../../../../src/protocol/records.ts";

/** 2026-03-01 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 2, 1, 12);

/** A completed root that did nothing, with whatever is said otherwise. */
export function agentRow({
  figures,
  ...rest
}: Partial<Omit<AgentTreeRow, "figures">> & { figures?: Partial<AgentTreeRow["figures"]> } = {}): AgentTreeRow {
  const id = rest.id ?? "aaaaaaaaaa";
  return {
    id,
    parentId: null,
    rootId: id,
    depth: 0,
    name: "lead",
    role: "lead",
    tools: null,
    mode: "auto",
    task: "Survey this repository.",
    model: "offline/survey",
    status: "completed",
    waitingFor: null,
    waitsUntil: null,
    awaitsAnswerTo: null,
    reason: null,
    result: null,
    turnsBefore: 0,
    createdAt: NOON,
    startedAt: NOON,
    endedAt: NOON + 2500,
    worktree: null,
    ...rest,
    figures: {
      turns: 0,
      tokens: 0,
      costUsd: 0,
      overrunUsd: 0,
      unconfirmedUsd: 0,
      costKnown: true,
      subtreeAgents: 1,
      subtreeTurns: 0,
      subtreeTokens: 0,
      subtreeCostUsd: 0,
      subtreeCostKnown: true,
      allocatedUsd: 5_000_000,
      freeUsd: 5_000_000,
      pendingMessages: 0,
      ...figures,
    },
  };
}

/** A member of the team of `aaaaaaaaaa`. */
export const childRow = (id: string, name: string, rest: Parameters<typeof agentRow>[0] = {}): AgentTreeRow =>
  agentRow({ parentId: "aaaaaaaaaa", rootId: "aaaaaaaaaa", depth: 1, role: "surveyor", ...rest, id, name });

export const message = (rest: Partial<MessageRecord> = {}): MessageRecord => ({
  seq: 1,
  id: "message-1",
  threadId: "thread-1",
  inReplyTo: null,
  senderId: null,
  recipientId: "aaaaaaaaaa",
  relation: "user",
  kind: "task",
  priority: "normal",
  body: "Survey this repository.",
  payload: null,
  status: "processed",
  attempts: 1,
  dueAt: NOON,
  errors: [],
  sentAt: NOON,
  deliveredAt: NOON,
  processedAt: NOON,
  discardedAt: null,
  ...rest,
});

/** As it is listed, from the user to `lead` unless something else is said. */
export function messageItem(rest: Partial<MessageItem> = {}): MessageItem {
  const { payload: _, ...record } = message();
  const body = rest.body ?? record.body;
  const names = { senderName: null, recipientName: "lead" };
  return { ...record, ...names, answeredBy: null, recipientEnded: false, length: [...body].length, ...rest };
}

export const thread = (rest: Partial<ThreadRecord> = {}): ThreadRecord => ({
  id: "019aaed3-1c80-7aaa-8aaa-aaaaaaaaaaaa",
  rootId: "aaaaaaaaaa",
  team: "lead",
  subject: "Survey this repository.",
  createdAt: NOON,
  messages: 1,
  pending: 0,
  delivered: 0,
  dead: 0,
  lastSeq: 1,
  lastAt: NOON,
  lastSender: null,
  lastText: "Survey this repository.",
  ...rest,
});

export const balance = (rest: Partial<BudgetRecord> = {}): BudgetRecord => ({
  agentId: "aaaaaaaaaa",
  unit: "usd",
  state: "open",
  allocated: 5_000_000,
  reserved: 0,
  used: 0,
  ownUsed: 0,
  overrun: 0,
  unconfirmed: 0,
  ...rest,
});

export const worktree = (rest: Partial<WorktreeRecord> = {}): WorktreeRecord => ({
  agentId: "aaaaaaaaaa",
  path: "/repo/.banyan/worktrees/lead",
  branch: "banyan/lead-aaaaaaaaaa",
  status: "isolated",
  baseCommit: "b".repeat(40),
  targetBranch: "main",
  headCommit: "c".repeat(40),
  snapshotCommit: null,
  mergeCommit: null,
  carriedCommit: null,
  ignoredCommit: null,
  removedAt: null,
  createdAt: NOON,
  ...rest,
});

export const turn = (rest: Partial<TurnRecord> = {}): TurnRecord => ({
  id: "turn-1",
  agentId: "aaaaaaaaaa",
  number: 1,
  attempt: 1,
  status: "completed",
  inputTokens: 1200,
  outputTokens: 80,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  costUsd: 152,
  stopReason: "tool_use",
  failure: null,
  startedAt: NOON,
  endedAt: NOON + 40,
  ...rest,
});
