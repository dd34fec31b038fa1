import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { codeOf } from "./errors.ts";

/** Where the editor and the browser are kept between runs: outside the repository, so that `git clean` spares it. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env.BANYAN_EDITOR_CACHE;
  if (chosen) return chosen;
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "banyan-editor-lane");
}

/** `name-version-platform-arch`, fit for a folder's name. */
export function cacheKey(part: { readonly name: string; readonly version: string }): string {
  return `${part.name.replace(/[^a-z0-9-]+/gi, "-").replace(/^-+/, "")}-${part.version}-${process.platform}-${process.arch}`;
}

/**
 * Returns `<cache>/<key>`, filled by `install` when it isn't there yet. A folder of that name is whole by construction:
 * the work is done in a sibling and renamed at the end, so an interrupted run leaves only a sibling, and of two runs at
 * once the slower one throws its own away.
 */
export async function installOnce(
  cache: string,
  key: string,
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, key);
  if (await isFolder(folder)) return folder;
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  const partial = join(cache, `${key}.partial-${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(partial);
    await install(partial);
    await renameUnlessThere(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    // POSIX says ENOTEMPTY or EEXIST when another run was first, Windows EPERM.
    if (!(await isFolder(to))) throw error;
  }
}

/** Deletes what runs left behind that are no longer alive, as far as it can: another run may be at it too. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    const pid = /\.partial-(\d+)-/.exec(entry)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(cache, entry), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
