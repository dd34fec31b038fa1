import { lstat, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LeftOut, WorktreeRecord } from "../../protocol/records.ts";
import { writeBlobs, writeTree } from "./blobs.ts";
import { type Git, records } from "./git.ts";
import { chooseIgnored, describeLeftOut, groupIgnored, type IgnoredFile, readLeftOut } from "./ignoredChoice.ts";
import { createLinkCheck } from "./links.ts";
import { commitTree, moveAgentRef, NEW, sharedGit, tipsOf } from "./objects.ts";
import type { Room } from "./room.ts";
import type { Keeping } from "./snapshot.ts";

/** The ref that keeps an agent's ignored files. It is in no branch, and no push takes it along that doesn't name it. */
export const ignoredRef = (agentId: string) => `refs/banyan/ignored/${agentId}`;

export interface KeptIgnored {
  /** Null: nothing is ignored, and nothing ever was. */
  readonly commit: string | null;
  readonly leftOut: readonly LeftOut[];
  /** Repositories among what is ignored. They are in no commit. */
  readonly nested: readonly string[];
}

/**
 * Keeps the ignored files of a worktree as a commit of their own: not what `unchanged` names, and of the rest what the
 * settings' caps let in. `keeping.index` knows all files that are not ignored.
 */
export async function keepIgnored(
  room: Room,
  folder: string,
  keeping: Keeping,
  unchanged: ReadonlySet<string>,
): Promise<KeptIgnored> {
  const { git, ref, branch, signature } = keeping;
  const { paths, folders } = await listIgnored(git, keeping.index);
  const nested = paths.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
  const files = await lookAt(
    folder,
    paths.filter((path) => !path.endsWith("/") && !unchanged.has(path)),
  );
  const { ignoredFileBytes: perFile, ignoredBytes: together } = room.settings;
  const { kept, leftOut } = chooseIgnored(groupIgnored(files, folders), { perFile, together });
  const tree = await treeOf(git, folder, keeping.index, kept);
  const before = (await tipsOf(git, [ref])).get(ref);
  if (before?.tree === tree || (before === undefined && files.length === 0)) {
    return { commit: before?.commit ?? null, leftOut, nested };
  }
  const message = `Ignored files of ${branch}\n\n${describeLeftOut(leftOut)}`;
  const parents = before === undefined ? [] : [before.commit];
  const commit = await commitTree(git, tree, parents, message, signature);
  await moveAgentRef(room, git, ref, { from: before?.commit ?? NEW, to: commit }, signature, "ignored files");
  return { commit, leftOut, nested };
}

/** What is ignored, by an index that knows the rest: files, repositories with a slash at their end, and whole folders. */
export async function listIgnored(git: Git, index: string): Promise<{ paths: string[]; folders: ReadonlySet<string> }> {
  const args = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard"];
  const paths = records(await git.mustRun(args, { index }));
  const whole = paths.length === 0 ? [] : records(await git.mustRun([...args, "--directory"], { index }));
  return { paths, folders: new Set(whole.filter((path) => path.endsWith("/"))) };
}

async function lookAt(folder: string, paths: readonly string[]): Promise<IgnoredFile[]> {
  const leadsAway = createLinkCheck(folder);
  const files: IgnoredFile[] = [];
  for (const path of paths) {
    const stats = (await leadsAway(path)) ? undefined : await lstat(join(folder, path)).catch(() => undefined);
    if (stats?.isFile() === true || stats?.isSymbolicLink() === true) files.push({ path, bytes: stats.size });
  }
  return files;
}

async function treeOf(git: Git, folder: string, index: string, files: readonly IgnoredFile[]): Promise<string> {
  const own = `${index}-ignored`;
  await rm(own, { force: true });
  await rm(`${own}.lock`, { force: true });
  const tree = await writeTree(git, own, await writeBlobs(git, folder, files));
  await rm(own, { force: true });
  return tree;
}

/** What the kept ignored files of worktrees leave out, by agent. One git for all. */
export async function leftOutByAgent(
  room: Room,
  worktrees: readonly Pick<WorktreeRecord, "agentId" | "ignoredCommit">[],
): Promise<ReadonlyMap<string, readonly LeftOut[]>> {
  const agents = new Map(worktrees.flatMap(({ agentId, ignoredCommit: id }) => (id === null ? [] : [[id, agentId]])));
  const found = new Map<string, readonly LeftOut[]>();
  if (agents.size === 0) return found;
  const args = ["log", "--no-walk=unsorted", "--ignore-missing", "-z", "--format=%H%n%B", "--stdin"];
  const output = await (await sharedGit(room)).text(args, { stdin: [...agents.keys(), ""].join("\n") });
  for (const record of output.split("\0")) {
    const end = record.indexOf("\n");
    const agentId = agents.get(record.slice(0, end));
    const leftOut = readLeftOut(record.slice(end));
    if (agentId !== undefined && leftOut.length > 0) found.set(agentId, leftOut);
  }
  return found;
}
