import { join } from "node:path";
import { plainFile } from "./disk.ts";
import { type Git, records } from "./git.ts";
import { checkoutPlace } from "./repository.ts";
import type { Room } from "./room.ts";

/** A file of patterns, as in a `.gitignore`, in the root of the user's checkout: what worktrees get a copy of. */
export const INCLUDE_FILE = ".worktreeinclude";

/** Whether there may be anything to bring into worktrees. */
export async function hasPatterns(room: Room): Promise<boolean> {
  return room.settings.include.length > 0 || (await plainFile(includeFile(room))) !== undefined;
}

const includeFile = (room: Room) => join(room.repository.root, INCLUDE_FILE);

/**
 * What the user's checkout has that git ignores there and a pattern of the user's, or of `.worktreeinclude`, names: sorted
 * paths from its root; a folder that goes whole ends with `/`. Both are matched by git itself. Never what is tracked, and
 * nothing of `.banyan`.
 */
export async function includedPaths(room: Room): Promise<string[]> {
  const patterns = await patternArguments(room);
  if (patterns.length === 0) return [];
  const git = await room.repository.git.sealed(checkoutPlace(room.repository));
  const matched = (await listOthers(git, patterns)).filter((path) => !path.startsWith(".banyan/"));
  const ignored = await ignoredAmong(git, matched);
  const folders = matched.filter((path) => path.endsWith("/") && !ignored.has(path));
  return [...ignored, ...(await ignoredBelow(git, folders))].sort();
}

async function patternArguments(room: Room): Promise<string[]> {
  const file = (await plainFile(includeFile(room))) === undefined ? [] : [`--exclude-from=${includeFile(room)}`];
  return [...file, ...room.settings.include.map((pattern) => `--exclude=${pattern}`)];
}

const listOthers = async (git: Git, patterns: readonly string[], below: readonly string[] = []): Promise<string[]> => {
  const args = ["ls-files", "-z", "--others", "--ignored", "--directory", ...patterns, "--", ...below];
  return records(await git.mustRun(args, { literalPaths: true }));
};

async function ignoredAmong(git: Git, paths: readonly string[]): Promise<Set<string>> {
  if (paths.length === 0) return new Set();
  const output = await git.run(["check-ignore", "-z", "--stdin"], { stdin: paths.map((path) => `${path}\0`).join("") });
  // It exits with 1 where none is.
  if (output.code !== 0 && output.code !== 1) throw new Error(`git check-ignore failed: ${output.stderr.trim()}`);
  return new Set(records(output.stdout));
}

/** A command line has an end. */
const FOLDERS_A_CALL = 200;

/** What git ignores in folders that it does not ignore themselves. */
async function ignoredBelow(git: Git, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (let start = 0; start < folders.length; start += FOLDERS_A_CALL) {
    const some = folders.slice(start, start + FOLDERS_A_CALL);
    found.push(...(await listOthers(git, ["--exclude-standard"], some)));
  }
  return found;
}
