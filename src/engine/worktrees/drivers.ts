import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Environment, GitConfig } from "./environment.ts";
import type { Git, Place } from "./git.ts";

/**
 * Answers the overrides that put every driver out of action which is configured for a place. What git says is kept
 * until one of the files that it read changes, or one that it would read appears.
 */
export function createDriverCache(
  environment: Environment,
  gitAt: (place: Place) => Git,
): (place: Place) => Promise<GitConfig> {
  const known = new Map<string, Known>();
  return async (place) => {
    const before = known.get(place.gitDir);
    if (before !== undefined && (await signatureOf(before.files)) === before.signature) return before.drivers;
    const now = await readDrivers(environment, gitAt(place));
    known.set(place.gitDir, now);
    return now.drivers;
  };
}

interface Known {
  readonly files: readonly string[];
  readonly signature: string;
  readonly drivers: GitConfig;
}

async function readDrivers(environment: Environment, git: Git): Promise<Known> {
  const list = async () => {
    const output = await git.mustRun(["config", "--list", "--show-origin", "--name-only", "-z"]);
    return output.toString().split("\0");
  };
  // Signed before they are read in earnest, so that a change in between shows.
  const files = [...new Set([...usualFiles(environment, git.place), ...filesIn(await list(), git.place)])];
  const signature = await signatureOf(files);
  const keys = (await list()).filter((_, index) => index % 2 === 1);
  return { files, signature, drivers: neutralDrivers(keys) };
}

/** Origins and keys take turns. */
const filesIn = (fields: readonly string[], { gitDir, workTree }: Place): string[] =>
  fields
    .filter((field, index) => index % 2 === 0 && field.startsWith("file:"))
    .map((field) => resolve(workTree ?? gitDir, field.slice("file:".length)));

/** Files that git reads once they are there; HEAD because a condition can name its branch. */
function usualFiles({ HOME, XDG_CONFIG_HOME }: Environment, { gitDir }: Place): string[] {
  const personal = HOME === undefined ? [] : [join(HOME, ".gitconfig"), join(HOME, ".config", "git", "config")];
  const shared = XDG_CONFIG_HOME === undefined ? [] : [join(XDG_CONFIG_HOME, "git", "config")];
  return ["/etc/gitconfig", ...personal, ...shared, join(gitDir, "config.worktree"), join(gitDir, "HEAD")];
}

/** Changes when one of the files does: a change time can't be set back. */
async function signatureOf(files: readonly string[]): Promise<string> {
  const stats = await Promise.all(files.map((file) => stat(file, { bigint: true }).catch(() => undefined)));
  return stats.map((found) => (found === undefined ? "-" : `${found.ino}:${found.size}:${found.ctimeNs}`)).join(" ");
}

const DRIVER_KEY = /^(?:filter\.(?<filter>.+)\.(?:clean|smudge|process|required)|merge\.(?<merge>.+)\.driver)$/is;

/**
 * Overrides that put every configured driver out of action: a filter passes content through unchanged, and a merge
 * driver becomes git's own three-way merge of text. `keys` are the names of all configuration keys.
 */
export function neutralDrivers(keys: readonly string[]): GitConfig {
  const filters = new Set<string>();
  const merges = new Set<string>();
  for (const key of keys) {
    const groups = DRIVER_KEY.exec(key)?.groups;
    if (groups?.filter !== undefined) filters.add(groups.filter);
    if (groups?.merge !== undefined) merges.add(groups.merge);
  }
  return [...[...filters].flatMap(neutralFilter), ...[...merges].map(neutralMerge)];
}

const neutralFilter = (name: string): GitConfig => [
  [`filter.${name}.clean`, ""],
  [`filter.${name}.smudge`, ""],
  [`filter.${name}.process`, ""],
  [`filter.${name}.required`, "false"],
];

const neutralMerge = (name: string): readonly [string, string] => [
  `merge.${name}.driver`,
  "git merge-file --marker-size=%L %A %O %B",
];
