import { lstat, readFile, realpath } from "node:fs/promises";

/** Whether something is there, if only a dangling link. */
export async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** The real path; undefined where there is nothing. */
export const real = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);

/** The text of a small regular file; undefined for whatever else is there. */
export async function plainFile(path: string): Promise<string | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size < 65_536 ? readFile(path, "utf8") : undefined;
}
