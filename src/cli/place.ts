import { ok, type Result } from "../base/errors.ts";
import { type Calls, createCalls } from "./calls.ts";
import { findBranch, findCheckout, requireClean } from "./checkout.ts";
import { cloneCheckout } from "./clone.ts";
import type { Context } from "./context.ts";

/** Where the team works. */
export interface Place {
  readonly root: string;
  /** What it is a clone of; null where it is the repository itself. */
  readonly source: string | null;
  readonly branch: string;
  readonly commit: string;
  /** Whether it is there after a team that completed its task. */
  readonly kept: boolean;
  /** Commands to suggest, about this repository. */
  readonly calls: Calls;
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
  return ok({
    root: repository.root,
    source: null,
    branch,
    commit,
    kept: true,
    calls: context.calls,
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
    calls: createCalls(context.program, clone.root),
    leave: async (completed) => (remove && completed ? clone.remove() : undefined),
  });
}
