import { refuse } from "../../src/base/errors.ts";
import type { Team } from "../../src/engine/tools/tool.ts";

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
