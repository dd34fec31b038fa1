import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Disk, ReadFile } from "./disk.ts";
import { readRecords } from "./record.ts";
import type { DatabaseImage } from "./sqlite.ts";

/**
 * The store's files. Segment N of the journal holds what was committed after image N; image N holds all that came
 * before segment N. A new segment is begun by every leader and by every compaction, so that image N + segments N,
 * N + 1, … are the store, for any N whose image is whole.
 */
export const imageName = (number: number): string => `image-${pad(number)}.sqlite`;
export const segmentName = (number: number): string => `journal-${pad(number)}.log`;

const pad = (number: number): string => String(number).padStart(8, "0");

export interface StoreFiles {
  /** Numbers, rising. */
  readonly images: readonly number[];
  readonly segments: readonly number[];
}

export async function listFiles(disk: Disk, folder: string): Promise<StoreFiles> {
  const names = await disk.list(folder);
  const numbers = (pattern: RegExp) =>
    names.flatMap((name) => {
      const match = pattern.exec(name);
      return match === null ? [] : [Number(match[1])];
    });
  return { images: numbers(/^image-(\d{8})\.sqlite$/), segments: numbers(/^journal-(\d{8})\.log$/) };
}

/** The first record of a segment. */
export const segmentHeaderSchema = z.object({
  segment: z.int().positive(),
  /** SQLite that wrote it. */
  sqlite: z.string(),
  /** Where the segment before it was sealed, in bytes: what stands behind was never acknowledged. */
  sealed: z.int().nonnegative().nullable(),
});
export type SegmentHeader = z.infer<typeof segmentHeaderSchema>;

/** Bytes in which the first record of a segment surely ends. */
const HEADER_ROOM = 4 * 1024;
const CHECKSUM_LENGTH = 32;

/** Puts a whole image in place: a reader finds the old state or the new one. The database's bytes, then their SHA-256. */
export async function writeImage(
  disk: Disk,
  folder: string,
  number: number,
  database: Iterable<Uint8Array>,
): Promise<void> {
  const path = join(folder, imageName(number));
  await disk.write(`${path}.new`, withChecksum(database));
  await disk.rename(`${path}.new`, path);
  await disk.syncFolder(folder);
}

/** Removes what a process that was killed left of images that it made. Only while nobody makes one. */
export async function removeUnfinishedImages(disk: Disk, folder: string): Promise<void> {
  const unfinished = (await disk.list(folder)).filter((name) => /^image-\d{8}\.sqlite\.new$/.test(name));
  for (const name of unfinished) await disk.remove(join(folder, name));
}

function* withChecksum(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const hash = createHash("sha256");
  for (const piece of pieces) {
    hash.update(piece);
    yield piece;
  }
  yield hash.digest();
}

/** The database of an image, to be closed by the caller; undefined where it isn't there or isn't whole. */
export async function openImage(disk: Disk, folder: string, number: number): Promise<DatabaseImage | undefined> {
  const file = await disk.openRead(join(folder, imageName(number)));
  if (file === undefined) return undefined;
  const size = file.size - CHECKSUM_LENGTH;
  if (size > 0 && (await addsUp(file, size))) return { size, readNow: file.readNow, close: file.close };
  file.close();
  return undefined;
}

const CHUNK = 1024 * 1024;

/** The next piece is read while one is added up. */
async function addsUp(file: ReadFile, size: number): Promise<boolean> {
  const hash = createHash("sha256");
  const even = new Uint8Array(CHUNK);
  const odd = new Uint8Array(CHUNK);
  const read = async (index: number): Promise<Uint8Array> => {
    const part = (index % 2 === 0 ? even : odd).subarray(0, Math.max(0, Math.min(CHUNK, size - index * CHUNK)));
    if (part.length > 0) await file.read(part, index * CHUNK);
    return part;
  };
  let reading = read(0);
  for (let index = 1; ; index++) {
    const part = await reading;
    if (part.length === 0) break;
    reading = read(index);
    hash.update(part);
  }
  const checksum = new Uint8Array(CHECKSUM_LENGTH);
  await file.read(checksum, size);
  return Buffer.compare(hash.digest(), checksum) === 0;
}

/** Of the leader that began the newest segment; 0 where there is none, or none that can be read. */
export async function newestEpoch(disk: Disk, folder: string): Promise<number> {
  const { segments } = await listFiles(disk, folder);
  for (const segment of segments.toReversed()) {
    const start = await disk.readPart(join(folder, segmentName(segment)), 0, HEADER_ROOM);
    const [first] = start === undefined ? [] : readRecords(start).records;
    if (first !== undefined) return first.epoch;
  }
  return 0;
}
