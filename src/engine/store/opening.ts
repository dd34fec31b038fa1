import { isDeepStrictEqual } from "node:util";
import { ok, type Result } from "../../base/errors.ts";
import { keepCopy, removeOlderCopies } from "./backup.ts";
import { listFiles, removeUnfinishedImages, writeImage } from "./files.ts";
import { beginSegment, type Journal } from "./journal.ts";
import { type Extent, type Loaded, load } from "./load.ts";
import { type Migration, migrate } from "./migrate.ts";
import { type StoreOptions, usualCompaction, type Writer } from "./options.ts";
import type { Sqlite, SqliteEngine } from "./sqlite.ts";

/** Segments that opening and closing alone may leave behind. */
const MOST_SEGMENTS = 16;
/** Times the records after which an image is made in the background: with so many, an opening makes one itself. */
const LONG = 4;

/** What a store is opened with, its parts read. */
export interface Context extends StoreOptions {
  readonly sqlite: SqliteEngine;
  readonly known: readonly Migration[];
}

export interface WritingContext extends Context {
  readonly writer: Writer;
}

/** A database in memory, and where its commits go. */
export interface Open {
  readonly database: Sqlite;
  journal: Journal;
  /** Records and bytes since the newest image. */
  records: number;
  bytes: number;
}

/** A leader may write and compact while its files are read: what does not add up is looked at again, until it stays so. */
async function loadBesideLeader(context: Context): Promise<Result<Loaded>> {
  const { sqlite, disk, folder } = context;
  let before: unknown;
  for (;;) {
    const files = await listFiles(disk, folder);
    const loaded = await load(sqlite, disk, folder);
    if (loaded.ok || isDeepStrictEqual(before, { files, loaded })) return loaded;
    before = { files, loaded };
  }
}

export async function openToRead(context: Context): Promise<Result<Sqlite>> {
  const { known, clock } = context;
  const loaded = await loadBesideLeader(context);
  if (!loaded.ok) return loaded;
  const migrated = migrate(loaded.value.database, known, clock.now());
  if (migrated.ok) return ok(loaded.value.database);
  loaded.value.database.close();
  return migrated;
}

/** `extent`: what counts of the disk after a failure; all of it at the start. */
export async function openToWrite(context: WritingContext, extent?: Extent): Promise<Result<Open>> {
  const { sqlite, disk, folder } = context;
  await disk.makeFolder(folder);
  const loaded = await load(sqlite, disk, folder, extent);
  if (!loaded.ok) return loaded;
  try {
    const open = await continueFrom(context, loaded.value);
    if (!open.ok) loaded.value.database.close();
    return open;
  } catch (error) {
    loaded.value.database.close();
    throw error;
  }
}

/**
 * Begins the next segment, which seals the one before it. After a migration, what was there is copied aside first; then
 * the segment is begun and then the image written: without the image the segment is empty, and the old state goes on
 * from the old image.
 */
async function continueFrom(context: WritingContext, loaded: Loaded): Promise<Result<Open>> {
  const { disk, folder, known, clock, writer } = context;
  const { database } = loaded;
  const migrated = migrate(database, known, clock.now());
  if (!migrated.ok) return migrated;
  if (migrated.value > 0 && loaded.segment > 0) await keepCopy(disk, folder, known.length);
  const journal = await beginSegment(disk, folder, {
    segment: loaded.segment + 1,
    sealed: loaded.segment === 0 ? null : loaded.sealed,
    sequence: loaded.sequence,
    epoch: writer.epoch.number,
    sqlite: database.version(),
  });
  await removeUnfinishedImages(disk, folder);
  if (migrated.value === 0 && !isLong(loaded, writer)) {
    return ok({ database, journal, records: recordsOf(loaded), bytes: loaded.bytes });
  }
  await writeImage(disk, folder, journal.segment, database.image());
  if (migrated.value > 0) await removeOlderCopies(disk, folder, known.length);
  return ok({ database, journal, records: 0, bytes: 0 });
}

/** What took so long to run again was left by processes that did not live until an image was made. */
const isLong = ({ records }: Loaded, { compactAfter = usualCompaction }: Writer): boolean =>
  records >= LONG * compactAfter.records;

/** As many as it takes for an image to be made soon, where openings alone have left many segments. */
const recordsOf = ({ segment, image, records }: Loaded): number =>
  segment - image < MOST_SEGMENTS ? records : Number.POSITIVE_INFINITY;
