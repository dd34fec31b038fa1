import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Disk } from "./disk.ts";

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

const CHECKSUM_LENGTH = 32;

/** Puts a whole image in place: a reader finds the old state or the new one. The database's bytes, then their SHA-256. */
export async function writeImage(disk: Disk, folder: string, number: number, database: Uint8Array): Promise<void> {
  const path = join(folder, imageName(number));
  await disk.write(`${path}.new`, Buffer.concat([database, checksum(database)]));
  await disk.rename(`${path}.new`, path);
  await disk.syncFolder(folder);
}

/** The database of an image; undefined where it isn't there or isn't whole. */
export async function readImage(disk: Disk, folder: string, number: number): Promise<Uint8Array | undefined> {
  const bytes = await disk.read(join(folder, imageName(number)));
  if (bytes === undefined || bytes.length <= CHECKSUM_LENGTH) return undefined;
  const database = bytes.subarray(0, -CHECKSUM_LENGTH);
  return Buffer.compare(checksum(database), bytes.subarray(-CHECKSUM_LENGTH)) === 0 ? database : undefined;
}

const checksum = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
