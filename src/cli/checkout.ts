import { ok, type Result, refuse } from "../base/errors.ts";
import { checkedOut, checkoutPlace, openRepository, type Repository } from "../engine/worktrees/repository.ts";
import { plural } from "./render/text.ts";

/** A checkout that a team can start from. */
export interface Checkout {
  readonly repository: Repository;
  /** Without `refs/heads/`; null where HEAD is detached. */
  readonly branch: string | null;
  readonly commit: string;
}

/** The checkout around a folder, on whatever it is. Reads only. */
export async function findCheckout(folder: string): Promise<Result<Checkout>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const head = await checkedOut(repository.value);
  if (head.ok) return ok({ repository: repository.value, ...head.value });
  if (head.refusal.code !== "detached_head") return head;
  const git = await repository.value.git.sealed(checkoutPlace(repository.value));
  return ok({ repository: repository.value, branch: null, commit: await git.text(["rev-parse", "HEAD"]) });
}

/** As `findCheckout`; refuses a detached HEAD, since a team's work must go back to a branch. */
export async function findBranch(folder: string): Promise<Result<Checkout & { readonly branch: string }>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const head = await checkedOut(repository.value);
  return head.ok ? ok({ repository: repository.value, ...head.value }) : head;
}

/** Refuses a checkout with changes that are not committed, new files among them. */
export async function requireClean({ repository }: Checkout): Promise<Result<void>> {
  const git = await repository.git.sealed(checkoutPlace(repository));
  const status = (await git.mustRun(["status", "--porcelain", "-z"])).toString();
  const changes = status.split("\0").filter((entry) => entry !== "");
  if (changes.length === 0) return ok(undefined);
  const count = plural(changes.length, "uncommitted change");
  return refuse(
    "dirty_checkout",
    `${repository.root} has ${count}: commit or stash first (git stash --include-untracked).`,
  );
}

/** Local branches that agents worked on, in the repository of a folder. */
export async function agentBranches(folder: string): Promise<readonly string[]> {
  const repository = await openRepository(folder);
  if (!repository.ok) return [];
  const git = await repository.value.git.sealed(checkoutPlace(repository.value));
  const names = await git.text(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/banyan/"]);
  return names.split("\n").filter((name) => name !== "");
}
