import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "../../../src/engine/store/port.ts";
import { FaultDisk } from "../../support/faultDisk.ts";
import { createOpener } from "../store/opener.ts";
import type { Scene } from "./deeds.ts";
import { PLAIN_LINES } from "./files.ts";

/** What every story begins with, made once: a repository, and an empty store. */
export interface Stage {
  readonly folder: string;
  readonly open: (disk: FaultDisk) => Promise<Store>;
  readonly empty: FaultDisk;
  dispose(): Promise<void>;
}

/** A user's own git: as it says, whatever the engine does. */
export interface UsersGit {
  /** Rejects unless git exits with 0. Answers what it wrote. */
  run(folder: string, args: readonly string[], options?: { stdin?: string; index?: string }): Promise<Buffer>;
  readonly environment: Readonly<Record<string, string>>;
}

export function usersGit(home: string): UsersGit {
  const environment = { PATH: process.env.PATH ?? "", HOME: home, XDG_CONFIG_HOME: join(home, ".config") };
  return {
    environment,
    run: (folder, args, options = {}) =>
      new Promise((resolve, reject) => {
        const index = options.index === undefined ? {} : { GIT_INDEX_FILE: options.index };
        const env = {
          ...environment,
          LC_ALL: "C",
          GIT_EDITOR: ":",
          STORM_USER: "yes",
          GIT_OPTIONAL_LOCKS: "0",
          ...index,
        };
        const settings = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024, encoding: "buffer" as const };
        const child = execFile("git", [...args], settings, (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`git ${args.join(" ")}: ${stderr.toString() || error.message}`));
        });
        child.stdin?.on("error", () => {});
        child.stdin?.end(options.stdin ?? "");
      }),
  };
}

const FIRST = {
  ".gitignore": "ignored/\n*.log\n",
  "long.txt": PLAIN_LINES,
  "b.txt": "b\n",
  "dir/c.txt": PLAIN_LINES,
  "Case.txt": "case\n",
};

export async function createStage(): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "banyan-storm-")));
  const [root, home] = [join(folder, "project"), join(folder, "home")];
  await mkdir(join(root, "dir"), { recursive: true });
  await mkdir(home);
  const { run } = usersGit(home);
  const git = (...args: readonly string[]) => run(root, args);
  await git("config", "--global", "user.name", "Una User");
  await git("config", "--global", "user.email", "una@example.org");
  await git("init", "--quiet", "--initial-branch=main", "--template=");
  for (const [path, content] of Object.entries(FIRST)) await writeFile(join(root, path), content);
  await git("add", "--all");
  await git("commit", "--quiet", "-m", "First");
  await git("branch", "side");
  await writeFile(join(root, "b.txt"), "topic\n");
  await git("commit", "--quiet", "-am", "Second");
  await git("branch", "topic");
  const open = await createOpener();
  const empty = new FaultDisk();
  await (await open(empty)).close();
  return { folder, open, empty, dispose: () => rm(folder, { recursive: true, force: true }) };
}

/** A repository of a story's own, and where the user has the branch `side` checked out, where they do. */
export interface Place {
  readonly folder: string;
  readonly root: string;
  readonly side: string;
  readonly git: UsersGit;
}

export async function setScene(stage: Stage, scene: Scene): Promise<Place> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "banyan-storm-")));
  await cp(stage.folder, folder, { recursive: true });
  const place = {
    folder,
    root: join(folder, "project"),
    side: join(folder, "side"),
    git: usersGit(join(folder, "home")),
  };
  if (scene.sideCheckedOut) await place.git.run(place.root, ["worktree", "add", "--quiet", place.side, "side"]);
  if (scene.hook !== "none") await addHooks(place.root, scene.hook === "agrees" ? 0 : 1);
  return place;
}

async function addHooks(root: string, exit: number): Promise<void> {
  const hooks = join(root, ".git", "hooks");
  await mkdir(hooks);
  for (const name of ["pre-merge-commit", "pre-commit"]) {
    // A commit of the user's own is let through: it is the merges that are asked about.
    await writeFile(join(hooks, name), `#!/bin/sh\ntest -n "$STORM_USER" || exit ${exit}\n`);
    await chmod(join(hooks, name), 0o755);
  }
}
