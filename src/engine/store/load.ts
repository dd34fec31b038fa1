import { join } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Disk } from "./disk.ts";
import { imageName, listFiles, openImage, type SegmentHeader, segmentHeaderSchema, segmentName } from "./files.ts";
import { type JournalRecord, type ReadSegment, readRecords, TransactionDecoder } from "./record.ts";
import { type DatabaseImage, Sqlite, type SqliteEngine } from "./sqlite.ts";

/** The state that lies on disk, in memory, and where it came from. The caller closes the database. */
export interface Loaded {
  readonly database: Sqlite;
  /** The image that it began with; 0 where the store is new. */
  readonly image: number;
  /** The newest segment; 0 where there is none. */
  readonly segment: number;
  /** Bytes of the newest segment that hold whole records. */
  readonly sealed: number;
  /** Sequence number of the last record. */
  readonly sequence: number;
  /** Records that were run again on top of the image, and their bytes. */
  readonly records: number;
  readonly bytes: number;
}

/** What counts of the disk: segments up to `segment`, and of that one the first `length` bytes. */
export interface Extent {
  readonly segment: number;
  readonly length?: number;
}

/**
 * Reads the newest whole image and runs again what came after it. A last record that was cut off while it was written
 * counts as never written; anything else that does not add up is refused with `store_damaged`, naming the file. Reads
 * only.
 */
export async function load(
  sqlite: SqliteEngine,
  disk: Disk,
  folder: string,
  extent: Extent = { segment: Number.MAX_SAFE_INTEGER },
): Promise<Result<Loaded>> {
  const files = await listFiles(disk, folder);
  const segments = files.segments.filter((number) => number <= extent.segment);
  const images = files.images.filter((number) => number <= extent.segment).reverse();
  for (const number of images) {
    const image = await openImage(disk, folder, number);
    if (image !== undefined) return goOnFrom(sqlite, disk, folder, { number, image }, segments, extent);
  }
  const [newest] = images;
  const [first] = segments;
  if (first !== undefined && first !== 1) {
    const [file, what] =
      newest === undefined
        ? [imageName(first), `it is missing, and ${segmentName(first)} goes on from it`]
        : [imageName(newest), "it does not add up, and there is no older one"];
    return damage(folder, file, what);
  }
  if (newest !== undefined && first === undefined) return damage(folder, imageName(newest), "it does not add up");
  return goOnFrom(sqlite, disk, folder, { number: 0, image: undefined }, segments, extent);
}

/** The image that a state begins with; number 0 and none where the store is new. */
interface Start {
  readonly number: number;
  readonly image: DatabaseImage | undefined;
}

async function goOnFrom(
  sqlite: SqliteEngine,
  disk: Disk,
  folder: string,
  start: Start,
  segments: readonly number[],
  extent: Extent,
): Promise<Result<Loaded>> {
  let database: Sqlite | undefined;
  try {
    const chain = await chainFrom(disk, folder, start.number, segments, extent);
    if (!chain.ok) return chain;
    database = new Sqlite(sqlite, start.image);
    return replay(database, start.number, folder, chain.value);
  } finally {
    if (database === undefined) start.image?.close();
  }
}

/** What follows an image, without a gap. */
async function chainFrom(
  disk: Disk,
  folder: string,
  image: number,
  segments: readonly number[],
  extent: Extent,
): Promise<Result<readonly Segment[]>> {
  const chain = segments.filter((number) => number >= image);
  const missing = firstMissing(chain, image);
  if (missing !== undefined) return damage(folder, segmentName(missing), "it is missing");
  return readChain(disk, folder, chain, extent);
}

/** Closes the database where it can't go on. */
function replay(database: Sqlite, image: number, folder: string, segments: readonly Segment[]): Result<Loaded> {
  let records = 0;
  let bytes = 0;
  for (const segment of segments) {
    const decoder = new TransactionDecoder();
    const transactions = segment.records.slice(1);
    for (const record of transactions) {
      try {
        runAgain(database, decoder, record);
      } catch (error) {
        database.close();
        return damage(folder, segmentName(segment.header.segment), `record ${record.sequence}: ${messageOf(error)}`);
      }
    }
    records += transactions.length;
    bytes += segment.length;
  }
  const last = segments.at(-1);
  return ok({
    database,
    image,
    segment: last?.header.segment ?? 0,
    sealed: last?.length ?? 0,
    sequence: last?.records.at(-1)?.sequence ?? 0,
    records,
    bytes,
  });
}

/** An image is written after its segment was begun, and every segment after the one before it. */
function firstMissing(chain: readonly number[], image: number): number | undefined {
  const first = Math.max(image, 1);
  if (chain.length === 0) return image === 0 ? undefined : first;
  const index = chain.findIndex((number, position) => number !== first + position);
  return index === -1 ? undefined : first + index;
}

interface Segment {
  readonly header: SegmentHeader;
  readonly records: readonly JournalRecord[];
  readonly length: number;
}

/** Every segment up to where its follower says that it was sealed. */
async function readChain(
  disk: Disk,
  folder: string,
  chain: readonly number[],
  extent: Extent,
): Promise<Result<readonly Segment[]>> {
  const segments: Segment[] = [];
  let follower: SegmentHeader | undefined;
  for (const number of [...chain].reverse()) {
    const bytes = (await disk.read(join(folder, segmentName(number)))) ?? new Uint8Array();
    const sealed = follower?.sealed ?? (number === extent.segment ? (extent.length ?? null) : null);
    if (sealed !== null && bytes.length < sealed) {
      return damage(folder, segmentName(number), `it ends at byte ${bytes.length}, and was sealed at byte ${sealed}`);
    }
    const read = readRecords(sealed === null ? bytes : bytes.subarray(0, sealed));
    const wrong = wrongEnd(read, sealed !== null);
    if (wrong !== undefined) return damage(folder, segmentName(number), wrong);
    const header = headerOf(read);
    if (header === undefined) {
      // The newest one was cut off before its header was whole: nothing was acknowledged in it.
      if (follower === undefined && read.records.length === 0) continue;
      return damage(folder, segmentName(number), "it has no header");
    }
    if (header.segment !== number)
      return damage(folder, segmentName(number), `it says that it is segment ${header.segment}`);
    segments.unshift({ header, records: read.records, length: read.length });
    follower = header;
  }
  return inSequence(folder, segments);
}

function wrongEnd({ end }: ReadSegment, sealed: boolean): string | undefined {
  if (end.kind === "damaged") return `at byte ${end.at}: ${end.why}`;
  return end.kind === "torn" && sealed ? `at byte ${end.at}: a record is cut off before the end` : undefined;
}

function headerOf({ records }: ReadSegment): SegmentHeader | undefined {
  const [first] = records;
  if (first === undefined) return undefined;
  try {
    return segmentHeaderSchema.safeParse(JSON.parse(new TextDecoder().decode(first.payload))).data;
  } catch {
    return undefined;
  }
}

function inSequence(folder: string, segments: readonly Segment[]): Result<readonly Segment[]> {
  for (const [index, segment] of segments.entries()) {
    const before = segments[index - 1]?.records.at(-1);
    const first = segment.records[0];
    if (before !== undefined && first !== undefined && first.sequence !== before.sequence + 1) {
      const what = `record ${first.sequence} follows record ${before.sequence}`;
      return damage(folder, segmentName(segment.header.segment), what);
    }
  }
  return ok(segments);
}

function runAgain(database: Sqlite, decoder: TransactionDecoder, record: JournalRecord): void {
  database.begin();
  for (const { sql, parameters } of decoder.decode(record.payload)) database.run(sql, parameters);
  database.commit();
}

const damage = (folder: string, file: string, what: string): Result<never> =>
  refuse(
    "store_damaged",
    `The store is damaged: ${join(folder, file)}: ${what}. Keep a copy of the folder, then run: banyan doctor --repair`,
  );
