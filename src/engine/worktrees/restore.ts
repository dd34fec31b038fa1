import { lstat, mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { removeFile } from "./advance.ts";
import { writeFiles } from "./blobs.ts";
import { exists, moveInto } from "./disk.ts";
import { GitError } from "./git.ts";
import { ignoredRef } from "./ignored.ts";
import { type Located, locate } from "./inspect.ts";
import { leavingsIn } from "./leavings.ts";
import { branchRef, changedPaths, nameSome, resolveCommit, sharedGit, type Tip, tipsOf } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { isOf, snapshotRef } from "./snapshot.ts";

/**
 * Puts back what a worktree held beside its branch into one that was just made anew: what was uncommitted, as uncommitted,
 * unless the branch has moved since; ignored files; repositories of its own. The caller holds the worktree's lock.
 */
export async function bringBack(room: Room, row: WorktreeRow): Promise<Result<null>> {
  const located = await locate(room, row);
  if (!located.ok) return located;
  const [branch, snapshot, ignored] = [branchRef(row.branch), snapshotRef(row.agentId), ignoredRef(row.agentId)];
  const tips = await tipsOf(located.value.git, [branch, snapshot, ignored]);
  const files = await bringFilesBack(room, located.value, tips.get(snapshot), tips.get(branch));
  if (!files.ok) return files;
  const kept = tips.get(ignored);
  if (kept !== undefined) await bringIgnoredBack(room, located.value, kept.commit);
  await bringRepositoriesBack(row);
  return ok(null);
}

/** From the branch's tip to the snapshot, at the paths that differ, and the index back to the tip. */
async function bringFilesBack(
  room: Room,
  { row, git }: Located,
  snapshot: Tip | undefined,
  tip: Tip | undefined,
): Promise<Result<null>> {
  if (snapshot === undefined || tip === undefined || snapshot.tree === tip.tree) return ok(null);
  if (!isOf(snapshot, tip)) {
    room.log.info("A branch has moved since its last snapshot, which is not put on top", { agentId: row.agentId });
    return ok(null);
  }
  const changes = await changedPaths(git, tip.commit, snapshot.commit);
  for (const { path, after } of changes) if (after === null) await removeFile(row.path, path);
  const coming = changes.filter(({ after }) => after !== null && after.mode !== SUBMODULE);
  const args = ["checkout", "--quiet", "--ignore-skip-worktree-bits", "--pathspec-from-file=-", "--pathspec-file-nul"];
  const stdin = coming.map(({ path }) => path).join("\0");
  const output =
    coming.length === 0 ? undefined : await git.run([...args, snapshot.commit], { stdin, literalPaths: true });
  if (output !== undefined && output.code !== 0) {
    const { stderr } = new GitError(args, output);
    return refuse("illegal_move", `${row.path} could not be brought back to ${snapshot.commit}: ${stderr}`);
  }
  await git.mustRun(["read-tree", "-m", "--no-sparse-checkout", tip.commit]);
  return ok(null);
}

const SUBMODULE = "160000";

async function bringIgnoredBack(room: Room, { row, git }: Located, commit: string): Promise<void> {
  const skipped = await writeFiles(git, commit, row.path);
  if (skipped.length === 0) return;
  room.log.warn("Some ignored files were not brought back, since something else is in their place", {
    agentId: row.agentId,
    paths: nameSome(skipped),
  });
}

async function bringRepositoriesBack(row: WorktreeRow): Promise<void> {
  for (const { kind, name, path } of await leavingsIn(dirname(row.path))) {
    if (kind === "kept" && name === basename(row.path)) await moveInto(path, row.path);
  }
}

/** Commits that keep files, and ignored ones. */
export interface KeptFiles {
  readonly files: string;
  readonly ignored: string | null;
}

/** Writes what is kept of a worktree into a folder that is empty or isn't there: plain files, and no repository. */
export async function writeKept(room: Room, { files, ignored }: KeptFiles, folder: string): Promise<Result<null>> {
  const git = await sharedGit(room);
  if ((await resolveCommit(git, files)) === undefined) return refuse("not_found", `${files} is no commit any more`);
  const empty = await emptyFolder(folder);
  if (!empty.ok) return empty;
  await checkOutInto(room, files, folder);
  if (ignored !== null) await writeFiles(git, ignored, folder);
  return ok(null);
}

async function emptyFolder(folder: string): Promise<Result<null>> {
  if (!isAbsolute(folder)) return refuse("bad_input", `${folder} is no absolute path`);
  if (await exists(folder)) {
    const isEmpty = (await lstat(folder)).isDirectory() && (await readdir(folder)).length === 0;
    if (!isEmpty) return refuse("bad_input", `${folder} is there already: give a folder that is empty or isn't there`);
    await rmdir(folder);
  }
  await mkdir(folder, { recursive: true });
  return ok(null);
}

async function checkOutInto(room: Room, commit: string, folder: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "banyan-"));
  try {
    const git = await room.repository.git.sealed({ gitDir: room.repository.commonDir, workTree: folder });
    const index = join(scratch, "index");
    await git.mustRun(["read-tree", "--no-sparse-checkout", commit], { index });
    await git.mustRun(["checkout-index", "--all", "--force"], { index });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
