import type { Result } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { SpawnCommandInput } from "../protocol/commands.ts";
import type {
  AgentRecord,
  AgentTreeRow,
  ArchivedTeam,
  Collision,
  LeftOut,
  Orphan,
  SpendingRecord,
  WorktreeRecord,
} from "../protocol/records.ts";
import type { Session } from "./session.ts";

/**
 * What `activate` returns to other extensions: the engine of the window's repository. Each call opens it where it is
 * not open yet; where that cannot be, or where agents never worked, the call answers the refusal that says why.
 */
export interface BanyanApi {
  readonly agents: Omit<Engine["agents"], "spawn" | "tree" | "stopEverything" | "archived"> & {
    /** Starts a new team, and makes the repository's store where there is none. */
    spawn(command: SpawnCommandInput): Promise<Result<AgentRecord>>;
    /** All teams, depth first, oldest team first; or one team. */
    tree(root?: string): Promise<Result<readonly AgentTreeRow[]>>;
    /** Ends every team; answers the roots that were open. */
    stopEverything(reason: string): Promise<Result<readonly AgentRecord[]>>;
    /** The teams that were put away, newest first. */
    archived(): Promise<Result<readonly ArchivedTeam[]>>;
  };
  readonly messages: Engine["messages"];
  readonly budgets: Omit<Engine["budgets"], "spending"> & {
    /** What all teams together came to, and the user's caps. */
    spending(): Promise<Result<SpendingRecord>>;
  };
  readonly worktrees: Omit<
    Engine["worktrees"],
    "list" | "readFileAt" | "collisions" | "branches" | "orphans" | "leftOut"
  > & {
    list(): Promise<Result<readonly WorktreeRecord[]>>;
    /** Work that would conflict as things are now. */
    collisions(): Promise<Result<readonly Collision[]>>;
    /** The user's local branches, the current one first. */
    branches(): Promise<Result<readonly string[]>>;
    /** What git, the store and the disk don't agree on. */
    orphans(): Promise<Result<readonly Orphan[]>>;
    /** What was too large to be kept of removed worktrees, by agent. */
    leftOut(): Promise<Result<Readonly<Record<string, readonly LeftOut[]>>>>;
    /** A file's bytes as of a commit; undefined where it isn't there. */
    readFileAt(commit: string, path: string): Promise<Result<Uint8Array | undefined>>;
  };
  readonly reviews: Engine["reviews"];
}

export function createApi(session: Pick<Session, "engine">): BanyanApi {
  const using = async <T>(use: (engine: Engine) => Promise<Result<T>>): Promise<Result<T>> => {
    const engine = await session.engine("refuse");
    return engine.ok ? use(engine.value) : engine;
  };
  const reading = <T>(read: (engine: Engine) => Promise<T>): Promise<Result<T>> =>
    using(async (engine) => ({ ok: true, value: await read(engine) }));

  return {
    agents: {
      async spawn(command) {
        const engine = await session.engine("create");
        return engine.ok ? engine.value.agents.spawn(command) : engine;
      },
      find: (agent) => using((engine) => engine.agents.find(agent)),
      tree: (root) => reading((engine) => engine.agents.tree(root)),
      turns: (agent) => using((engine) => engine.agents.turns(agent)),
      transcript: (agent) => using((engine) => engine.agents.transcript(agent)),
      children: (agent) => using((engine) => engine.agents.children(agent)),
      ancestors: (agent) => using((engine) => engine.agents.ancestors(agent)),
      descendants: (agent) => using((engine) => engine.agents.descendants(agent)),
      stop: (agent, reason, scope) => using((engine) => engine.agents.stop(agent, reason, scope)),
      stopEverything: (reason) => reading((engine) => engine.agents.stopEverything(reason)),
      pause: (agent, reason, scope) => using((engine) => engine.agents.pause(agent, reason, scope)),
      resume: (agent, scope) => using((engine) => engine.agents.resume(agent, scope)),
      reopen: (command) => using((engine) => engine.agents.reopen(command)),
      archive: (agent) => using((engine) => engine.agents.archive(agent)),
      restore: (team) => using((engine) => engine.agents.restore(team)),
      archived: () => reading((engine) => engine.agents.archived()),
      archivedTeam: (team) => using((engine) => engine.agents.archivedTeam(team)),
      whenEnded: (agent, signal) => using((engine) => engine.agents.whenEnded(agent, signal)),
    },
    messages: {
      send: (command) => using((engine) => engine.messages.send(command)),
      list: (agent) => using((engine) => engine.messages.list(agent)),
      find: (message) => using((engine) => engine.messages.find(message)),
      threads: (query) => using((engine) => engine.messages.threads(query)),
      page: (query) => using((engine) => engine.messages.page(query)),
      deadLetters: (agent) => using((engine) => engine.messages.deadLetters(agent)),
      sendAgain: (message) => using((engine) => engine.messages.sendAgain(message)),
      discard: (message) => using((engine) => engine.messages.discard(message)),
    },
    budgets: {
      list: (agent) => using((engine) => engine.budgets.list(agent)),
      ledger: (agent) => using((engine) => engine.budgets.ledger(agent)),
      raise: (command) => using((engine) => engine.budgets.raise(command)),
      forecast: (command) => using((engine) => engine.budgets.forecast(command)),
      spending: () => reading((engine) => engine.budgets.spending()),
    },
    worktrees: {
      list: () => reading((engine) => engine.worktrees.list()),
      diff: (agent) => using((engine) => engine.worktrees.diff(agent)),
      patch: (agent) => using((engine) => engine.worktrees.patch(agent)),
      readFileAt: (commit, path) => reading((engine) => engine.worktrees.readFileAt(commit, path)),
      merge: (agent, command) => using((engine) => engine.worktrees.merge(agent, command)),
      merges: (agent) => using((engine) => engine.worktrees.merges(agent)),
      undoMerge: (agent) => using((engine) => engine.worktrees.undoMerge(agent)),
      resolve: (agent, by) => using((engine) => engine.worktrees.resolve(agent, by)),
      finishResolution: (agent) => using((engine) => engine.worktrees.finishResolution(agent)),
      abandonResolution: (agent) => using((engine) => engine.worktrees.abandonResolution(agent)),
      collisions: () => reading((engine) => engine.worktrees.collisions()),
      branches: () => reading((engine) => engine.worktrees.branches()),
      orphans: () => reading((engine) => engine.worktrees.orphans()),
      leftOut: () => reading((engine) => engine.worktrees.leftOut()),
      clean: (command) => using((engine) => engine.worktrees.clean(command)),
      restore: (name, folder) => using((engine) => engine.worktrees.restore(name, folder)),
    },
    reviews: {
      get: (agent) => using((engine) => engine.reviews.get(agent)),
      file: (agent, path) => using((engine) => engine.reviews.file(agent, path)),
      mark: (command) => using((engine) => engine.reviews.mark(command)),
      comment: (command) => using((engine) => engine.reviews.comment(command)),
      settleComment: (id, resolved) => using((engine) => engine.reviews.settleComment(id, resolved)),
      requestChanges: (command) => using((engine) => engine.reviews.requestChanges(command)),
    },
  };
}
