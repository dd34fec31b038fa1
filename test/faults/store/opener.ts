import { readFile } from "node:fs/promises";
import { silentLogger } from "../../../src/base/log.ts";
import { compact } from "../../../src/engine/store/compaction.ts";
import { type Disk, realDisk } from "../../../src/engine/store/disk.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { loadSqlite } from "../../../src/engine/store/sqlite.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import { createFakeClock } from "../../support/clock.ts";
import type { FaultDisk } from "../../support/faultDisk.ts";
import { assets, expectOk, soleEpoch } from "../../support/store.ts";

const FOLDER = "/store";

/** What is shipped is read from outside of the disk that fails, once. */
async function readAssets() {
  const wasm = await readFile(assets.wasm);
  const names = await realDisk.list(assets.migrations);
  const paths = names.map((name) => `${assets.migrations}/${name}`);
  const contents = await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const));
  return { wasm, names, files: new Map<string, Uint8Array>([[assets.wasm, wasm], ...contents]) };
}

/** Opens stores on disks that fail. */
export async function createOpener(): Promise<(disk: FaultDisk) => Promise<Store>> {
  const { wasm, names, files } = await readAssets();
  const sqlite = await loadSqlite(wasm);
  const withAssets = (disk: FaultDisk): Disk => ({
    makeFolder: () => disk.makeFolder(),
    list: async (folder) => (folder === assets.migrations ? names : disk.list(folder)),
    read: async (path) => files.get(path) ?? disk.read(path),
    readPart: (path, offset, length) => disk.readPart(path, offset, length),
    openRead: (path) => disk.openRead(path),
    size: (path) => disk.size(path),
    openAppend: (path, room) => disk.openAppend(path, room),
    write: (path, content) => disk.write(path, content),
    truncate: (path, length) => disk.truncate(path, length),
    rename: (from, to) => disk.rename(from, to),
    syncFolder: () => disk.syncFolder(),
    copy: (from, to) => disk.copy(from, to),
    remove: (path) => disk.remove(path),
  });
  return async (disk) => {
    const seen = withAssets(disk);
    const writer = {
      epoch: soleEpoch,
      compactor: (folder: string, number: number) => compact(sqlite, seen, folder, number),
      compactAfter: { records: 70, bytes: 1e9 },
    };
    const { wasm, migrations } = assets;
    const parts = { folder: FOLDER, wasm, migrations, clock: createFakeClock(), log: silentLogger };
    return expectOk(await openStore({ ...parts, disk: seen, writer }));
  };
}
