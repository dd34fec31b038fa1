import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type {
  DiffQuery,
  LoggedCommit,
  MadeCommit,
  UncommittedPath,
  WorktreeDiff,
  WorktreeHistory,
  WorktreeLog,
  WorktreeStatus,
} from "../tools/tool.ts";
import { clearLock } from "./busy.ts";
import { commitUncommitted } from "./commit.ts";
import { changedFiles, patchArguments } from "./diff.ts";
import { copyIndex } from "./disk.ts";
import { type Git, records } from "./git.ts";
import { type Located, locate } from "./inspect.ts";
import { LineWindow } from "./lineWindow.ts";
import { branchRef, branchTip, changedPaths, isAncestor, resolveCommit, sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import { rowOf, type WorktreeRow } from "./rows.ts";
import { stageAll } from "./stage.ts";

/** Runs while nobody else works in the worktree, with the merges into it settled. */
type Inside = <T>(body: (row: WorktreeRow) => Promise<Result<T>>) => Promise<Result<T>>;

/** What an agent's tools see of its commits; see the port. */
export function worktreeHistory(room: Room, agentId: string, inside: Inside): WorktreeHistory {
  const located = <T>(body: (located: Located) => Promise<Result<T>>): Promise<Result<T>> =>
    inside(async (row) => {
      const found = await locate(room, row);
      return found.ok ? body(found.value) : found;
    });
  return {
    diff: (query, signal) => located((found) => diffOf(room, found, query, signal)),
    async log(part) {
      const row = await room.store.read((reader) => rowOf(reader, agentId));
      return row === undefined ? refuse("not_found", `no agent ${agentId} has a worktree`) : logOf(room, row, part);
    },
    status: () => located(async (found) => ok(await statusOf(found))),
    commit: (message) => inside((row) => commitAll(room, row, message)),
  };
}

async function diffOf(
  room: Room,
  located: Located,
  { from, path, offset, limit }: DiffQuery,
  signal: AbortSignal,
): Promise<Result<WorktreeDiff>> {
  const { git } = located;
  const start = await startOf(located, from);
  if (!start.ok) return start;
  const tree = await treeOfAll(room, located);
  const files = await changedFiles(git, start.value, tree, path);
  const window = new LineWindow(offset, limit);
  if (limit > 0) {
    await git.run(patchArguments(start.value, tree, path), {
      signal,
      onOutput: (chunk) => window.read(chunk),
      literalPaths: true,
    });
    window.end();
  }
  return ok({ from: start.value, files, lines: window.lines, more: window.more });
}

/** An agent reads of the repository what is its own history, not what others keep in it. */
async function startOf({ git, row }: Located, from: string): Promise<Result<string>> {
  const name = from === "base" ? row.baseCommit : from === "head" ? branchRef(row.branch) : from;
  const isName = from === "base" || from === "head" || /^[0-9a-f]{4,64}$/i.test(from);
  const commit = isName ? await resolveCommit(git, name) : undefined;
  if (commit !== undefined && (await isAncestor(git, commit, branchRef(row.branch)))) return ok(commit);
  return refuse("not_found", `${JSON.stringify(from)} is no commit of your branch: log shows those there are`);
}

/** The tree of what is in the worktree, through an index of its own; nothing of the worktree's changes. */
async function treeOfAll(room: Room, { git, adminDir }: Located): Promise<string> {
  const index = join(adminDir, "banyan-diff-index");
  await clearLock(room, index);
  await copyIndex(join(adminDir, "index"), index);
  try {
    return (await stageAll(git, index)).tree;
  } finally {
    await rm(index, { force: true });
  }
}

async function logOf(
  room: Room,
  row: WorktreeRow,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<Result<WorktreeLog>> {
  const git = await sharedGit(room);
  const tip = (await branchTip(git, row.branch)) ?? (row.status === "creating" ? row.baseCommit : undefined);
  if (tip === undefined || (await resolveCommit(git, row.baseCommit)) === undefined) {
    return refuse("not_found", `the branch ${row.branch} is gone`);
  }
  const sinceBase = await countSince(git, row.baseCommit, tip);
  // One more than asked for says whether there is more.
  const since = await commitsOf(git, [tip, `^${row.baseCommit}`], offset, limit + 1);
  const left = limit + 1 - since.length;
  const before = await commitsOf(git, [row.baseCommit], Math.max(0, offset - sinceBase), left);
  const commits = [...since, ...before];
  return ok({ base: row.baseCommit, sinceBase, commits: commits.slice(0, limit), more: commits.length > limit });
}

const countSince = async (git: Git, base: string, tip: string): Promise<number> =>
  Number(await git.text(["rev-list", "--count", tip, `^${base}`]));

async function commitsOf(git: Git, range: readonly string[], skip: number, count: number): Promise<LoggedCommit[]> {
  if (count <= 0) return [];
  const format = "--format=%H%x00%an%x00%ct%x00%s";
  const window = [`--skip=${skip}`, `--max-count=${count}`];
  const fields = records(await git.mustRun(["log", "-z", "--no-color", format, ...window, ...range, "--"]));
  const commits: LoggedCommit[] = [];
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [id = "", author = "", seconds = "", subject = ""] = fields.slice(index, index + 4);
    commits.push({ id, author, at: Number(seconds) * 1000, subject });
  }
  return commits;
}

async function statusOf({ git, row }: Located): Promise<WorktreeStatus> {
  const head = (await branchTip(git, row.branch)) ?? row.baseCommit;
  const [listed, hidden] = await Promise.all([
    git.mustRun(["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all"]),
    git.mustRun(["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"]),
  ]);
  const entries = records(listed);
  return {
    branch: row.branch,
    head,
    base: row.baseCommit,
    target: row.targetBranch,
    commitsSinceBase: await countSince(git, row.baseCommit, head),
    uncommitted: entries.filter((entry) => !entry.endsWith("/")).map(uncommittedOf),
    nested: entries.filter((entry) => entry.endsWith("/")).map((entry) => entry.slice("?? ".length, -1)),
    ignored: records(hidden),
  };
}

function uncommittedOf(entry: string): UncommittedPath {
  const code = entry.slice(0, 2);
  const what = code === "??" || code.includes("A") ? "new" : code.includes("D") ? "deleted" : "modified";
  return { path: entry.slice("XY ".length), what };
}

async function commitAll(room: Room, row: WorktreeRow, message: string): Promise<Result<MadeCommit | null>> {
  const git = await sharedGit(room);
  const before = (await branchTip(git, row.branch)) ?? row.baseCommit;
  const made = await commitUncommitted(room, row, message);
  if (!made.ok) return made;
  if (made.value === before) return ok(null);
  const changes = await changedPaths(git, before, made.value);
  return ok({ id: made.value, files: changes.map(({ path }) => path) });
}
