import { join } from "node:path";
import type { Result } from "../../base/errors.ts";
import { ok } from "../../base/errors.ts";
import type { Disk } from "./disk.ts";
import { imageName, listFiles, segmentName, writeImage } from "./files.ts";
import { load } from "./load.ts";
import type { SqliteEngine } from "./sqlite.ts";

/**
 * Makes the image of all segments before `number`, from the image before it and those segments, and then removes what
 * no longer is needed: the image before it and what follows it stay, in case the new one is damaged. Safe to repeat,
 * and to be cut off anywhere.
 */
export async function compact(sqlite: SqliteEngine, disk: Disk, folder: string, number: number): Promise<Result<void>> {
  const loaded = await load(sqlite, disk, folder, { segment: number - 1 });
  if (!loaded.ok) return loaded;
  const { database, image } = loaded.value;
  try {
    await writeImage(disk, folder, number, database.image());
  } finally {
    database.close();
  }
  await removeBefore(disk, folder, image);
  return ok(undefined);
}

async function removeBefore(disk: Disk, folder: string, number: number): Promise<void> {
  const { images, segments } = await listFiles(disk, folder);
  for (const image of images) if (image < number) await disk.remove(join(folder, imageName(image)));
  for (const segment of segments) if (segment < number) await disk.remove(join(folder, segmentName(segment)));
}
