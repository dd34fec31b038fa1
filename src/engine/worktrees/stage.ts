import { type Git, records } from "./git.ts";

/** What `stageAll` made of a worktree. */
export interface Staged {
  /** The tree that holds what is in the worktree. */
  readonly tree: string;
  /** Repositories inside the worktree that its own repository doesn't know. Their content is in no commit. */
  readonly nested: readonly string[];
  /** What git said about files that it could not take; empty where there are none. */
  readonly problems: string;
}

/** What a tool was killed over while it wrote a file: it never became one. */
const UNFINISHED = ":(top,exclude,glob)**/.banyan-write.tmp";

/**
 * Brings an index up to all that is in the worktree (tracked, untracked, deleted; not what is ignored) and writes its
 * tree. Submodules stay as they are recorded and nested repositories are left out: git would start commands in them.
 */
export async function stageAll(git: Git, index?: string): Promise<Staged> {
  const options = index === undefined ? {} : { index };
  const { submodules, nested } = await repositoriesInside(git, options);
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
    problems: added.code === 0 ? "" : added.stderr.trim(),
  };
}

interface Inside {
  readonly submodules: readonly string[];
  readonly nested: readonly string[];
}

const SUBMODULE = /^\S 160000 [0-9a-f]+ \d\t/;

/** Tagged, so that an untracked file's name can't pass for an entry of the index. */
async function repositoriesInside(git: Git, options: { index?: string }): Promise<Inside> {
  const args = ["ls-files", "-z", "-t", "--stage", "--others", "--exclude-standard"];
  const entries = records(await git.mustRun(args, options));
  const submodules = entries.filter((entry) => SUBMODULE.test(entry)).map((entry) => entry.replace(SUBMODULE, ""));
  // An untracked repository is one path that ends with a slash.
  const others = entries.filter((entry) => entry.startsWith("? ") && entry.endsWith("/"));
  const nested = others.map((entry) => entry.slice("? ".length, -1)).filter((path) => !submodules.includes(path));
  return { submodules, nested };
}
