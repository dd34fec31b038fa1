import { realpathSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { ownFolderName, type Repository, WORKTREES_FOLDER } from "./repository.ts";
import type { Room } from "./room.ts";

type Where = Pick<Repository, "root" | "commonDir">;

/** Where worktrees stand when no setting puts them elsewhere. */
export const usualPlace = ({ root }: Where): string => join(root, WORKTREES_FOLDER);

/**
 * The folder, as a real path, in which new worktrees of a repository stand: `setting` is empty for the usual one, else
 * the folder in which each repository has one of its own. Refuses what is not absolute, and what lies in the repository:
 * there the editor would look at them.
 */
export function placeOf(repository: Where, setting: string): Result<string> {
  if (setting === "") return ok(usualPlace(repository));
  const folder = setting.replace(/^~(?=$|[/\\])/, () => homedir());
  if (!isAbsolute(folder)) {
    return refuse(
      "bad_input",
      `banyan.worktrees.folder is ${JSON.stringify(setting)}: write an absolute path, one that begins with ~/, or "" for ${WORKTREES_FOLDER} in the repository`,
    );
  }
  const real = realOf(resolve(folder));
  if (isInside(repository.root, real) || isInside(repository.commonDir, real)) {
    return refuse(
      "bad_input",
      `banyan.worktrees.folder leads into the repository: name a folder outside of it, or write "" for ${WORKTREES_FOLDER}`,
    );
  }
  return ok(join(real, ownFolderName(repository.commonDir)));
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
}

/** The real path of what is there, and of what is not what it would have. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realOf(parent), basename(path));
  }
}

/** Refuses a place that the user chose and that can't be used. */
export async function refuseUnusable({ repository, settings }: Room): Promise<Result<never> | undefined> {
  if (settings.folder === "") return undefined;
  const place = placeOf(repository, settings.folder);
  if (!place.ok) return place;
  try {
    await mkdir(place.value, { recursive: true });
    return undefined;
  } catch (error) {
    return refuse("bad_input", `banyan.worktrees.folder can't be used: ${messageOf(error)}`);
  }
}
