import { lstat } from "node:fs/promises";
import { isAbsolute, join, posix, win32 } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { WorktreeRecord } from "../../protocol/records.ts";
import type { FileEntry, WorktreeFiles } from "../tools/tool.ts";
import { type Git, records } from "./git.ts";
import { type Located, locate } from "./inspect.ts";
import { createLinkCheck } from "./links.ts";
import { answered } from "./refused.ts";
import type { Room } from "./room.ts";
import { rowOf } from "./rows.ts";
import { searchIn } from "./search.ts";

/** What an agent's tools see of its worktree; see the port. `list` rejects for a path that isn't in the worktree. */
export function worktreeFiles(room: Room, record: WorktreeRecord): WorktreeFiles {
  return {
    root: record.path,
    async list(path) {
      const inside = pathInside(path);
      if (!inside.ok) throw new Error(inside.refusal.message);
      const located = await locateNow(room, record);
      if (!located.ok) throw new Error(located.refusal.message);
      return listIn(located.value.git, record.path, inside.value);
    },
    async search(query, signal) {
      const inside = pathInside(query.path);
      if (!inside.ok) return inside;
      const located = await locateNow(room, record);
      return located.ok
        ? answered(searchIn(room, located.value.git, record.path, { ...query, path: inside.value }, signal))
        : located;
    },
  };
}

async function locateNow(room: Room, record: WorktreeRecord): Promise<Result<Located>> {
  const row = await room.store.read((reader) => rowOf(reader, record.agentId));
  return row === undefined ? refuse("not_found", `no agent ${record.agentId} has a worktree`) : locate(room, row);
}

/** A path from the worktree's root, made plain; `.` is the root. */
function pathInside(path: string): Result<string> {
  if (path.includes("\0")) return refuse("bad_input", "a path holds no NUL: give one from the worktree's root");
  const plain = posix.normalize(path === "" ? "." : path).replace(/(?<=.)\/$/, "");
  if (isAbsolute(path) || win32.isAbsolute(path) || plain === ".." || plain.startsWith("../")) {
    return refuse(
      "outside_worktree",
      `${path} is outside of the worktree: give a path from its root, for instance src`,
    );
  }
  return ok(plain);
}

/** As many files are looked at at once. */
const CONCURRENCY = 64;

async function listIn(git: Git, root: string, path: string): Promise<FileEntry[]> {
  const pathspec = path === "." ? [] : ["--", path];
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", ...pathspec];
  const listed = records(await git.mustRun(args, { literalPaths: true }));
  const paths = [...new Set(listed.map((name) => name.replace(/\/$/, "")))].sort();
  const entries: FileEntry[] = [];
  const leadsAway = createLinkCheck(root);
  let next = 0;
  const results: (FileEntry | undefined)[] = new Array(paths.length);
  const work = async () => {
    for (let index = next++; index < paths.length; index = next++) {
      const name = paths[index];
      if (name !== undefined && !(await leadsAway(name))) results[index] = await entryAt(root, name);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  for (const entry of results) if (entry !== undefined) entries.push(entry);
  return entries;
}

/** Undefined for a file that was deleted. Links and submodules have no size of their own. */
async function entryAt(root: string, path: string): Promise<FileEntry | undefined> {
  const stats = await lstat(join(root, path)).catch(() => undefined);
  return stats === undefined ? undefined : { path, size: stats.isFile() ? stats.size : null };
}
