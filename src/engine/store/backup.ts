import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { imageName, listFiles, segmentName } from "./files.ts";

/**
 * Copies a store's files aside, as they are before a migration: `before-2` is what stood before version 2. They are on
 * disk when it resolves.
 */
export async function keepCopy(disk: Disk, folder: string, version: number): Promise<void> {
  const copy = join(folder, copyName(version));
  const { images, segments } = await listFiles(disk, folder);
  await disk.remove(copy);
  await disk.makeFolder(copy);
  const names = [...images.map(imageName), ...segments.map(segmentName)];
  for (const name of names) await disk.copy(join(folder, name), join(copy, name));
  await disk.syncFolder(copy);
  await disk.syncFolder(folder);
}

/** Removes the copies of migrations before that to `version`. */
export async function removeOlderCopies(disk: Disk, folder: string, version: number): Promise<void> {
  const copies = (await disk.list(folder)).filter((name) => /^before-\d+$/.test(name) && name !== copyName(version));
  for (const name of copies) await disk.remove(join(folder, name));
}

const copyName = (version: number): string => `before-${version}`;
