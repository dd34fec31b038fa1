import { join } from "node:path";
import { exists } from "./disk.ts";
import { type Git, records } from "./git.ts";

/** What `stageAll` made of a worktree. */
export interface Staged {
  /** The tree that holds what is in the worktree. */
  readonly tree: string;
  /** Repositories inside the worktree that its own repository doesn't know. Their content is in no commit. */
  readonly nested: readonly string[];
  /** Paths of the submodules, which stay as they are recorded. */
  readonly submodules: readonly string[];
  /** What git said about files that it could not take; empty where there are none. */
  readonly problems: string;
}

/** What a tool was killed over while it wrote a file: it never became one. */
const UNFINISHED = ":(top,exclude,glob)**/.banyan-write.tmp";

/**
 * Brings an index up to all that is in the worktree (tracked, untracked, deleted; not what is ignored) and writes its
 * tree. Submodules stay as they are recorded and nested repositories are left out: git would start commands in them. In
 * an index other than the worktree's own, files that the first one was told to overlook count too.
 */
export async function stageAll(git: Git, index?: string): Promise<Staged> {
  const options = index === undefined ? {} : { index };
  const { submodules, nested, overlooked } = await lookInside(git, options);
  if (index !== undefined) await overlookNone(git, index, overlooked);
  const pathspecs = [":/", UNFINISHED, ...[...submodules, ...nested].map((path) => `:(top,exclude,literal)${path}`)];
  const added = await git.run(
    ["add", "--all", "--sparse", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul"],
    {
      ...options,
      stdin: pathspecs.join("\0"),
      refreshIndex: true,
    },
  );
  if (added.code !== 0 && !/^error: /m.test(added.stderr)) throw new Error(`git add failed: ${added.stderr.trim()}`);
  return {
    tree: await git.text(["write-tree"], options),
    nested,
    submodules,
    problems: added.code === 0 ? "" : added.stderr.trim(),
  };
}

interface Inside {
  readonly submodules: readonly string[];
  readonly nested: readonly string[];
  /** Tracked files that git was told not to look at: because they are outside of a sparse checkout, or by hand. */
  readonly overlooked: readonly string[];
}

const SUBMODULE = /^\S 160000 [0-9a-f]+ \d\t/;
/** In lower case: assumed unchanged. */
const OVERLOOKED = /^[Sa-z] \d+ [0-9a-f]+ \d\t/;

/** Tagged, so that an untracked file's name can't pass for an entry of the index. */
async function lookInside(git: Git, options: { index?: string }): Promise<Inside> {
  const args = ["ls-files", "-z", "-v", "--stage", "--others", "--exclude-standard"];
  const entries = records(await git.mustRun(args, options));
  const submodules = entries.filter((entry) => SUBMODULE.test(entry)).map((entry) => entry.replace(SUBMODULE, ""));
  const overlooked = entries.filter((entry) => OVERLOOKED.test(entry)).map((entry) => entry.replace(OVERLOOKED, ""));
  // An untracked repository is one path that ends with a slash.
  const others = entries.filter((entry) => entry.startsWith("? ") && entry.endsWith("/"));
  const nested = others.map((entry) => entry.slice("? ".length, -1)).filter((path) => !submodules.includes(path));
  return { submodules, nested, overlooked };
}

/** A file outside of a sparse checkout that isn't there was not deleted: it stays overlooked. */
async function overlookNone(git: Git, index: string, overlooked: readonly string[]): Promise<void> {
  const { workTree } = git.place;
  if (overlooked.length === 0 || workTree === undefined) return;
  const there: string[] = [];
  for (const path of overlooked) if (await exists(join(workTree, path))) there.push(path);
  if (there.length === 0) return;
  // Git takes one of these at a time.
  for (const flag of ["--no-assume-unchanged", "--no-skip-worktree"]) {
    await git.mustRun(["update-index", flag, "-z", "--stdin"], { index, stdin: there.join("\0") });
  }
}
