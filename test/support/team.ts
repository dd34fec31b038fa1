import { refuse } from "../../src/base/errors.ts";
import type { Team, WorktreeHistory } from "../../src/engine/tools/tool.ts";

/** A team in which an agent is alone. */
export const aloneTeam: Team = {
  spawn: async () => refuse("limit_reached", "No more agents."),
  send: async () => refuse("not_found", "Nobody."),
  ask: async () => refuse("not_found", "Nobody."),
  merge: async () => refuse("not_found", "Nobody."),
  letResolve: async () => refuse("not_found", "Nobody."),
  answerComment: async () => refuse("not_found", "No such comment."),
  raise: async () => refuse("not_found", "Nobody."),
  stop: async () => refuse("not_found", "Nobody."),
  reopen: async () => refuse("not_found", "Nobody."),
  forecast: async () => refuse("not_found", "Nobody."),
  status: async () => ({
    left: { usd: 0, tokens: 0 },
    children: [],
    total: { open: 0, ended: 0, usd: 0, tokens: 0 },
  }),
};

/** The history of a worktree in which nobody asks for it. */
export const noHistory: WorktreeHistory = {
  diff: async () => refuse("not_found", "No history."),
  log: async () => refuse("not_found", "No history."),
  status: async () => refuse("not_found", "No history."),
  commit: async () => refuse("not_found", "No history."),
};
