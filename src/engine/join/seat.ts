import type { Result } from "../../base/errors.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { EngineSettings } from "../engine.ts";
import type { Holder } from "../leader/holder.ts";
import type { HeldPlace } from "../leader/lock.ts";
import type { EngineHost } from "../open.ts";
import type { Backend } from "../remote/backend.ts";
import type { Repository } from "../worktrees/repository.ts";

/** What this process is to a repository: it runs the engine, or it is a client of the one that does. */
export interface Seat {
  readonly backend: Backend;
  /** The process that leads; null: this one. */
  readonly leader: Holder | null;
  /** Clients that this process has, where it leads. */
  clients(): number;
  /** Resolves when it is over without having been left: the leader went, or another process took over. */
  readonly ended: Promise<SeatEnd>;
  /** Lets agents run, where this process leads. */
  start(): Promise<void>;
  /** Stops the engine, or ends the connection. Never rejects; what fails is logged. */
  leave(): Promise<void>;
}

export interface SeatEnd {
  readonly why: "superseded" | "gone" | "hung" | "replaced" | "disconnected";
  /** Who led until now. */
  readonly token: string;
}

/** Where a seat is taken, and what it is told. */
export interface SeatOptions {
  readonly repository: Repository;
  /** Where the store lies. */
  readonly folder: string;
  readonly settings: EngineSettings;
  readonly host: EngineHost;
  /** Position of the last event that was heard of; null: those from now on. */
  readonly since: number | null;
  /** Hears of every event after that, in order. */
  readonly onEvent: (event: EngineEvent) => void;
  /** Told once: the position that the events begin behind. */
  readonly onPosition: (position: number) => void;
}

export type TakenSeat = Result<{ readonly kind: "taken"; readonly seat: Seat } | HeldPlace>;
