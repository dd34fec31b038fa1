import { ok, type Result, refuse } from "../../base/errors.ts";
import { bringIn } from "./bringIn.ts";
import { records } from "./git.ts";
import { hasPatterns, includedPaths } from "./include.ts";
import { inspect, type Located } from "./inspect.ts";
import { nameSome } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { runSetUpCommand } from "./setUpCommand.ts";
import { isSetUpDue, markSetUpDue, recordSetUp, setUpLog, wasSetUp } from "./setUpRecord.ts";

/**
 * Gives a worktree what its agent needs and git does not bring: ignored files of the user's checkout, then whatever the
 * set-up command makes. `isNew`: it was made just now. Done once for each worktree that is made, and again where it was
 * cut off. Nothing of it comes from the repository but patterns. The caller holds the worktree's lock.
 */
export async function setUp(room: Room, row: WorktreeRow, isNew: boolean, signal?: AbortSignal): Promise<Result<null>> {
  const found = await findDue(room, row, isNew);
  if (!found.ok) return found;
  if (found.value === undefined) return ok(null);
  const { adminDir, git } = found.value;
  await markSetUpDue(adminDir);
  await tell(room, row);
  await bringIncluded(room, found.value, signal);
  const { setUpCommand: command } = room.settings;
  if (command !== "") {
    const ran = await runSetUpCommand(room, { command, folder: row.path, log: setUpLog(adminDir) }, signal);
    if (!ran.ok) return ran;
  }
  await recordSetUp(adminDir, row.path, git);
  return ok(null);
}

/** Leaves it for when the agent itself works in the worktree. */
export async function putOffSetUp(room: Room, row: WorktreeRow, isNew: boolean): Promise<Result<null>> {
  const found = await findDue(room, row, isNew);
  if (!found.ok) return found;
  if (found.value !== undefined) await markSetUpDue(found.value.adminDir);
  return ok(null);
}

/** The worktree, where something is to be done in it. */
async function findDue(room: Room, row: WorktreeRow, isNew: boolean): Promise<Result<Located | undefined>> {
  if (room.settings.setUpCommand === "" && !(await hasPatterns(room))) return ok(undefined);
  const found = await inspect(room, row);
  if (found.kind !== "sound") {
    return refuse("untrusted", `the worktree ${row.path} changed while it was set up: try again`);
  }
  const { adminDir, git } = found;
  // One that its agent works in already, and that was made before there was a set-up, is left as it is.
  const neverEnded = async () => row.status === "creating" && !(await wasSetUp(adminDir));
  const isDue = isNew || (await isSetUpDue(adminDir)) || (await neverEnded());
  return ok(isDue ? { row, adminDir, git } : undefined);
}

/** A set-up can take minutes: whoever looks is told what goes on. */
async function tell(room: Room, row: WorktreeRow): Promise<void> {
  const reason = room.settings.setUpCommand === "" ? null : "setting up its worktree";
  if (reason === null) return;
  await room.store.transaction((tx) =>
    tx.emit({ type: "worktree.moved", agentId: row.agentId, to: row.status, reason }),
  );
}

async function bringIncluded(room: Room, { row, git }: Located, signal?: AbortSignal): Promise<void> {
  const paths = await includedPaths(room);
  if (paths.length === 0) return;
  const kept = new Set(records(await git.mustRun(["ls-files", "-z", "--cached"])));
  const load = { from: room.repository.root, to: row.path, paths, otherwise: room.settings.copy, kept };
  const left = await bringIn(load, signal);
  if (left.length === 0) return;
  room.log.warn("Some files could not be brought into a worktree", {
    agentId: row.agentId,
    paths: nameSome(left.map(({ path }) => path)),
    why: left[0]?.why ?? "",
  });
}
