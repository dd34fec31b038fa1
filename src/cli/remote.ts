import { ok, type Result, refuse } from "../base/errors.ts";
import type { Git } from "../engine/worktrees/git.ts";
import { usualRemote } from "../engine/worktrees/remotes.ts";
import { checkoutPlace, openRepository } from "../engine/worktrees/repository.ts";
import { quoted } from "./render/text.ts";

/** A remote that a branch can be pushed to. */
export interface Remote {
  readonly name: string;
  /** Where it is pushed to, as the user's configuration says. */
  readonly url: string;
  /** The user's checkout. */
  readonly root: string;
}

interface Wanted {
  /** What is to be pushed. */
  readonly branch: string;
  /** The user's branch that it is for: its remote is the first choice. */
  readonly into: string;
  /** As the user named it. */
  readonly name: string | undefined;
}

/** The remote to push to: the one that is named, else the target branch's, `origin`, or the only one. Reads only. */
export async function findRemote(folder: string, { branch, into, name }: Wanted): Promise<Result<Remote>> {
  const repository = await openRepository(folder);
  if (!repository.ok) return repository;
  const git = await repository.value.git.sealed(checkoutPlace(repository.value));
  if ((await git.run(["show-ref", "--verify", "--quiet", `refs/heads/${branch}`])).code !== 0) {
    return refuse(
      "not_found",
      `There is no branch ${branch} any more: bring its worktree back with banyan worktrees restore.`,
    );
  }
  const names = (await git.text(["remote"])).split("\n").filter((each) => each !== "");
  const chosen = choose(names, name, await remoteOf(git, into));
  if (!chosen.ok) return chosen;
  const url = await git.text(["remote", "get-url", "--push", chosen.value]);
  return ok({ name: chosen.value, url, root: repository.value.root });
}

async function remoteOf(git: Git, branch: string): Promise<string | undefined> {
  const output = await git.run(["config", "--get", `branch.${branch}.remote`]);
  return output.code === 0 ? output.stdout.toString().trim() : undefined;
}

function choose(names: readonly string[], asked: string | undefined, usual: string | undefined): Result<string> {
  if (names.length === 0) {
    return refuse("not_found", "This repository has no remote: add one first, for instance: git remote add origin URL");
  }
  if (asked !== undefined && !names.includes(asked)) {
    return refuse("not_found", `There is no remote ${quoted(asked)}: use one of ${names.join(", ")}.`);
  }
  const chosen = asked ?? usualRemote(names, usual);
  if (chosen !== undefined) return ok(chosen);
  return refuse("bad_input", `There are several remotes: name one of ${names.join(", ")} with --remote.`);
}
