import { ok, type Result } from "../base/errors.ts";
import { findBranch, findCheckout, requireClean } from "./checkout.ts";
import { cloneCheckout } from "./clone.ts";
import type { Context } from "./context.ts";
import { shellWord } from "./shell.ts";

/** Where the team works. */
export interface Place {
  readonly root: string;
  /** What it is a clone of; null where it is the repository itself. */
  readonly source: string | null;
  readonly branch: string;
  readonly commit: string;
  /** Whether it is there after a team that completed its task. */
  readonly kept: boolean;
  /** ` --repo DIR` for commands that are given where the demo was. */
  readonly repoOption: string;
  /** The command that goes there; nothing where one is there already. */
  readonly enter: string;
  /** To be called last, with whether the team completed its task: what is to be looked at is never removed. */
  leave(completed: boolean): Promise<void>;
}

/** The repository itself; refuses a detached HEAD and a checkout with uncommitted changes. */
export async function placeHere(context: Context): Promise<Result<Place>> {
  const found = await findBranch(context.folder);
  if (!found.ok) return found;
  const clean = await requireClean(found.value);
  if (!clean.ok) return clean;
  const { repository, branch, commit } = found.value;
  const enter = context.repoOption === "" ? "" : `cd ${shellWord(repository.root)}`;
  const { repoOption } = context;
  return ok({
    root: repository.root,
    source: null,
    branch,
    commit,
    kept: true,
    repoOption,
    enter,
    leave: async () => {},
  });
}

/** A new clone; with `remove`, for as long as the team needs it. Undefined when the signal comes first. */
export async function placeClone(
  context: Context,
  remove: boolean,
  signal: AbortSignal,
): Promise<Result<Place> | undefined> {
  const source = await findCheckout(context.folder);
  if (!source.ok) return source;
  const clone = await cloneCheckout(source.value, context.temporaryFolder, signal);
  if (clone === undefined) return undefined;
  return ok({
    root: clone.root,
    source: source.value.repository.root,
    branch: clone.branch,
    commit: source.value.commit,
    kept: !remove,
    repoOption: ` --repo ${shellWord(clone.root)}`,
    enter: `cd ${shellWord(clone.root)}`,
    leave: async (completed) => (remove && completed ? clone.remove() : undefined),
  });
}
