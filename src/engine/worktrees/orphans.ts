import { basename, dirname, join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Orphan } from "../../protocol/records.ts";
import { exists } from "./disk.ts";
import { recordedPaths } from "./inspect.ts";
import { forgetRecord, keepOrphan, type Leaving, leavingOf, moveOut } from "./leavings.ts";
import { sharedGit } from "./objects.ts";
import { isPrepared } from "./prepared.ts";
import { entriesOf, worktreeFolders } from "./reconcile.ts";
import { type Room, worktreeLock } from "./room.ts";
import { allRows, type WorktreeRow } from "./rows.ts";

/**
 * What git, the store and the disk don't agree on: folders, branches, refs and records of worktrees that no row knows.
 * `archived`: ids of agents whose rows are put away; what is theirs is no orphan. One git, however many there are.
 */
export async function findOrphans(room: Room, archived: ReadonlySet<string>): Promise<readonly Orphan[]> {
  const rows = await room.store.read(allRows);
  const known = new Set([...archived, ...rows.map(({ agentId }) => agentId)]);
  const found = new Map<string, Mutable>();
  const note = (name: string, what: Partial<Mutable>) => {
    const before = found.get(idIn(name)) ?? { ...nothing, name };
    found.set(idIn(name), { ...before, ...what, name: nameOf(before.name, name) });
  };
  const leavings = await noteFolders(room, rows, archived, note);
  await noteRefs(room, known, note);
  return [...leavings, ...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

type Mutable = { -readonly [Key in keyof Orphan]: Orphan[Key] };

const nothing: Omit<Orphan, "name"> = {
  kind: "worktree",
  path: null,
  isRecorded: false,
  branch: null,
  filesCommit: null,
  ignoredCommit: null,
};

type Note = (name: string, what: Partial<Mutable>) => void;

/** Worktrees, branches and folders are named `<name>-<id>`. */
const idIn = (name: string): string => name.slice(name.lastIndexOf("-") + 1);

/** The one that says more: some refs carry an id alone. */
const nameOf = (one: string, other: string): string => (other.length > one.length ? other : one);

/** Answers what stands aside under a name of its own. */
async function noteFolders(
  room: Room,
  rows: readonly WorktreeRow[],
  archived: ReadonlySet<string>,
  note: Note,
): Promise<Orphan[]> {
  const paths = new Set(rows.map(({ path }) => path));
  const isOurs = (path: string) => paths.has(path) || archived.has(idIn(basename(path)));
  const folders = worktreeFolders(room, rows);
  const standing: Orphan[] = [];
  for (const [folder, names] of await entriesOf(folders)) {
    for (const entry of names) {
      const leaving = leavingOf(folder, entry);
      if (leaving !== undefined) standing.push(...asOrphan(leaving, entry, paths));
      else if (!entry.startsWith(".") && !isOurs(join(folder, entry))) note(entry, { path: join(folder, entry) });
    }
  }
  for (const path of await recordedPaths(room)) {
    if (folders.has(dirname(path)) && !isOurs(path) && !isPrepared(path))
      note(basename(path), { path, isRecorded: true });
  }
  return standing;
}

/** What is being deleted, or will be kept by itself, is none. */
function asOrphan({ kind, path, name }: Leaving, entry: string, rows: ReadonlySet<string>): Orphan[] {
  if (kind === "erasing" || (kind === "removed" && rows.has(join(dirname(path), name)))) return [];
  return [{ ...nothing, name: entry, kind: kind === "kept" ? "repositories" : "leftover", path }];
}

async function noteRefs(room: Room, known: ReadonlySet<string>, note: Note): Promise<void> {
  const git = await sharedGit(room);
  const args = ["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads/banyan", "refs/banyan"];
  const lines = (await git.text(args)).split("\n");
  // What was kept when a folder was cleaned up is newer than its last snapshot: it comes last.
  const isLate = (line: string) => line.startsWith("refs/banyan/orphans/");
  for (const line of [...lines.filter((each) => !isLate(each)), ...lines.filter(isLate)]) {
    const [ref = "", commit = ""] = line.split(" ");
    const { kind, name } = REF.exec(ref)?.groups ?? {};
    if (kind === undefined || name === undefined) continue;
    const isKnown = known.has(idIn(name));
    if (kind === "heads/banyan" && !isKnown && AGENT_ID.test(idIn(name))) note(name, { branch: `banyan/${name}` });
    if (kind === "banyan/snapshots" && !isKnown) note(name, { filesCommit: commit });
    if (kind === "banyan/ignored" && !isKnown) note(name, { ignoredCommit: commit });
    if (kind === "banyan/orphans")
      note(name, ref.endsWith("/files") ? { filesCommit: commit } : { ignoredCommit: commit });
  }
}

const REF =
  /^refs\/(?<kind>heads\/banyan|banyan\/snapshots|banyan\/ignored|banyan\/orphans)\/(?<name>[^/]+)(?:\/(?:files|ignored))?$/;

/** A branch alone is only ours if it ends as an agent's does. */
const AGENT_ID = /^[0-9a-z]{10}$/;

/**
 * Takes an orphan's folder away, after all that is in it was kept under `refs/banyan/orphans/`; and git's record of it.
 * Branches and snapshots stay. Answers where it is kept; null where there was no folder. Refuses repositories that a
 * worktree held: nothing else has them.
 */
export async function cleanOrphan(room: Room, orphan: Orphan): Promise<Result<string | null>> {
  const { path, kind, name } = orphan;
  if (kind === "repositories") {
    return refuse(
      "dirty_checkout",
      `${path} stays: it holds repositories that are nowhere else. Move or delete it yourself`,
    );
  }
  return room.locks.run(worktreeLock(name), async () => {
    if (path === null) return ok(null);
    if (!(await exists(path))) {
      await forgetRecord(room, path);
      return ok(null);
    }
    const leaving = leavingOf(dirname(path), basename(path)) ?? (await moveOut(room, path));
    await keepOrphan(room, leaving);
    return ok(leaving.name);
  });
}
