import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { exists, plainFile, real } from "./disk.ts";
import type { Git } from "./git.ts";
import { branchRef } from "./objects.ts";
import { unstuck } from "./pipes.ts";
import type { Room } from "./room.ts";
import { moveRow, type WorktreeRow } from "./rows.ts";

/** A worktree that is what its row says it is, and git on it. */
export interface Located {
  readonly row: WorktreeRow;
  /** The worktree's own folder in the common git directory. */
  readonly adminDir: string;
  readonly git: Git;
}

export type Inspection =
  | { readonly kind: "sound"; readonly adminDir: string; readonly git: Git }
  /** There is no folder. */
  | { readonly kind: "missing" }
  | { readonly kind: "tampered"; readonly why: string };

/**
 * Checks a worktree before it is used: its `.git` file points into the common git directory, what it points to points
 * back, and its HEAD is on the agent's branch. An agent can rewrite any of them, and git would follow.
 */
export async function inspect(room: Room, row: WorktreeRow): Promise<Inspection> {
  if (!(await exists(row.path))) return { kind: "missing" };
  if ((await real(row.path)) !== row.path) return tampered(`${row.path} is a link to somewhere else`);
  const adminDir = await pointer(row.path);
  if (adminDir === undefined) return tampered(`${join(row.path, ".git")} is not the pointer that git wrote`);
  const misled = await adminProblem(room, row.path, adminDir);
  if (misled !== undefined) return tampered(misled);
  const git = await room.repository.git.sealed({ gitDir: adminDir, workTree: row.path });
  const strayed = (await headProblem(git, row)) ?? (await branchProblem(room, row));
  return strayed === undefined ? { kind: "sound", adminDir, git } : tampered(strayed);
}

const tampered = (why: string): Inspection => ({ kind: "tampered", why });

/** What a worktree's `.git` file points to, as a real path; undefined where it is no such file. */
export async function pointer(worktree: string): Promise<string | undefined> {
  const text = await plainFile(join(worktree, ".git"));
  const target = text === undefined ? undefined : /^gitdir: (?<target>[^\0]+?)\r?\n?$/.exec(text)?.groups?.target;
  return target === undefined ? undefined : real(resolve(worktree, target));
}

/** Why an administrative folder is not that of a worktree; undefined where it is. */
export async function adminProblem(room: Room, worktree: string, adminDir: string): Promise<string | undefined> {
  const { commonDir } = room.repository;
  if (dirname(adminDir) !== join(commonDir, "worktrees")) {
    return `${join(worktree, ".git")} points to ${adminDir}, outside of ${commonDir}`;
  }
  const common = (await plainFile(join(adminDir, "commondir")))?.trimEnd();
  if (common === undefined || (await real(resolve(adminDir, common))) !== commonDir) {
    return `${join(adminDir, "commondir")} does not lead to ${commonDir}`;
  }
  if (!(await pointsBack(adminDir, worktree))) return `${adminDir} belongs to another worktree`;
  const planted = await plantedIn(adminDir);
  return planted === undefined ? undefined : `${planted} is no file that git wrote`;
}

/**
 * What git would follow or wait for in an administrative folder: it writes to where a link leads, and never ends to read
 * a pipe. A link in HEAD's place is a HEAD of old.
 */
async function plantedIn(adminDir: string): Promise<string | undefined> {
  const entries = await readdir(adminDir, { withFileTypes: true, recursive: true });
  const planted = entries.find((entry) => {
    const isHead = entry.name === "HEAD" && entry.parentPath === adminDir;
    return !entry.isFile() && !entry.isDirectory() && !(isHead && entry.isSymbolicLink());
  });
  return planted === undefined ? undefined : join(planted.parentPath, planted.name);
}

const pointsBack = async (adminDir: string, worktree: string): Promise<boolean> =>
  (await pointerBack(adminDir)) === join(worktree, ".git");

/** The `.git` file that an administrative folder says is its worktree's. */
export async function pointerBack(adminDir: string): Promise<string | undefined> {
  const back = (await plainFile(join(adminDir, "gitdir")))?.replace(/\r?\n$/, "");
  return back === undefined ? undefined : resolve(adminDir, back);
}

async function headProblem(git: Git, row: WorktreeRow): Promise<string | undefined> {
  const head = (await headOf(git)) ?? "";
  if (head === `refs/heads/${row.branch}`) return undefined;
  return `${row.path} is not on its branch ${row.branch} but on ${head || "no branch"}`;
}

/** A branch that stands for another one would have that one moved in its place. */
async function branchProblem({ repository }: Room, row: WorktreeRow): Promise<string | undefined> {
  const file = join(repository.commonDir, branchRef(row.branch));
  const text = await plainFile(file);
  const isOther = text === undefined ? await exists(file) : text.startsWith("ref:");
  return isOther ? `${file} is no branch, but leads to something else` : undefined;
}

/** The ref that HEAD names. Git is asked only where HEAD isn't a file to be read. */
async function headOf(git: Git): Promise<string | undefined> {
  const file = (await plainFile(join(git.place.gitDir, "HEAD")))?.trimEnd();
  if (file?.startsWith("ref: refs/heads/") && file !== "ref: refs/heads/.invalid") return file.slice("ref: ".length);
  const asked = await git.run(["symbolic-ref", "--quiet", "HEAD"]);
  return asked.code === 0 ? asked.stdout.toString().trim() : undefined;
}

/**
 * The administrative folder that git keeps for a worktree's path, whether or not the worktree is still there. Only the
 * one that names this path: others are somebody else's.
 */
export async function adminDirOf(room: Room, worktree: string): Promise<string | undefined> {
  for (const adminDir of await adminDirs(room)) if (await pointsBack(adminDir, worktree)) return adminDir;
  return undefined;
}

async function adminDirs(room: Room): Promise<string[]> {
  const folder = join(room.repository.commonDir, "worktrees");
  if (!(await exists(folder))) return [];
  // A link in the place of one is nothing that git made.
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

/** Paths of all worktrees that git records, whether or not they are still there. */
export async function recordedPaths(room: Room): Promise<ReadonlySet<string>> {
  const pointers = await Promise.all((await adminDirs(room)).map(pointerBack));
  return new Set(pointers.flatMap((pointer) => (pointer === undefined ? [] : [dirname(pointer)])));
}

/**
 * The worktree, ready for use. A refusal: `not_found` where its folder is gone, `untrusted` where it isn't what git
 * made; then its status is `quarantined` from here on.
 */
export async function locate(room: Room, row: WorktreeRow): Promise<Result<Located>> {
  const found = await inspect(room, row);
  if (found.kind === "sound" && row.status === "quarantined") {
    return refuse("untrusted", `the worktree ${row.path} is quarantined: look at it, then start its agent again`);
  }
  if (found.kind === "sound") {
    const git = unstuck(room, found.git, (why) => quarantine(room, row, why));
    return ok({ row, adminDir: found.adminDir, git });
  }
  if (found.kind === "missing") return refuse("not_found", `the worktree ${row.path} is gone: start its agent again`);
  await quarantine(room, row, found.why);
  return refuse(
    "untrusted",
    `the worktree of ${row.branch} is not used any more, since something changed where it leads: ${found.why}`,
  );
}

async function quarantine(room: Room, row: WorktreeRow, why: string): Promise<void> {
  if (row.status === "quarantined") return;
  room.log.warn("A worktree was tampered with and is quarantined", { agentId: row.agentId, path: row.path, why });
  await room.store.transaction((tx) => moveRow(tx, row.agentId, room.clock.now(), "quarantined", why));
}
