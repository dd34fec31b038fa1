import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { expect } from "vitest";
import type { TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";
import { createTeam, type TestTeam } from "./team.ts";

/** What a life may find different from one repository to the next. */
export interface LifeOptions {
  /** The file that agent and user both change: a line of text each. */
  readonly file: string;
  /** The file that the agent adds. */
  readonly added: string;
  /** Whether it is among the files of the user's checkout, which may be sparse. */
  readonly addedInCheckout: boolean;
  /** What the user's file holds once `line` was merged into it; the line itself, unless a filter or line ends say otherwise. */
  readonly inCheckout: (line: string) => string;
  /** What an agent finds of it. */
  readonly inWorktree: (line: string) => string;
  /** Says what else must hold while the work is merged. */
  readonly whileMerged: () => Promise<void>;
}

const usual: LifeOptions = {
  file: "a.txt",
  added: "new.txt",
  addedInCheckout: true,
  inCheckout: (line) => line,
  inWorktree: (line) => line,
  whileMerged: async () => {},
};

/**
 * All that happens to an agent's work, in a checkout in some state: it starts, works, is kept, reviewed, merged in part,
 * whole and as a squash, each taken back again, then conflicts with the user, is resolved, and merged for good. The
 * checkout is looked at, byte by byte, after each step: it changes only by merges, and is what it was when they are undone.
 */
export async function live(repository: TestRepository, options: Partial<LifeOptions> = {}): Promise<TestTeam> {
  const life = { ...usual, ...options };
  const team = await createTeam(repository);
  const { worktrees } = team;
  const before = await bytesOf(repository);
  await team.start("root");
  await team.write("root", life.file, "by the agent\n");
  await team.write("root", life.added, "added\n");
  await worktrees.snapshot("root");
  await review(team, life);
  await worktrees.commitWork("root", "Work");
  await review(team, life);
  expect(await bytesOf(repository)).toEqual(before);

  const path = life.added;
  expectOk(await worktrees.reviews.mark("root", { agent: "root", path, decision: "accepted" }));
  for (const how of [{ acceptedOnly: true }, { manner: "merge" }, { manner: "squash" }] as const) {
    await mergeAndUndo(repository, team, life, how);
    expect(await bytesOf(repository)).toEqual(before);
  }
  await resolve(repository, team, life);
  return team;
}

async function review({ worktrees }: TestTeam, { file, added }: LifeOptions): Promise<void> {
  const { files, conflicts } = expectOk(await worktrees.reviews.get("root"));
  expect(files.map(({ path }) => path)).toEqual([file, added].sort());
  expect(conflicts).toEqual([]);
  const { hunks, omitted } = expectOk(await worktrees.reviews.file("root", file));
  const addedLines = hunks.flatMap(({ lines }) => lines.filter(({ kind }) => kind === "added"));
  expect(omitted ?? addedLines.map(({ text }) => text.trimEnd())).toEqual(["by the agent"]);
}

async function mergeAndUndo(
  repository: TestRepository,
  { worktrees }: TestTeam,
  life: LifeOptions,
  how: { readonly acceptedOnly?: boolean; readonly manner?: "merge" | "squash" },
): Promise<void> {
  expectOk(await worktrees.mergeIntoCheckout("root", "Merge root", how));
  if (life.addedInCheckout) expect(await repository.read(life.added)).toBe(life.inCheckout("added\n"));
  expect(await repository.has(life.added)).toBe(life.addedInCheckout);
  if (how.acceptedOnly !== true) {
    expect(await repository.read(life.file)).toBe(life.inCheckout("by the agent\n"));
    await life.whileMerged();
  }
  expect(await changedIn(repository, life)).toBe("");
  expectOk(await worktrees.undoMerge("root"));
}

const changedIn = (repository: TestRepository, { file, added }: LifeOptions): Promise<string> =>
  repository.git("--literal-pathspecs", "status", "--porcelain", "--untracked-files=all", "--", file, added);

async function resolve(repository: TestRepository, team: TestTeam, life: LifeOptions): Promise<void> {
  const { worktrees } = team;
  await repository.write(life.file, life.inCheckout("by the user\n"));
  await repository.git("--literal-pathspecs", "commit", "--quiet", "--no-verify", "-m", "The user's", "--", life.file);
  const before = await bytesOf(repository);
  expect(expectRefused(await worktrees.mergeIntoCheckout("root", "Merge root")).code).toBe("conflict");
  expect(expectOk(await worktrees.beginResolution("root")).files).toEqual([life.file]);
  await team.write("root", life.file, "by both\n");
  expectOk(await worktrees.finishResolution("root"));
  expect(await bytesOf(repository)).toEqual(before);
  expectOk(await worktrees.mergeIntoCheckout("root", "Merge root"));
  expect(await repository.read(life.file)).toBe(life.inCheckout("by both\n"));
  expect(await team.read("root", life.file)).toBe(life.inWorktree("by both\n"));
  expect(await changedIn(repository, life)).toBe("");
}

/**
 * All of a checkout that is the user's: every file with its bytes and mode, index, HEAD, branches, tags, stash,
 * configuration. Not what only agents have: their branches and worktrees.
 */
export async function bytesOf(repository: TestRepository): Promise<Record<string, string>> {
  const { root } = repository;
  // What is planted in the settings is not for who only looks.
  const git = (...args: string[]) => repository.git("-c", "core.fsmonitor=false", ...args);
  const gitDir = await git("rev-parse", "--absolute-git-dir");
  const commonDir = await git("rev-parse", "--path-format=absolute", "--git-common-dir");
  const refs = await git("for-each-ref", "--format=%(refname) %(objectname)");
  const text = (path: string) => readFile(path, "utf8").catch(() => "");
  return {
    ...(await filesBelow(root, gitDir)),
    "(refs)": refs
      .split("\n")
      .filter((line) => !/^refs\/(?:heads\/)?banyan\//.test(line))
      .join("\n"),
    "(HEAD)": await text(join(gitDir, "HEAD")),
    "(index)": await git("ls-files", "--stage", "-t"),
    "(config)": await text(join(commonDir, "config")),
    "(config.worktree)": await text(join(gitDir, "config.worktree")),
  };
}

/** By path from the root: a digest of the bytes, or where a link leads to. */
export async function filesBelow(root: string, except: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const look = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (path === except || relative(root, path) === ".banyan") continue;
      if (entry.isDirectory()) await look(path);
      found[relative(root, path)] = await digestOf(path);
    }
  };
  await look(root);
  return found;
}

async function digestOf(path: string): Promise<string> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return `-> ${await readlink(path)}`;
  const bytes = stats.isFile()
    ? createHash("sha256")
        .update(await readFile(path))
        .digest("hex")
    : "";
  return `${stats.mode.toString(8)} ${bytes}`;
}
