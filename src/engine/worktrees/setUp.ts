import { ok, type Result, refuse } from "../../base/errors.ts";
import { bringIn, type Load } from "./bringIn.ts";
import { type Git, records } from "./git.ts";
import { hasPatterns, includedPaths } from "./include.ts";
import { inspect, type Located } from "./inspect.ts";
import { nameSome } from "./objects.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { runSetUpCommand } from "./setUpCommand.ts";
import { isSetUpDue, markSetUpDue, recordSetUp, setUpLog, wasSetUp } from "./setUpRecord.ts";
import { holdsUsersWork, madeElsewhere } from "./setUpSource.ts";

/**
 * Gives a worktree what its agent needs and git does not bring: ignored files of the user's checkout, then whatever the
 * set-up command makes. `isNew`: it was made just now. Done once for each worktree that is made, and again where it was
 * cut off. Nothing of it comes from the repository but patterns, and nothing that agents wrote is run. The caller holds
 * the worktree's lock.
 */
export async function setUp(room: Room, row: WorktreeRow, isNew: boolean, signal?: AbortSignal): Promise<Result<null>> {
  const found = await findDue(room, row, isNew);
  if (!found.ok) return found;
  if (found.value === undefined) return ok(null);
  const { adminDir, git } = found.value;
  await markSetUpDue(adminDir);
  // Where its agent may have worked already, what is there is the agent's: nothing replaces it, and nothing runs on it.
  const isUntouched = (isNew || row.status === "creating") && !broughtBack(row);
  const kept = new Set([...(await listFiles(git, ["--cached"])), ...(isUntouched ? [] : await ignoredFiles(git))]);
  const included = { from: room.repository.root, paths: await includedPaths(room), otherwise: room.settings.copy };
  await bring(room, row, { ...included, kept }, signal);
  const made = await makeRest(room, row, { adminDir, isUntouched, kept }, signal);
  if (!made.ok) return made;
  const brought = (await ignoredFiles(git)).filter((path) => !kept.has(path));
  await recordSetUp({ adminDir, folder: row.path }, brought);
  return ok(null);
}

/** Whether what its agent left there may have come back with it. */
const broughtBack = ({ snapshotCommit, headCommit, ignoredCommit }: WorktreeRow): boolean =>
  ignoredCommit !== null || (snapshotCommit !== null && snapshotCommit !== headCommit);

interface State {
  readonly adminDir: string;
  /** Its agent has not worked in it. */
  readonly isUntouched: boolean;
  /** Paths that stay as they are. */
  readonly kept: ReadonlySet<string>;
}

/** Has the set-up command make what it makes, or takes that from where it ran. */
async function makeRest(room: Room, row: WorktreeRow, state: State, signal?: AbortSignal): Promise<Result<null>> {
  const { setUpCommand: command } = room.settings;
  if (command === "") return ok(null);
  if (state.isUntouched && (await holdsUsersWork(room, row))) {
    await tell(room, row, "setting up its worktree");
    return runSetUpCommand(room, { command, folder: row.path, log: setUpLog(state.adminDir) }, signal);
  }
  const made = await madeElsewhere(room, row);
  if (made !== undefined) await bring(room, row, { ...made, otherwise: "copy", kept: state.kept }, signal);
  else await tellNothingRan(room, row);
  return ok(null);
}

const listFiles = async (git: Git, which: readonly string[]): Promise<string[]> =>
  records(await git.mustRun(["ls-files", "-z", ...which]));

/** Without the repositories inside, which end with a `/`. */
const ignoredFiles = async (git: Git): Promise<string[]> =>
  (await listFiles(git, ["--others", "--ignored", "--exclude-standard"])).filter((path) => !path.endsWith("/"));

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
async function tell(room: Room, { agentId, status: to }: WorktreeRow, reason: string): Promise<void> {
  await room.store.transaction((tx) => tx.emit({ type: "worktree.moved", agentId, to, reason }));
}

async function tellNothingRan(room: Room, row: WorktreeRow): Promise<void> {
  const why = "it would run what agents wrote, and made nothing for another agent of the team that could be copied";
  room.log.warn("The set-up command did not run in a worktree", { agentId: row.agentId, why });
  await tell(room, row, "its set-up command did not run: the worktree starts from what agents wrote");
}

async function bring(room: Room, row: WorktreeRow, load: Omit<Load, "to">, signal?: AbortSignal): Promise<void> {
  if (load.paths.length === 0) return;
  const left = await bringIn({ ...load, to: row.path }, signal);
  if (left.length === 0) return;
  room.log.warn("Some files could not be brought into a worktree", {
    agentId: row.agentId,
    paths: nameSome(left.map(({ path }) => path)),
    why: left[0]?.why ?? "",
  });
}
