import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { noRecorder, type ProcessRecorder } from "../../base/processes.ts";
import { slug } from "../../base/text.ts";
import { busyWith } from "./busy.ts";
import type { Environment } from "./environment.ts";
import { createGitRunner, type GitHost, type GitRunner, type Place } from "./git.ts";
import { porcelain } from "./porcelain.ts";
import type { CheckedOut } from "./port.ts";

/** A repository as the user has it open: validated, with at least one commit. */
export interface Repository {
  /** Real path of the checkout that the user has open: a main checkout, or a linked worktree of the user's. */
  readonly root: string;
  /** Real path of that checkout's own git directory. */
  readonly gitDir: string;
  /** Real path of the git directory that all worktrees share. */
  readonly commonDir: string;
  /** What git inherits from. */
  readonly environment: Environment;
  readonly git: GitRunner;
  /** Knows what else is started in its worktrees. */
  readonly recorder: ProcessRecorder;
}

/**
 * The same repository for a leader: every git that it starts from now on is recorded. As `openRepository` answers it
 * nothing is, which is right for who only reads, and before there is a lead.
 */
export const recordedBy = (host: Partial<GitHost>, repository: Repository): Repository => ({
  ...repository,
  git: createGitRunner(repository.environment, host),
  recorder: host.recorder ?? noRecorder,
});

/** `git merge-tree --write-tree` came with it. */
const OLDEST_GIT = { major: 2, minor: 38 };

/** Where agents' worktrees stand, below a checkout's root, unless a setting puts them elsewhere. */
export const WORKTREES_FOLDER = join(".banyan", "worktrees");

/** What a repository's folder is called among those of others; tells its worktrees from all that is not an agent's. */
export function ownFolderName(commonDir: string): string {
  const name = basename(commonDir) === ".git" ? basename(dirname(commonDir)) : basename(commonDir, ".git");
  return `${slug(name)}-${createHash("sha256").update(commonDir).digest("hex").slice(0, 8)}`;
}

const isAgentsWorktree = (root: string, commonDir: string): boolean =>
  root.includes(join("/", WORKTREES_FOLDER, "/")) || basename(dirname(root)) === ownFolderName(commonDir);

/**
 * Finds the repository around a folder, from any place in it. Refuses with `not_a_repository`, `no_commit`, or
 * `bad_input` where git is missing or too old.
 */
export async function openRepository(
  directory: string,
  environment: Environment = process.env,
): Promise<Result<Repository>> {
  const folder = await realFolder(directory);
  if (folder === undefined) {
    return refuse("not_a_repository", `${directory} is no folder: give a folder inside a git repository`);
  }
  const old = await refuseOldGit(folder, environment);
  return old ?? (await locate(folder, environment));
}

async function realFolder(directory: string): Promise<string | undefined> {
  try {
    const real = await realpath(resolve(directory));
    return (await stat(real)).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

async function refuseOldGit(folder: string, environment: Environment): Promise<Result<never> | undefined> {
  const needed = `${OLDEST_GIT.major}.${OLDEST_GIT.minor}`;
  const version = await porcelain(folder, environment).version();
  if (!version.installed) return refuse("bad_input", `git was not found: install git ${needed} or newer`);
  const { major, minor } = version;
  if (major > OLDEST_GIT.major || (major === OLDEST_GIT.major && minor >= OLDEST_GIT.minor)) return undefined;
  return refuse("bad_input", `git ${major}.${minor} is too old: install git ${needed} or newer`);
}

async function locate(folder: string, environment: Environment): Promise<Result<Repository>> {
  const git = porcelain(folder, environment);
  const ask = async (flag: string) => (await git.revparse([flag])).replace(/\n$/, "");
  const doubt = await discoveryFailure(() => ask("--git-dir"));
  if (doubt !== undefined) {
    return refuse("not_a_repository", `${folder} is in no git repository (${doubt}): open one, or run: git init`);
  }
  if ((await ask("--is-inside-work-tree")) !== "true") {
    return refuse("not_a_repository", `${folder} is a bare repository or a git folder: open a checkout of it`);
  }
  const root = await realpath(await ask("--show-toplevel"));
  const commonDir = await realpath(resolve(folder, await ask("--git-common-dir")));
  if (isAgentsWorktree(root, commonDir)) {
    return refuse("not_a_repository", `${root} is an agent's worktree: open the repository that it belongs to`);
  }
  return refuseUnborn({
    root,
    gitDir: await realpath(resolve(folder, await ask("--git-dir"))),
    commonDir,
    environment,
    git: createGitRunner(environment),
    recorder: noRecorder,
  });
}

/** Why git finds no repository, in its own words; undefined where it finds one. */
async function discoveryFailure(discover: () => Promise<string>): Promise<string | undefined> {
  try {
    await discover();
    return undefined;
  } catch (error) {
    const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
    return line.replace(/^(?:fatal|error): /, "");
  }
}

async function refuseUnborn(repository: Repository): Promise<Result<Repository>> {
  const git = await repository.git.sealed(checkoutPlace(repository));
  const head = await git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  const refs = head.code === 0 ? "HEAD" : await git.text(["for-each-ref", "--count=1", "--format=%(refname)"]);
  return refs === "" ? refuse("no_commit", noCommitYet(repository.root)) : ok(repository);
}

/** The user's checkout as a place for git. */
export const checkoutPlace = (repository: Repository): Place => ({
  gitDir: repository.gitDir,
  workTree: repository.root,
});

/** What all worktrees share: objects and refs. The files are there for the attributes that a merge or diff goes by. */
export const sharedPlace = (repository: Repository): Place => ({
  gitDir: repository.commonDir,
  workTree: repository.root,
});

/** The branch and commit of the user's checkout. Refuses with `no_commit`, `detached_head` or `busy_checkout`. */
export async function checkedOut(repository: Repository): Promise<Result<CheckedOut>> {
  const git = await repository.git.sealed(checkoutPlace(repository));
  const head = await git.run(["symbolic-ref", "--quiet", "HEAD"]);
  const ref = head.stdout.toString().trim();
  const busy = head.code === 0 ? undefined : await busyWith(repository.gitDir);
  if (busy !== undefined) {
    return refuse("busy_checkout", `${repository.root} is in the middle of ${busy}: finish or abort it first`);
  }
  if (head.code !== 0 || !ref.startsWith("refs/heads/")) {
    return refuse(
      "detached_head",
      `${repository.root} has a detached HEAD: check out a branch first, for instance: git switch main`,
    );
  }
  const commit = await git.run(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]);
  if (commit.code !== 0) return refuse("no_commit", noCommitYet(repository.root));
  return ok({ branch: ref.slice("refs/heads/".length), commit: commit.stdout.toString().trim() });
}

const noCommitYet = (root: string) =>
  `${root} has no commit to start from: make one first, for instance: git commit --allow-empty -m "Begin"`;
