import type { Disposable } from "../base/disposable.ts";
import { messageOf, ok, type Refusal, type Result, refuse } from "../base/errors.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { JoinedEngine, Role } from "../engine/join/join.ts";
import type { RepositoryLocation } from "./repository.ts";

/** Why a repository's engine is not there: a refusal, or a fault whose details are in the log. One line. */
export type Problem = Refusal | { readonly code: "fault"; readonly message: string };

/**
 * What the window stands on. It begins with `looking`; the next four are read off the window and the disk; `noStore` becomes `opening` when the
 * user spawns the first agent, every other repository at once. `opening` ends in `ready` or `broken`; these two stay
 * until the repository is another one, trust goes, or the user retries. `ready` stays too when the process that leads is
 * replaced; it becomes `broken` where nobody can lead any more.
 */
export type SessionState =
  | { readonly kind: "looking" }
  | { readonly kind: "noFolder" }
  | { readonly kind: "untrusted" }
  | { readonly kind: "noRepository" }
  | { readonly kind: "noCommit" }
  | { readonly kind: "noStore"; readonly repository: RepositoryLocation }
  | { readonly kind: "opening"; readonly repository: RepositoryLocation }
  | { readonly kind: "ready"; readonly repository: RepositoryLocation; readonly engine: JoinedEngine }
  | { readonly kind: "broken"; readonly repository: RepositoryLocation; readonly problem: Problem };

type ReadyState = Extract<SessionState, { kind: "ready" }>;

export interface SessionDeps {
  /** Local folders of the window. */
  folders(): readonly string[];
  isTrusted(): boolean;
  locate(folders: readonly string[]): Promise<RepositoryLocation | undefined>;
  /**
   * Joins a repository's engine: here, or in the process that leads; makes the store where there is none. Rejects with
   * the signal's reason.
   */
  open(folder: string, signal: AbortSignal): Promise<Result<JoinedEngine>>;
  readonly log: Logger;
}

/** The window's hold on one repository's engine, whichever process runs it. */
export interface Session extends Disposable {
  readonly state: SessionState;
  readonly onDidChange: Event<SessionState>;
  /** Looks at window and disk again; keeps an engine that is open, and one that could not be opened. Never rejects. */
  refresh(): Promise<void>;
  /** Lets go of what is open or broken and begins anew. Never rejects. */
  retry(): Promise<void>;
  /**
   * The engine, opened where it is not yet. Where agents never worked it is refused with `store_missing`, unless
   * `create` makes the store. Rejects when opening it failed as nobody expected.
   */
  engine(ifMissing: "create" | "refuse"): Promise<Result<Engine>>;
  /** Stops the engine and stays closed. Never rejects. */
  close(): Promise<void>;
}

type Opening = "keep" | "reopen" | "create";

export function createSession(deps: SessionDeps): Session {
  const changes = new Emitter<SessionState>((error) => deps.log.error("a listener of the session failed", error));
  let state: SessionState = { kind: "looking" };
  let closed = false;
  const closing = new AbortController();
  let tail: Promise<unknown> = Promise.resolve();

  /** One at a time: states are left and entered in order. */
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = tail.then(task);
    tail = result.catch(() => undefined);
    return result;
  };

  const move = (next: SessionState) => {
    state = next;
    changes.fire(next);
    if (next.kind === "ready") noticeLoss(next);
  };

  /** An engine is heard of until it is stopped. */
  const noticeLoss = (ready: ReadyState) => {
    const look = (role: Role) => {
      if (role.kind === "lost") void inTurn(() => lose(ready, role.refusal));
    };
    ready.engine.onDidChangeRole(look);
    look(ready.engine.role);
  };

  const lose = async (ready: ReadyState, problem: Refusal): Promise<void> => {
    if (state !== ready) return;
    move({ kind: "broken", repository: ready.repository, problem });
    await letGo(ready, deps.log);
  };

  const settle = async (opening: Opening): Promise<void> => {
    if (closed) return;
    const found = await survey(deps);
    if (opening !== "reopen" && isHeld(state, found, opening)) return;
    const last = state;
    const next = nextState(found, opening);
    move(next);
    await letGo(last, deps.log);
    if (next.kind === "opening") move(await open(next.repository, deps, closing.signal));
  };

  const guarded = (opening: Opening) =>
    inTurn(() => settle(opening)).catch((error) => deps.log.error("the session could not be refreshed", error));

  return {
    get state() {
      return state;
    },
    onDidChange: changes.event,
    refresh: () => guarded("keep"),
    retry: () => guarded("reopen"),
    async engine(ifMissing) {
      if (state.kind === "ready") return ok(state.engine);
      return inTurn(async () => {
        await settle(ifMissing === "create" ? "create" : "keep");
        return engineOf(state, closed);
      });
    },
    close: () => {
      closing.abort(new Error("the window closes"));
      return inTurn(async () => {
        if (closed) return;
        closed = true;
        const last = state;
        move({ kind: "noFolder" });
        await letGo(last, deps.log);
      });
    },
    dispose: () => changes.dispose(),
  };
}

/** What window and disk say, before anything is opened. */
async function survey(deps: SessionDeps): Promise<SessionState> {
  const folders = deps.folders();
  if (folders.length === 0) return { kind: "noFolder" };
  if (!deps.isTrusted()) return { kind: "untrusted" };
  const repository = await deps.locate(folders);
  if (repository === undefined) return { kind: "noRepository" };
  return repository.hasCommit ? { kind: "noStore", repository } : { kind: "noCommit" };
}

const nextState = (found: SessionState, opening: Opening): SessionState =>
  found.kind === "noStore" && (found.repository.hasStore || opening === "create")
    ? { kind: "opening", repository: found.repository }
    : found;

async function open(repository: RepositoryLocation, deps: SessionDeps, closing: AbortSignal): Promise<SessionState> {
  try {
    const opened = await deps.open(repository.folder, closing);
    if (!opened.ok) return { kind: "broken", repository, problem: opened.refusal };
    return await started(repository, opened.value, deps.log);
  } catch (error) {
    if (closing.aborted && error === closing.reason) return { kind: "noStore", repository };
    deps.log.error("the repository could not be opened", error, { folder: repository.folder });
    return { kind: "broken", repository, problem: { code: "fault", message: messageOf(error) } };
  }
}

/** An engine that fails to start is closed again: its lock must not outlive it. */
async function started(repository: RepositoryLocation, engine: JoinedEngine, log: Logger): Promise<SessionState> {
  const ready = { kind: "ready", repository, engine } as const;
  try {
    await engine.start();
    return ready;
  } catch (error) {
    await letGo(ready, log);
    throw error;
  }
}

/** Whether `state` already is what `found` would lead to. A broken repository is tried again when the user acts. */
function isHeld(state: SessionState, found: SessionState, opening: Opening): boolean {
  if (!("repository" in found) || !("repository" in state)) return state.kind === found.kind;
  if (opening === "create" && state.kind !== "ready") return false;
  if (state.kind === "noStore" && found.repository.hasStore) return false;
  return (
    state.repository.folder === found.repository.folder && state.repository.commonDir === found.repository.commonDir
  );
}

async function letGo(state: SessionState, log: Logger): Promise<void> {
  if (state.kind !== "ready") return;
  await state.engine.stop().catch((error) => log.error("the engine could not be stopped in order", error));
}

function engineOf(state: SessionState, closed: boolean): Result<Engine> {
  if (closed) return refuse("illegal_move", "Banyan is shut down in this window: reload it.");
  if (state.kind === "ready") return ok(state.engine);
  const obstacle = obstacleOf(state);
  if (obstacle !== undefined) return { ok: false, refusal: obstacle };
  return refuse("store_missing", "No agents have worked in this repository yet: spawn one first.");
}

/** Why nothing can be spawned in this window, as it is now; undefined where it can at least be tried. */
export async function spawnObstacle(session: Session): Promise<Refusal | undefined> {
  await session.refresh();
  return windowObstacle(session.state);
}

function windowObstacle(state: SessionState): Refusal | undefined {
  switch (state.kind) {
    case "noFolder":
      return { code: "not_a_repository", message: "No folder is open: open a git repository first." };
    case "untrusted":
      return { code: "untrusted", message: "This folder is not trusted: trust it first, then agents can work in it." };
    case "noRepository":
      return { code: "not_a_repository", message: "The open folder is not in a git repository: run git init first." };
    case "noCommit":
      return {
        code: "no_commit",
        message: "The repository has no commit yet: make the first commit, agents start from it.",
      };
    default:
      return undefined;
  }
}

function obstacleOf(state: SessionState): Refusal | undefined {
  if (state.kind !== "broken") return windowObstacle(state);
  if (state.problem.code !== "fault") return state.problem;
  throw new Error(`The repository could not be opened: ${state.problem.message}`);
}
