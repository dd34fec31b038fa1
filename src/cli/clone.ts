import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../base/errors.ts";
import { gitEnvironment } from "../engine/worktrees/environment.ts";
import type { Checkout } from "./checkout.ts";

const run = promisify(execFile);

/** The branch of a clone whose source is on none. */
const DEMO_BRANCH = "demo";

export interface Clone {
  /** The clone's checkout. */
  readonly root: string;
  /** The temporary folder made for it, with nothing else in it. */
  readonly folder: string;
  readonly branch: string;
  remove(): Promise<void>;
}

/**
 * A clone of its own, sharing no file with the source, in a new folder below `temporaryFolder`; on a branch with the
 * name of the source's, at the same commit. Undefined when the signal comes first. Nothing stays behind then, nor when
 * it fails and throws.
 */
export async function cloneCheckout(
  source: Checkout,
  temporaryFolder: string,
  signal: AbortSignal,
): Promise<Clone | undefined> {
  const folder = await mkdtemp(join(temporaryFolder, "banyan-demo-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const root = join(folder, basename(source.repository.root));
  const branch = source.branch ?? DEMO_BRANCH;
  const git = (cwd: string, args: readonly string[]) => runGit(cwd, args, signal);
  try {
    const from = source.repository.root;
    await git(folder, ["clone", "--quiet", "--local", "--no-hardlinks", "--no-checkout", "--", from, root]);
    await git(root, ["checkout", "--quiet", "--no-track", "-B", branch, source.commit]);
    return { root, folder, branch, remove };
  } catch (error) {
    await remove();
    if (signal.aborted) return undefined;
    throw new Error(`the clone could not be made: ${messageOf(error)}`, { cause: error });
  }
}

/** As the engine starts git, and allowed to read from this disk. Large files stay the pointers that they are. */
async function runGit(cwd: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const environment = gitEnvironment(process.env, "filters");
  const env = { ...environment, GIT_ALLOW_PROTOCOL: "file", GIT_LFS_SKIP_SMUDGE: "1" };
  await run("git", args, { cwd, env, signal });
}
