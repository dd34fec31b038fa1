import { ok, type Result } from "../../base/errors.ts";
import { ConnectionLostError } from "../../protocol/channel.ts";
import type { EngineSettings, LocalEngine } from "../engine.ts";
import { findLeader, type Holder, nameOf } from "../leader/holder.ts";
import { type EngineHost, openToRead, storeFolder } from "../open.ts";
import type { Backend } from "../remote/backend.ts";
import { openRepository, type Repository } from "../worktrees/repository.ts";
import { takeClientsSeat } from "./client.ts";
import { createFacade, type Through } from "./facade.ts";
import type { JoinOptions } from "./join.ts";
import type { Seat } from "./seat.ts";

/** A repository's engine, to look at. */
export interface ReadEngine extends Backend {
  /** The process that leads, where one does: `a terminal (process 42)`. */
  readonly leader: string | null;
  stop(): Promise<void>;
}

/** Milliseconds that the process that leads may take to answer a reader, which has the disk to fall back on. */
const ANSWER_MS = 2_000;

/**
 * The state of the repository around a folder: as the process that leads has it, else as it is on disk. Changes
 * nothing. Refuses what is no repository, one without a store, and a store that can't be read.
 */
export async function readEngine({ folder, settings }: JoinOptions, host: EngineHost): Promise<Result<ReadEngine>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const holder = await findLeader(storeFolder(repository.value.commonDir)).catch(() => undefined);
  const leader = holder === undefined ? null : nameOf(holder);
  const seat = holder && (await askLeader(repository.value, holder, host));
  if (seat !== undefined) return ok({ ...readThrough(repository.value, settings, host, seat), leader });
  const opened = await openToRead(repository.value, settings, host);
  return opened.ok ? ok({ ...opened.value, leader }) : opened;
}

async function askLeader({ root, commonDir }: Repository, holder: Holder, host: EngineHost): Promise<Seat | undefined> {
  const folder = storeFolder(commonDir);
  const options = { host, folder, root, since: null, onEvent() {}, onPosition() {} };
  const seat = await takeClientsSeat(options, holder, new AbortController().signal, ANSWER_MS);
  return seat?.ok ? seat.value : undefined;
}

/** Asks the leader, and from the disk when it goes away meanwhile. */
function readThrough(repository: Repository, settings: EngineSettings, host: EngineHost, seat: Seat) {
  let fromDisk: Promise<LocalEngine> | undefined;
  const openDisk = async (): Promise<LocalEngine> => {
    const opened = await openToRead(repository, settings, host);
    if (opened.ok) return opened.value;
    throw new Error(opened.refusal.message);
  };
  const through: Through = async <T>(use: (backend: Backend) => Promise<T>): Promise<T> => {
    if (fromDisk !== undefined) return use(await fromDisk);
    try {
      return await use(seat.backend);
    } catch (error) {
      if (!(error instanceof ConnectionLostError)) throw error;
      fromDisk ??= openDisk();
      return use(await fromDisk);
    }
  };
  const silent = () => ({ dispose() {} });
  const { ids } = host;
  const nameModel = async (id: string) => id;
  return {
    ...createFacade({ through, onEvent: silent, onReset: silent, nameModel, ids }),
    async stop(): Promise<void> {
      await seat.leave();
      await fromDisk?.then((engine) => engine.stop());
    },
  };
}
