import { join } from "node:path";
import { ok, type Refusal, type Result } from "../../base/errors.ts";
import type { Disk } from "./disk.ts";
import { imageName, listFiles, segmentName, writeImage } from "./files.ts";
import { beginSegment } from "./journal.ts";
import { type Loaded, load } from "./load.ts";
import { readRecords } from "./record.ts";
import type { SqliteEngine } from "./sqlite.ts";

/** What a damaged store was brought back to. */
export interface Repair {
  /** What was wrong. */
  readonly damage: string;
  /** Folder that the damaged files were moved to, as they were. */
  readonly kept: string;
  /** Number of the last transaction that is there again. */
  readonly restoredTo: number;
  /** What is not: a line each. */
  readonly lost: readonly string[];
}

/** Undefined where the store is sound; else why it isn't. Reads only. */
export async function examine(sqlite: SqliteEngine, disk: Disk, folder: string): Promise<Refusal | undefined> {
  const loaded = await load(sqlite, disk, folder);
  if (!loaded.ok) return loaded.refusal;
  loaded.value.database.close();
  return undefined;
}

/**
 * Brings a damaged store back to its last good state: the image and the longest beginning of the journal that add up.
 * That state is written as a new image first, which from then on is the store; then the damaged files are moved aside.
 * A store that is sound is left as it is: undefined.
 */
export async function repair(
  sqlite: SqliteEngine,
  disk: Disk,
  folder: string,
  epoch: number,
): Promise<Result<Repair | undefined>> {
  const damage = await examine(sqlite, disk, folder);
  if (damage === undefined) return ok(undefined);
  const good = await lastGood(sqlite, disk, folder);
  if (!good.ok) return good;
  const { loaded, lost } = good.value;
  const files = await listFiles(disk, folder);
  const number = Math.max(0, ...files.images, ...files.segments) + 1;
  const { database, sequence } = loaded;
  try {
    const start = { segment: number, sealed: null, sequence, epoch, sqlite: database.version() };
    const journal = await beginSegment(disk, folder, start);
    await journal.close();
    await writeImage(disk, folder, number, database.image());
  } finally {
    database.close();
  }
  const kept = join(folder, `damaged-${number}`);
  await disk.makeFolder(kept);
  const names = [...files.images.map(imageName), ...files.segments.map(segmentName)];
  for (const name of names) await disk.rename(join(folder, name), join(kept, name));
  await disk.syncFolder(folder);
  return ok({ damage: damage.message, kept, restoredTo: sequence, lost });
}

/** The newest state that can be read: up to the end of what adds up in one segment, the newest for which it can. */
async function lastGood(
  sqlite: SqliteEngine,
  disk: Disk,
  folder: string,
): Promise<Result<{ readonly loaded: Loaded; readonly lost: readonly string[] }>> {
  const { segments } = await listFiles(disk, folder);
  const lost: string[] = [];
  for (const segment of [...segments].reverse()) {
    const bytes = (await disk.read(join(folder, segmentName(segment)))) ?? new Uint8Array();
    const { length } = readRecords(bytes);
    const loaded = await load(sqlite, disk, folder, { segment, length });
    if (loaded.ok) {
      if (length < bytes.length) lost.push(`${segmentName(segment)} from byte ${length} to ${bytes.length}`);
      return ok({ loaded: loaded.value, lost });
    }
    lost.push(`${segmentName(segment)}, all ${bytes.length} bytes`);
  }
  const nothing = await load(sqlite, disk, folder, { segment: 0 });
  return nothing.ok ? ok({ loaded: nothing.value, lost }) : nothing;
}
