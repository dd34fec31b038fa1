import { type Disposable, DisposableStore } from "../base/disposable.ts";
import { messageOf } from "../base/errors.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { JoinedEngine, Role } from "../engine/join/join.ts";
import type { Clash } from "../protocol/collisions.ts";
import type { EngineEvent } from "../protocol/events.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import { isEnded } from "../protocol/words.ts";
import { type Clashes, readClashes, withChangedClashes } from "./clashes.ts";
import { createCoalescer } from "./coalesce.ts";
import type { ViewState } from "./contributions.ts";
import type { Session, SessionState } from "./session.ts";
import { diffTrees, type TreeChange } from "./treeDiff.ts";

/** The tree as the engine last told it, for the views to show. Holds no truth: it is read again from the engine. */
export interface AgentsModel extends Disposable {
  readonly state: ViewState;
  /** One line for the user where `state` is `broken`. */
  readonly problem: string | undefined;
  /** Depth first. Stays on screen while a refresh fails. */
  readonly rows: readonly AgentTreeRow[];
  row(id: string): AgentTreeRow | undefined;
  children(parent: string | null): readonly AgentTreeRow[];
  /** What the agent's work would conflict with as things are now. */
  clashes(id: string): readonly Clash[];
  readonly onDidChange: Event<AgentsChange>;
}

export interface AgentsChange {
  readonly tree: TreeChange;
  /** Agents that something happened to, also where no figure of theirs changed. */
  readonly touched: ReadonlySet<string>;
}

/**
 * Milliseconds between two refreshes. The editor puts a tree's redrawing off until no change came for 200 ms: what
 * changes more often than that is not drawn before it rests.
 */
export const REFRESH_MS = 250;

export function createAgentsModel(session: Pick<Session, "state" | "onDidChange">, log: Logger): AgentsModel {
  const disposables = new DisposableStore();
  const changes = disposables.add(
    new Emitter<AgentsChange>((error) => log.error("a listener of the tree failed", error)),
  );
  const refresher = disposables.add(createCoalescer(REFRESH_MS, () => load()));
  let following: DisposableStore | undefined;
  let engine: JoinedEngine | undefined;
  let rows: readonly AgentTreeRow[] = [];
  let index = indexOf(rows);
  let clashes: Clashes = new Map();
  let clashesDue = true;
  let touched = new Set<string>();
  let loaded = false;
  let failure: string | undefined;

  const fire = (tree: TreeChange) => {
    const change = { tree, touched };
    touched = new Set();
    changes.fire(change);
  };

  const load = async (): Promise<void> => {
    const asked = engine;
    if (asked === undefined) return;
    const due = clashesDue;
    clashesDue = false;
    const [next, found] = await Promise.all([readTree(asked, log), due ? readClashes(asked, log) : undefined]);
    if (asked !== engine) return;
    const first = !loaded || (failure === undefined) !== next.ok;
    failure = next.ok ? undefined : next.problem;
    const before = { rows, clashes };
    if (next.ok) rows = next.rows;
    if (next.ok) index = indexOf(rows);
    clashes = found ?? clashes;
    clashesDue ||= due && found === undefined;
    loaded = true;
    fire(first ? { kind: "all" } : withChangedClashes(diffTrees(before.rows, rows), before.clashes, clashes));
  };

  const onEvent = (event: EngineEvent) => {
    for (const id of agentsOf(event)) touched.add(id);
    clashesDue ||= changesClashes(event);
    refresher.trigger();
  };

  /** Who leads now is asked again; until it has answered, the rows stay as they are. */
  const onRole = ({ kind }: Role) => {
    if (kind !== "leader" && kind !== "client") return;
    clashesDue = true;
    refresher.trigger();
  };

  const follow = (state: SessionState) => {
    const next = state.kind === "ready" ? state.engine : undefined;
    if (next !== engine || next === undefined) {
      following?.dispose();
      following = new DisposableStore();
      engine = next;
      rows = [];
      index = indexOf(rows);
      clashes = new Map();
      clashesDue = true;
      loaded = false;
      failure = undefined;
      if (next !== undefined) following.add(next.onEvent(onEvent));
      if (next !== undefined) following.add(next.onDidChangeRole(onRole));
    }
    fire({ kind: "all" });
    if (next !== undefined) refresher.trigger();
  };

  disposables.add(session.onDidChange(follow));
  disposables.add({ dispose: () => following?.dispose() });
  follow(session.state);

  return {
    get state() {
      return viewStateOf(session.state, { loaded, failure, count: rows.length });
    },
    get problem() {
      return session.state.kind === "broken" ? session.state.problem.message : failure;
    },
    get rows() {
      return rows;
    },
    row: (id) => index.byId.get(id),
    children: (parent) => index.children.get(parent) ?? [],
    clashes: (id) => clashes.get(id) ?? [],
    onDidChange: changes.event,
    dispose() {
      engine = undefined;
      disposables.dispose();
    },
  };
}

/** Who has ended leaves work behind that others may collide with. */
const changesClashes = (event: EngineEvent): boolean =>
  event.type === "collisions.changed" ||
  event.type === "worktree.moved" ||
  (event.type === "agent.moved" && isEnded(event.to));

interface TreeIndex {
  readonly byId: ReadonlyMap<string, AgentTreeRow>;
  readonly children: ReadonlyMap<string | null, readonly AgentTreeRow[]>;
}

function indexOf(rows: readonly AgentTreeRow[]): TreeIndex {
  const children = new Map<string | null, AgentTreeRow[]>();
  for (const row of rows) {
    const siblings = children.get(row.parentId);
    if (siblings === undefined) children.set(row.parentId, [row]);
    else siblings.push(row);
  }
  return { byId: new Map(rows.map((row) => [row.id, row])), children };
}

type Read =
  | { readonly ok: true; readonly rows: readonly AgentTreeRow[] }
  | { readonly ok: false; readonly problem: string };

async function readTree(engine: Engine, log: Logger): Promise<Read> {
  try {
    return { ok: true, rows: await engine.agents.tree() };
  } catch (error) {
    log.error("the agents could not be read", error);
    return { ok: false, problem: `The agents could not be read: ${messageOf(error)}` };
  }
}

const agentsOf = (event: EngineEvent): string[] =>
  [event.agentId, event.type === "message.sent" ? event.recipientId : null].filter((id) => id !== null);

/** What the view shows, of what the window stands on and what was read. */
export function viewStateOf(
  session: SessionState,
  read: { readonly loaded: boolean; readonly failure: string | undefined; readonly count: number },
): ViewState {
  switch (session.kind) {
    case "noStore":
      return "noAgents";
    case "looking":
    case "opening":
      return "loading";
    case "ready":
      if (read.failure !== undefined) return "broken";
      if (!read.loaded) return "loading";
      return read.count === 0 ? "noAgents" : "agents";
    default:
      return session.kind;
  }
}
