import { join } from "node:path";
import { type Result, refuse } from "../../base/errors.ts";
import { clearLock } from "./busy.ts";
import { type Git, GitError, records, type Signature } from "./git.ts";
import { unstuckByRecords } from "./pipes.ts";
import { sharedPlace } from "./repository.ts";
import type { Room } from "./room.ts";

/** Git on the objects and refs that all worktrees share. */
export const sharedGit = async (room: Room): Promise<Git> =>
  unstuckByRecords(room, await room.repository.git.sealed(sharedPlace(room.repository)));

export const branchRef = (branch: string) => `refs/heads/${branch}`;

/** The commit that a ref or an id leads to; undefined where it leads to none. */
export async function resolveCommit(git: Git, name: string): Promise<string | undefined> {
  const output = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`]);
  if (output.code !== 0 && output.code !== 1) throw new GitError(["rev-parse", name], output);
  return output.code === 0 ? output.stdout.toString().trim() : undefined;
}

/** The commits that full refs and ids lead to, in one go; undefined for those that lead to none. */
export async function resolveCommits(git: Git, names: readonly string[]): Promise<readonly (string | undefined)[]> {
  const stdin = names.map((name) => `${name}^{commit}\n`).join("");
  const lines = (await git.text(["cat-file", "--batch-check=%(objectname)"], { stdin })).split("\n");
  return names.map((_, index) => (/^[0-9a-f]{40,64}$/.test(lines[index] ?? "") ? lines[index] : undefined));
}

/** A branch's tip; undefined where there is no such branch. */
export const branchTip = (git: Git, branch: string): Promise<string | undefined> =>
  resolveCommit(git, branchRef(branch));

/** The commit that a ref or an id leads to, and its tree; throws where it leads to none. */
export async function commitAndTree(git: Git, name: string): Promise<{ commit: string; tree: string }> {
  const [commit = "", tree = ""] = (await git.text(["rev-parse", `${name}^{commit}`, `${name}^{tree}`])).split("\n");
  return { commit, tree };
}

/** A commit that a ref leads to. */
export interface Tip {
  readonly commit: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

/** What refs lead to, by their names; one that isn't there, or leads to no commit, is not in it. One git for all. */
export async function tipsOf(git: Git, refs: readonly string[]): Promise<ReadonlyMap<string, Tip>> {
  const tips = new Map<string, Tip>();
  if (refs.length === 0) return tips;
  const format = "--format=%(refname) %(objectname) %(tree) %(parent)";
  for (const line of (await git.text(["for-each-ref", format, ...refs])).split("\n")) {
    const [ref = "", commit = "", tree = "", ...parents] = line.split(" ").filter((word) => word !== "");
    if (tree !== "" && refs.includes(ref)) tips.set(ref, { commit, tree, parents });
  }
  return tips;
}

/** Whether `commit` is in the history of `tip`, or is it. */
export async function isAncestor(git: Git, commit: string, tip: string): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", commit, tip];
  const output = await git.run(args);
  if (output.code !== 0 && output.code !== 1) throw new GitError(args, output);
  return output.code === 0;
}

/** What two commits have in common, the first that git finds; undefined where they have nothing. */
export async function mergeBaseOf(git: Git, one: string, other: string): Promise<string | undefined> {
  const args = ["merge-base", one, other];
  const output = await git.run(args);
  if (output.code !== 0 && output.code !== 1) throw new GitError(args, output);
  return output.code === 0 ? output.stdout.toString().trim() : undefined;
}

/** Writes a commit. Nothing keeps it until a ref does. */
export function commitTree(
  git: Git,
  tree: string,
  parents: readonly string[],
  message: string,
  signature: Signature,
): Promise<string> {
  const parentArguments = parents.flatMap((parent) => ["-p", parent]);
  return git.text(["commit-tree", "--no-gpg-sign", tree, ...parentArguments], {
    stdin: `${message.trim()}\n`,
    signature,
  });
}

/** `from` where the ref must not exist yet. */
export const NEW = "";

/** Moves a ref if it still leads to `from`; throws a `GitError` where it doesn't. */
export async function moveRef(
  git: Git,
  ref: string,
  move: { readonly from: string; readonly to: string },
  signature: Signature,
  why: string,
  options: readonly string[] = [],
): Promise<void> {
  await git.mustRun(["update-ref", ...options, "-m", `banyan: ${why}`, ref, move.to, move.from], { signature });
}

/** As `moveRef` for a ref that only the engine moves: an agent's branch or snapshots. */
export async function moveAgentRef(
  room: Room,
  git: Git,
  ref: string,
  move: { readonly from: string; readonly to: string },
  signature: Signature,
  why: string,
): Promise<void> {
  await clearLock(room, join(room.repository.commonDir, ref));
  await clearLock(room, join(git.place.gitDir, "HEAD"));
  // One that somebody made stand for another is taken for what it leads to, and that is left.
  await moveRef(git, ref, move, signature, why, ["--no-deref"]);
}

/** A path at which two commits differ. */
export interface PathChange {
  readonly path: string;
  /** What is there in the first; null where the second adds it. */
  readonly before: Entry | null;
  /** What is there in the second; null where it deletes it. */
  readonly after: Entry | null;
}

/** Refuses paths that were read as something else than they are: git's names are bytes, ours are text. */
export function refuseMisread(paths: readonly string[]): Result<never> | undefined {
  const misread = paths.filter((path) => path.includes("\uFFFD"));
  return misread.length === 0
    ? undefined
    : refuse("bad_input", `the names of ${nameSome(misread)} are no UTF-8: rename them in the work, then merge it`);
}

export interface Entry {
  /** As in a tree: `100644`, `100755`, `120000` for a link, `160000` for a submodule. */
  readonly mode: string;
  readonly id: string;
}

/** The paths at which two commits differ; a rename is a deletion and an addition. */
export async function changedPaths(git: Git, from: string, to: string): Promise<PathChange[]> {
  const options = ["--no-renames", "--raw", "--ignore-submodules=none", "-O/dev/null"];
  const fields = records(await git.mustRun(["diff-tree", "-r", "-z", ...options, from, to]));
  const changes: PathChange[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [description = "", path = ""] = fields.slice(index, index + 2);
    const [beforeMode = "", afterMode = "", beforeId = "", afterId = ""] = description.slice(1).split(" ");
    changes.push({ path, before: entryOf(beforeMode, beforeId), after: entryOf(afterMode, afterId) });
  }
  return changes;
}

export const entryOf = (mode: string, id: string): Entry | null => (mode === "000000" ? null : { mode, id });

export type MergedTree =
  | { readonly kind: "clean"; readonly tree: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] };

/**
 * Merges two commits into a tree, touching neither refs nor files. With a base, that is what both are compared with,
 * whatever their histories say.
 */
export async function mergeTrees(git: Git, ours: string, theirs: string, base?: string): Promise<MergedTree> {
  const sides = base === undefined ? [ours, theirs] : await alikeFrom(git, base, [ours, theirs]);
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ...sides];
  const output = await git.run(args);
  const [tree = "", ...files] = records(output.stdout);
  // A bad ref exits with 1 too, but without a tree.
  if (!/^[0-9a-f]{40,64}$/.test(tree)) throw new Error(`git ${args.join(" ")} failed: ${output.stderr.trim()}`);
  return output.code === 0 ? { kind: "clean", tree } : { kind: "conflict", files: [...new Set(files)] };
}

/** Stands in commits that nobody sees. */
export const NOBODY: Signature = { name: "Banyan", email: "banyan@localhost", at: 0 };

/** Commits with the same trees whose merge base is the given one: git 2.40 and newer could be told it. */
async function alikeFrom(git: Git, base: string, tips: readonly string[]): Promise<string[]> {
  const root = await commitTree(git, await treeOf(git, base), [], "Base", NOBODY);
  return Promise.all(tips.map(async (tip) => commitTree(git, await treeOf(git, tip), [root], "Side", NOBODY)));
}

const treeOf = async (git: Git, commit: string): Promise<string> => (await commitAndTree(git, commit)).tree;

/** "a, b, c, d, e and 3 more". */
export function nameSome(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(", ");
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown;
}
