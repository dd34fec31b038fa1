import { ok, type Result, refuse } from "../../base/errors.ts";
import { commitOfUsersChanges } from "./carry.ts";
import { branchTip, resolveCommit, sharedGit } from "./objects.ts";
import { checkedOut } from "./repository.ts";
import type { Room } from "./room.ts";

/** Where a team is to start, as the user says it. */
export interface StartWish {
  /** A branch, tag or commit; where the user is when absent. */
  readonly base?: string | undefined;
  /** The branch that its work goes to; the one that the user is on when absent. */
  readonly target?: string | undefined;
  /** From the user's uncommitted changes too. */
  readonly withChanges: boolean;
}

export interface Start {
  readonly commit: string;
  readonly targetBranch: string;
  /** The user's uncommitted changes, as which `commit` stands; null without any. */
  readonly carriedCommit: string | null;
}

/** Refuses a base or target that isn't there, an agent's branch as the target, and changes on top of another base. */
export async function startOf(room: Room, { base, target, withChanges }: StartWish): Promise<Result<Start>> {
  if (withChanges && base !== undefined) {
    return refuse(
      "bad_input",
      "your uncommitted changes stand on what you have checked out: leave the base out, or them",
    );
  }
  const here = base === undefined || target === undefined ? await checkedOut(room.repository) : undefined;
  if (here?.ok === false) return here;
  const targetBranch = target ?? here?.value.branch ?? "";
  const known = await knownTarget(room, targetBranch);
  if (!known.ok) return known;
  const commit = base === undefined ? here?.value.commit : await resolveCommit(await sharedGit(room), base);
  if (commit === undefined) {
    return refuse("not_found", `${base} is no branch, tag or commit of this repository: see git branch --all`);
  }
  const carried = withChanges ? await commitOfUsersChanges(room, commit) : ok(null);
  if (!carried.ok) return carried;
  return ok({ commit: carried.value ?? commit, targetBranch, carriedCommit: carried.value });
}

/** A branch of the user's. */
export async function knownTarget(room: Room, branch: string): Promise<Result<string>> {
  if (branch.startsWith("banyan/")) {
    return refuse("bad_input", `${branch} is an agent's own branch: give a branch of yours`);
  }
  const tip = await branchTip(await sharedGit(room), branch);
  return tip === undefined ? refuse("not_found", `there is no branch ${branch}: see git branch`) : ok(tip);
}

/** The user's local branches: the current one first, then by name. */
export async function branchesOf(room: Room): Promise<string[]> {
  const git = await sharedGit(room);
  const names = (await git.text(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads"])).split("\n");
  const here = await checkedOut(room.repository);
  const current = here.ok ? here.value.branch : undefined;
  const own = names.filter((name) => name !== "" && !name.startsWith("banyan/") && name !== current);
  return current === undefined ? own : [current, ...own];
}
