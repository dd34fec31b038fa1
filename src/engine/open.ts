import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { ok, type Result } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { Logger } from "../base/log.ts";
import { createPrices } from "./budgets/prices.ts";
import { createEngine, type EngineSettings, type LocalEngine } from "./engine.ts";
import { startHeartbeat } from "./leader/heartbeat.ts";
import { type LeaderLock, takeLead } from "./leader/lock.ts";
import { createProcessGroups } from "./leader/processGroups.ts";
import { createModels, type Models } from "./models/models.ts";
import { createOfflineProvider } from "./models/offline/provider.ts";
import type { ModelProvider } from "./models/port.ts";
import { createScriptProvider } from "./models/script/provider.ts";
import { createHelperStarter } from "./processes/helper.ts";
import type { LedEngine } from "./remote/backend.ts";
import { createRoles } from "./roles/roles.ts";
import { createWorkerCompactor } from "./store/compactor.ts";
import { createContentFiles } from "./store/content.ts";
import { type Disk, realDisk } from "./store/disk.ts";
import { eventsSince, lastPosition } from "./store/eventLog.ts";
import { type Store, SupersededError } from "./store/port.ts";
import { examine, type Repair, repair } from "./store/repair.ts";
import { loadSqlite } from "./store/sqlite.ts";
import { hasStore, noStoreYet, openStore } from "./store/store.ts";
import { allTools, createToolbox } from "./tools/registry.ts";
import { openRepository, type Repository, recordedBy } from "./worktrees/repository.ts";
import { createWorktrees } from "./worktrees/worktrees.ts";

/** What the engine takes from the process that it runs in. */
export interface EngineHost {
  /** Paths of what is shipped beside the bundle. */
  readonly assets: {
    /** sql.js's `sql-wasm.wasm`. */
    readonly wasm: string;
    /** Folder of the numbered SQL files. */
    readonly migrations: string;
    /** Script of the thread that compacts the store. */
    readonly compactor: string;
    /** Script of the thread that shows that a leader lives. */
    readonly heartbeat: string;
    /** Script of the process that starts programs. */
    readonly starter: string;
  };
  /** Models that only this kind of process has. */
  readonly providers?: readonly ModelProvider[];
  /** Where the store and the agents' content are kept; the real one, outside of tests. */
  readonly disk?: Disk;
  /** What a person calls this process, for the message that a second one gets: `a terminal`, `a VS Code window`. */
  readonly label: string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

/** Where a repository's store lies: shared by all of its worktrees, out of reach of `git clean`. */
export const storeFolder = (commonDir: string): string => join(commonDir, "banyan");

/** The models that are there, without an engine: to check a choice before anything is opened. */
export const standardModels = (scriptFolder: string, clock: Clock, more: readonly ModelProvider[] = []): Models =>
  createModels([createOfflineProvider(), createScriptProvider({ baseDir: scriptFolder, clock }), ...more]);

/** What is on disk, as an engine that only reads; refuses a repository without a store. */
export async function openToRead(
  repository: Repository,
  settings: EngineSettings,
  host: EngineHost,
): Promise<Result<LocalEngine>> {
  const store = await openStore({ ...storeParts(storeFolder(repository.commonDir), host), writer: null });
  return store.ok ? ok(assemble(repository, settings, host, store.value, null)) : store;
}

/**
 * The engine of the process that holds the lock; what a killed leader left running is ended first. Refuses a store that
 * can't be read. Nothing runs before `start`.
 */
export async function openToLead(
  repository: Repository,
  settings: EngineSettings,
  host: EngineHost,
  lead: LeaderLock,
): Promise<Result<LocalEngine & LedEngine>> {
  const folder = storeFolder(repository.commonDir);
  const processes = createProcessGroups(folder, { ...host, assertLeading: () => assertLeading(lead) });
  for (const what of await processes.endRecorded()) host.log.warn("ended what a killed process left running", { what });
  const writer = {
    epoch: { number: lead.epoch, isCurrent: () => lead.isCurrent() },
    compactor: createWorkerCompactor(host.assets.compactor, host.assets.wasm),
  };
  const opened = await openStore({ ...storeParts(folder, host), writer });
  if (!opened.ok) return opened;
  const store = opened.value;
  const starter = createHelperStarter({ ...host, script: host.assets.starter });
  const engine = assemble(recordedBy({ recorder: processes, starter }, repository), settings, host, store, lead);
  return ok({
    ...engine,
    stop: () => engine.stop().finally(() => starter.dispose()),
    history: (position) => eventsSince(store, position),
    position: () => lastPosition(store),
  });
}

/** Why the store of the repository around a folder is damaged; null where it is sound. Refuses where there is none. */
export async function examineStore(folder: string, assets: EngineHost["assets"]): Promise<Result<string | null>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const store = storeFolder(repository.value.commonDir);
  if (!(await hasStore(realDisk, store))) return noStoreYet;
  const damage = await examine(await readSqlite(assets), realDisk, store);
  return ok(damage?.message ?? null);
}

/** Brings a damaged store back to its last good state; null where there was nothing to do. */
export async function repairStore(folder: string, host: EngineHost): Promise<Result<Repair | null>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const store = storeFolder(repository.value.commonDir);
  if (!(await hasStore(realDisk, store))) return noStoreYet;
  const { label, ids, clock, log } = host;
  const lead = await takeLead(store, { label, token: ids.unique(), clock, log });
  if (!lead.ok) return lead;
  const { token, epoch, release } = lead.value;
  const heartbeat = startHeartbeat(host.assets.heartbeat, { folder: store, token }, () => {}, host);
  try {
    const repaired = await repair(await readSqlite(host.assets), realDisk, store, epoch);
    return repaired.ok ? ok(repaired.value ?? null) : repaired;
  } finally {
    await heartbeat.stop();
    await release();
  }
}

const readSqlite = async ({ wasm }: EngineHost["assets"]) => loadSqlite(await readFile(wasm));

const storeParts = (folder: string, { assets, clock, log, disk = realDisk }: EngineHost) => ({
  folder,
  wasm: assets.wasm,
  migrations: assets.migrations,
  disk,
  clock,
  log,
});

function assemble(
  repository: Repository,
  settings: EngineSettings,
  host: EngineHost,
  store: Store,
  lead: LeaderLock | null,
): LocalEngine {
  const { clock, ids, log, disk = realDisk } = host;
  return createEngine({
    repository,
    store,
    content: createContentFiles(join(storeFolder(repository.commonDir), "content"), disk, lead?.epoch ?? null),
    worktrees: createWorktrees({ store, clock, ids, log, repository, settings: settings.worktrees }),
    models: standardModels(settings.scriptFolder, clock, host.providers),
    toolbox: createToolbox(allTools, log),
    roles: createRoles({
      root: repository.root,
      // A window opens no engine before its folder is trusted; in a terminal, whoever runs this trusts it.
      isTrusted: () => true,
      knownTools: allTools.map(({ name }) => name),
      log,
    }),
    limits: settings.limits,
    messageLimits: settings.messageLimits,
    caps: settings.caps,
    prices: createPrices(settings.prices),
    assertLeading: () => assertLeading(lead),
    clock,
    ids,
    log,
  });
}

function assertLeading(lead: LeaderLock | null): void {
  if (lead === null) throw new Error("a process that only reads changes nothing");
  if (!lead.isCurrent()) throw new SupersededError("another process leads this repository by now");
}
