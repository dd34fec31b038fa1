import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Git, records } from "./git.ts";
import {
  changedPaths,
  commitAndTree,
  commitTree,
  type MergedTree,
  mergeBaseOf,
  mergeTrees,
  NOBODY,
  type PathChange,
} from "./objects.ts";
import { checkoutPlace } from "./repository.ts";
import type { Room } from "./room.ts";

/** Work that is to be merged into a branch of the user's. */
export interface Merging {
  /** The branch's tip. */
  readonly target: string;
  readonly work: string;
  /** What both are compared with; null: git's own merge base. */
  readonly base: string | null;
}

/**
 * As `mergeTrees`, with the files that the work changed as the user's own filters store them: an agent's git runs none,
 * and what it commits of a large file, say, is the file itself, where the user's would commit a pointer to it. For a merge that
 * the user asked for alone: filters are programs.
 */
export async function mergeAsStored(room: Room, git: Git, { target, work, base }: Merging): Promise<MergedTree> {
  const plain = () => mergeTrees(git, target, work, base ?? undefined);
  const own = room.repository.git.trusted(checkoutPlace(room.repository), "filters");
  if (!(await hasFilters(own))) return plain();
  const from = base ?? (await mergeBaseOf(git, target, work));
  if (from === undefined) return plain();
  const changes = await filtered(own, await changedPaths(git, from, work));
  const [before, after] = [await storedBefore(git, own, changes, target), await storedAfter(own, changes)];
  if (before.size + after.size === 0) return plain();
  const stored = (commit: string, ids: ReadonlyMap<string, Stored>) => withStored(room, git, commit, ids);
  return mergeTrees(git, target, await stored(work, after), await stored(from, before));
}

const hasFilters = async (own: Git): Promise<boolean> =>
  (await own.run(["config", "--get-regexp", "^filter\\..*\\.(clean|process)$"])).code === 0;

/** Those of some changes that the user's attributes give to a filter. */
async function filtered(own: Git, changes: readonly PathChange[]): Promise<PathChange[]> {
  if (changes.length === 0) return [];
  const stdin = changes.map(({ path }) => path).join("\0");
  const fields = records(await own.mustRun(["check-attr", "-z", "--stdin", "filter"], { stdin }));
  return changes.filter((_, index) => !["unspecified", "unset"].includes(fields[index * 3 + 2] ?? "unset"));
}

interface Stored {
  readonly mode: string;
  readonly id: string;
}

/** What was there before and elsewhere is stored already, but where it isn't what the target has: an agent's own, merged before. */
async function storedBefore(
  git: Git,
  own: Git,
  changes: readonly PathChange[],
  target: string,
): Promise<Map<string, Stored>> {
  const found = new Map<string, Stored>();
  for (const { path, before } of changes) {
    if (before === null || !isFile(before.mode)) continue;
    const there = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${target}:${path}`]);
    if (there.stdout.toString().trim() !== before.id) await store(own, found, path, before);
  }
  return found;
}

async function storedAfter(own: Git, changes: readonly PathChange[]): Promise<Map<string, Stored>> {
  const known = new Set(changes.map(({ before }) => before?.id));
  const found = new Map<string, Stored>();
  for (const { path, after } of changes) {
    if (after !== null && isFile(after.mode) && !known.has(after.id)) await store(own, found, path, after);
  }
  return found;
}

const isFile = (mode: string): boolean => mode.startsWith("100");

/** Only what becomes another blob is noted. */
async function store(own: Git, into: Map<string, Stored>, path: string, { mode, id }: Stored): Promise<void> {
  const stdin = await own.mustRun(["cat-file", "blob", id]);
  const stored = await own.text(["hash-object", "-w", "--stdin", `--path=${path}`], { stdin });
  if (stored !== id) into.set(path, { mode, id: stored });
}

/** A commit, seen by nobody, of the same files but for those. */
async function withStored(room: Room, git: Git, commit: string, stored: ReadonlyMap<string, Stored>): Promise<string> {
  const index = join(room.repository.commonDir, `banyan-stored-${room.ids.short()}`);
  try {
    await git.mustRun(["read-tree", (await commitAndTree(git, commit)).tree], { index });
    const lines = [...stored].map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`);
    await git.mustRun(["update-index", "-z", "--index-info"], { index, stdin: lines.join("") });
    return await commitTree(git, await git.text(["write-tree"], { index }), [commit], "Stored", NOBODY);
  } finally {
    await rm(index, { force: true });
  }
}
