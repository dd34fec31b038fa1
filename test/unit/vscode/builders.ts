import { Emitter } from "../../../src/base/event.ts";
import { silentLogger } from "../../../src/base/log.ts";
import type { EngineEvent, EngineEventBody } from "../../../src/protocol/events.ts";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import type { RepositoryLocation } from "../../../src/vscode/repository.ts";
import type { Session, SessionState } from "../../../src/vscode/session.ts";

const figures: AgentTreeRow["figures"] = {
  turns: 5,
  tokens: 12_345,
  costUsd: 12_300,
  overrunUsd: 0,
  unconfirmedUsd: 0,
  costKnown: true,
  subtreeAgents: 1,
  subtreeTurns: 5,
  subtreeTokens: 12_345,
  subtreeCostUsd: 12_300,
  subtreeCostKnown: true,
  allocatedUsd: 5_000_000,
  freeUsd: 4_987_700,
  pendingMessages: 0,
};

/** A root that completed, with a worktree; `changes` say what is different. */
export const agentRow = (changes: Partial<AgentTreeRow> = {}): AgentTreeRow => ({
  id: "a000000000",
  parentId: null,
  rootId: "a000000000",
  depth: 0,
  name: "lead",
  role: "surveyor",
  tools: null,
  mode: "auto",
  task: "Survey the repository",
  model: "offline/survey",
  status: "completed",
  waitingFor: null,
  waitsUntil: null,
  awaitsAnswerTo: null,
  reason: null,
  result: null,
  turnsBefore: 0,
  createdAt: 1,
  startedAt: 2,
  endedAt: 3,
  figures,
  worktree: { branch: "banyan/lead-a000000000", path: "/w/lead", status: "isolated", mergeCommit: null },
  ...changes,
});

export const repositoryAt = (folder: string, changes: Partial<RepositoryLocation> = {}): RepositoryLocation => ({
  folder,
  commonDir: `${folder}/.git`,
  hasCommit: true,
  hasStore: true,
  ...changes,
});

/** A session whose state the test sets. */
export function stagedSession(state: SessionState) {
  const changes = new Emitter<SessionState>((error) => silentLogger.error("listener", error));
  let current = state;
  const session: Pick<Session, "state" | "onDidChange"> = {
    get state() {
      return current;
    },
    onDidChange: changes.event,
  };
  return {
    session,
    move(next: SessionState) {
      current = next;
      changes.fire(next);
    },
  };
}

let seq = 0;
export const eventOf = (body: EngineEventBody): EngineEvent => ({ ...body, seq: ++seq, at: seq });
