import { createDeferred, type Deferred } from "../../base/deferred.ts";
import { messageOf, ok, type Refusal, type Result } from "../../base/errors.ts";
import { Emitter, type Event } from "../../base/event.ts";
import { ConnectionLostError } from "../../protocol/channel.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Engine, EngineSettings } from "../engine.ts";
import { nameOf } from "../leader/holder.ts";
import { type EngineHost, standardModels, storeFolder } from "../open.ts";
import type { Backend } from "../remote/backend.ts";
import { SupersededError } from "../store/port.ts";
import { openRepository, type Repository } from "../worktrees/repository.ts";
import { createFacade } from "./facade.ts";
import type { Seat, SeatOptions } from "./seat.ts";
import { takeSeat } from "./takeSeat.ts";

/**
 * What this process is to the repository. `between`: the one that led has gone, and the next one is being found; calls
 * wait. `lost`: no engine can be reached any more, and calls fail with the reason.
 */
export type Role =
  | { readonly kind: "leader" }
  | { readonly kind: "client"; readonly leader: string }
  | { readonly kind: "between" }
  | { readonly kind: "lost"; readonly refusal: Refusal };

/** A repository's engine, here or in another process; it outlives the process that leads. */
export interface JoinedEngine extends Engine {
  readonly role: Role;
  /** Windows and terminals that go on with the agents when this process, which leads, leaves. */
  readonly clients: number;
  readonly onDidChangeRole: Event<Role>;
}

export interface JoinOptions {
  /** A folder in the repository. */
  readonly folder: string;
  readonly settings: EngineSettings;
  /** Gives joining up; what was joined by then is left again. Of no effect later. */
  readonly signal?: AbortSignal;
}

/** Milliseconds after which a leader that lives but lets nobody in is given up, and while one takes its leave. */
const PATIENCE_MS = 15_000;
const LEAVE_MS = 120_000;

/**
 * Joins the engine of the repository around a folder: leads it where nobody does, else as a client of the process that
 * leads. When that one goes, this one takes over, or joins whoever did. Refuses what is no repository, and a store that
 * can't be read. Rejects with the signal's reason.
 */
export async function joinEngine(
  { folder, settings, signal }: JoinOptions,
  host: EngineHost,
): Promise<Result<JoinedEngine>> {
  const repository = await openRepository(folder);
  return repository.ok ? joinRepository(repository.value, settings, host, signal) : repository;
}

async function joinRepository(
  repository: Repository,
  settings: EngineSettings,
  host: EngineHost,
  signal: AbortSignal = new AbortController().signal,
): Promise<Result<JoinedEngine>> {
  const { log, ids, clock } = host;
  const onError = (error: unknown) => log.error("a listener of the engine failed", error);
  const events = new Emitter<EngineEvent>(onError);
  const roles = new Emitter<Role>(onError);
  const resets = new Emitter<void>(onError);
  const leaving = new AbortController();
  let position: number | null = null;
  let started = false;
  let role: Role = { kind: "between" };
  let seated: Seat | undefined;
  /** Settled while there is a seat; a new one, unsettled, while there is none. */
  let current: Deferred<Seat> = createDeferred();

  const options = (): SeatOptions => ({
    repository,
    folder: storeFolder(repository.commonDir),
    settings,
    host,
    since: position,
    onPosition: (begin) => {
      position = Math.max(position ?? 0, begin);
    },
    onEvent: (event) => {
      position = event.seq;
      events.fire(event);
    },
  });

  const move = (next: Role) => {
    role = next;
    roles.fire(next);
  };

  const sit = async (seat: Seat): Promise<void> => {
    try {
      if (started && !leaving.signal.aborted) await seat.start();
    } catch (error) {
      await seat.leave();
      throw error;
    }
    seated = seat;
    current.resolve(seat);
    move(seat.leader === null ? { kind: "leader" } : { kind: "client", leader: nameOf(seat.leader) });
    resets.fire();
  };

  /** From one seat to the next, until it is left or none can be had. */
  const follow = async (first: Seat): Promise<void> => {
    for (let seat = first; ; ) {
      const end = await Promise.race([seat.ended, aborted(leaving.signal)]);
      if (end === undefined) return;
      current = createDeferred();
      seated = undefined;
      move({ kind: "between" });
      log.info("the leader has gone", { why: end.why });
      await seat.leave();
      const hung = end.why === "hung" ? end.token : undefined;
      const next = await takeSeat(options(), { signal: leaving.signal, patienceMs: LEAVE_MS, hung });
      if (!next.ok) return lose(next.refusal);
      seat = next.value;
      await sit(seat);
    }
  };

  const lose = (refusal: Refusal): void => {
    current.reject(new Error(refusal.message));
    move({ kind: "lost", refusal });
    resets.fire();
  };

  const through = async <T>(use: (backend: Backend) => Promise<T>): Promise<T> => {
    for (;;) {
      const seat = await current.promise;
      try {
        return await use(seat.backend);
      } catch (error) {
        const lost = error instanceof ConnectionLostError || error instanceof SupersededError;
        if (!lost || leaving.signal.aborted) throw error;
        await seat.ended;
      }
    }
  };

  const taken = await takeSeat(options(), { signal, patienceMs: PATIENCE_MS, hung: undefined });
  if (!taken.ok) return taken;
  if (signal.aborted) {
    await taken.value.leave();
    throw signal.reason;
  }
  await sit(taken.value);
  const following = follow(taken.value).catch((error: unknown) => {
    if (leaving.signal.aborted) return;
    log.error("the repository's engine was lost", error);
    lose({ code: "leader_silent", message: `The repository's engine was lost: ${messageOf(error)}` });
  });
  const nameModel = async (id: string) => {
    const model = await standardModels(settings.scriptFolder, clock).open(id);
    return model.ok ? model.value.id : id;
  };
  return ok({
    ...createFacade({ through, onEvent: events.event, onReset: resets.event, nameModel, ids }),
    repository,
    onEvent: events.event,
    get role() {
      return role;
    },
    get clients() {
      return seated?.clients() ?? 0;
    },
    onDidChangeRole: roles.event,
    async start() {
      started = true;
      const seat = await current.promise;
      await seat.start();
    },
    async stop() {
      leaving.abort(new Error("the engine was stopped"));
      await following;
      const seat = role.kind === "lost" || role.kind === "between" ? undefined : await current.promise;
      await seat?.leave();
      current.reject(leaving.signal.reason);
      for (const each of [events, roles, resets]) each.dispose();
    },
  });
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
