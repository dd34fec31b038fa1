import { ok, type Result, refuse } from "../../base/errors.ts";
import {
  type ForecastCommand,
  forecastCommandSchema,
  parseCommand,
  type RaiseCommandInput,
  type ReopenCommandInput,
  raiseCommandSchema,
  reopenCommandSchema,
  type SpawnCommandInput,
  spawnCommandSchema,
} from "../../protocol/commands.ts";
import type {
  AgentRecord,
  AgentTreeRow,
  BudgetEntry,
  BudgetRecord,
  Forecast,
  SpendingRecord,
  TurnRecord,
  WorkDiff,
  WorktreeRecord,
} from "../../protocol/records.ts";
import type { TranscriptEntry } from "../../protocol/transcript.ts";
import type { Scope } from "../../protocol/words.ts";
import { type ArchiveCommands, createArchiveCommands, matchingArchived } from "./archive.ts";
import { pauseAgents, resumeAgents, stopAgents, stopEverything } from "./control.ts";
import { forecast } from "./forecasting.ts";
import { spawnRoot } from "./hiring.ts";
import { createKeepingCommands, type KeepingCommands } from "./keepingCommands.ts";
import type { Parts } from "./parts.ts";
import { raiseByUser } from "./raising.ts";
import { reopenAgent } from "./reopening.ts";
import { createMergeCommands, type MergeCommands } from "./reviewCommands.ts";
import { readStand } from "./transcript.ts";

/** What the user may ask of agents: every input is parsed, every agent named by id, start of an id, or name. */

export interface AgentCommands extends ArchiveCommands {
  /** Starts a new team: a root agent that belongs to the user. */
  spawn(command: SpawnCommandInput): Promise<Result<AgentRecord>>;
  find(agent: string): Promise<Result<AgentRecord>>;
  /** All teams, depth first, oldest team first; or the team of one agent. */
  tree(agent?: string): Promise<readonly AgentTreeRow[]>;
  /** Every attempt at every turn, in order. */
  turns(agent: string): Promise<Result<readonly TurnRecord[]>>;
  transcript(agent: string): Promise<Result<readonly TranscriptEntry[]>>;
  /** Those that an agent hired, or got from one that ended before them; oldest first. */
  children(agent: string): Promise<Result<readonly AgentRecord[]>>;
  /** Those above an agent, its root first. */
  ancestors(agent: string): Promise<Result<readonly AgentRecord[]>>;
  /** All below an agent, deepest first. */
  descendants(agent: string): Promise<Result<readonly AgentRecord[]>>;
  /**
   * Ends an agent, and all below it or (scope `agent`) hands that over to its parent; keeps their work, returns their
   * budgets. Refuses to end a root alone while agents below it are open.
   */
  stop(agent: string, reason: string, scope?: Scope): Promise<Result<AgentRecord>>;
  /** Ends every team; answers the roots that were open. */
  stopEverything(reason: string): Promise<readonly AgentRecord[]>;
  /** Pauses when the step under way is done; one that takes longer than 30 s is cut off. */
  pause(agent: string, reason: string, scope?: Scope): Promise<Result<AgentRecord>>;
  /** Lets what is paused go on from its checkpoint. */
  resume(agent: string, scope?: Scope): Promise<Result<AgentRecord>>;
  /** Gives an ended agent more work, or tries its own again, with its transcript, its branch and a new allocation. */
  reopen(command: ReopenCommandInput): Promise<Result<AgentRecord>>;
}

export interface BudgetCommands {
  list(agent?: string): Promise<Result<readonly BudgetRecord[]>>;
  ledger(agent: string): Promise<Result<readonly BudgetEntry[]>>;
  /** Gives an agent more to spend; what those above it lack for that is raised with it. */
  raise(command: RaiseCommandInput): Promise<Result<readonly BudgetRecord[]>>;
  /** What agents may come to before anybody hires them. */
  forecast(command: ForecastCommand): Promise<Result<Forecast>>;
  /** What all teams together came to, calls under way at their worst case, and the user's caps. Micro-dollars. */
  spending(): Promise<SpendingRecord>;
}

export interface WorktreeCommands extends MergeCommands, KeepingCommands {
  list(): Promise<readonly WorktreeRecord[]>;
  diff(agent: string): Promise<Result<WorkDiff>>;
  /** The same as a unified patch. */
  patch(agent: string): Promise<Result<string>>;
  /** A file's bytes as of a commit; undefined where it isn't there. */
  readFileAt(commit: string, path: string): Promise<Uint8Array | undefined>;
}

export interface Lookup {
  find(agent: string): Promise<Result<AgentRecord>>;
  with<T>(agent: string, use: (found: AgentRecord) => Promise<T>): Promise<Result<T>>;
}

export function createLookup(parts: Parts): Lookup {
  const find = async (agent: string): Promise<Result<AgentRecord>> => {
    const matches = await parts.store.read((reader) => parts.agents.matching(reader, agent));
    const [first, second] = matches;
    if (first === undefined) return refuseUnknown(parts, agent);
    if (second === undefined || first.id === agent) return ok(first);
    const choices = matches.slice(0, 5).map((match) => `${match.name} (${match.id})`);
    return refuse("not_found", `"${agent}" fits several agents: ${choices.join(", ")}. Give an id.`);
  };
  return {
    find,
    async with(agent, use) {
      const found = await find(agent);
      return found.ok ? ok(await use(found.value)) : found;
    },
  };
}

/** Says where an agent that isn't here can be had from. */
async function refuseUnknown({ store }: Parts, agent: string): Promise<Result<never>> {
  const [team] = await store.read((reader) => matchingArchived(reader, agent));
  if (team === undefined) return refuse("not_found", `There is no agent "${agent}": see banyan tree.`);
  return refuse("not_found", `"${agent}" is archived with the team of ${team.name}: banyan restore ${team.rootId}`);
}

export function createAgentCommands(parts: Parts, lookup: Lookup): AgentCommands {
  const { store } = parts;
  return {
    find: lookup.find,
    ...createArchiveCommands(parts, lookup.find),
    async spawn(command) {
      const parsed = parseCommand(spawnCommandSchema, command);
      return parsed.ok ? spawnRoot(parts, parsed.value) : parsed;
    },
    async tree(root) {
      if (root === undefined) return store.read((reader) => parts.agents.tree(reader));
      const found = await lookup.find(root);
      return found.ok ? store.read((reader) => parts.agents.tree(reader, found.value.rootId)) : [];
    },
    turns: (agent) =>
      lookup.with(agent, async ({ id }) => {
        const turns = await store.read((reader) => parts.turns.all(reader, id));
        return turns.map((turn) => turn.record);
      }),
    transcript: (agent) => lookup.with(agent, async ({ id }) => (await readStand(parts, id)).transcript),
    children: (agent) => lookup.with(agent, ({ id }) => store.read((reader) => parts.agents.children(reader, id))),
    ancestors: (agent) => lookup.with(agent, ({ id }) => store.read((reader) => parts.agents.ancestors(reader, id))),
    descendants: (agent) =>
      lookup.with(agent, async ({ id }) => {
        const subtree = await store.read((reader) => parts.agents.subtree(reader, id));
        return subtree.filter((each) => each.id !== id);
      }),
    async stop(agent, reason, scope = "subtree") {
      const found = await lookup.find(agent);
      return found.ok ? stopAgents(parts, found.value, reason, scope) : found;
    },
    stopEverything: (reason) => stopEverything(parts, reason),
    async pause(agent, reason, scope = "subtree") {
      const found = await lookup.find(agent);
      return found.ok ? pauseAgents(parts, found.value, reason, scope) : found;
    },
    async resume(agent, scope = "subtree") {
      const found = await lookup.find(agent);
      return found.ok ? resumeAgents(parts, found.value, scope) : found;
    },
    async reopen(command) {
      const parsed = parseCommand(reopenCommandSchema, command);
      if (!parsed.ok) return parsed;
      const { id = parts.ids.unique(), agent, task = null, budgetUsd = null, budgetTokens = null } = parsed.value;
      const found = await lookup.find(agent);
      if (!found.ok) return found;
      const budget = { usd: budgetUsd, tokens: budgetTokens };
      return reopenAgent(parts, found.value.id, { task, budget, senderId: null, key: `user/${id}` });
    },
  };
}

export function createBudgetCommands(parts: Parts, lookup: Lookup): BudgetCommands {
  const { store, budgets } = parts;
  const list = (agentId?: string) => store.read((reader) => budgets.list(reader, agentId));
  return {
    list: async (agent) => (agent === undefined ? ok(await list()) : lookup.with(agent, ({ id }) => list(id))),
    ledger: (agent) => lookup.with(agent, ({ id }) => store.read((reader) => budgets.ledger(reader, id))),
    async raise(command) {
      const parsed = parseCommand(raiseCommandSchema, command);
      if (!parsed.ok) return parsed;
      const { id = parts.ids.unique(), agent, usd, tokens } = parsed.value;
      const found = await lookup.find(agent);
      if (!found.ok) return found;
      const raised = await raiseByUser(parts, found.value, { usd, tokens }, `user/${id}`);
      return raised.ok ? ok(await list(found.value.id)) : raised;
    },
    async forecast(command) {
      const parsed = parseCommand(forecastCommandSchema, command);
      return parsed.ok ? forecast(parts, parsed.value) : parsed;
    },
    spending: () => store.read((reader) => budgets.spending(reader)),
  };
}

export function createWorktreeCommands(parts: Parts, lookup: Lookup): WorktreeCommands {
  const { worktrees } = parts;
  return {
    ...createMergeCommands(parts, lookup),
    ...createKeepingCommands(parts, lookup),
    list: () => worktrees.list(),
    readFileAt: (commit, path) => worktrees.readFileAt(commit, path),
    async diff(agent) {
      const found = await lookup.find(agent);
      return found.ok ? worktrees.diff(found.value.id) : found;
    },
    async patch(agent) {
      const found = await lookup.find(agent);
      return found.ok ? worktrees.patch(found.value.id) : found;
    },
  };
}
