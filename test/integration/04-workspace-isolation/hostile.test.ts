import { execFile } from "node:child_process";
import { appendFile, chmod, cp, link, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { createScene, everyOperation, lastOperations, type Scene } from "./operations.ts";

const makePipe = (path: string) => promisify(execFile)("mkfifo", [path]);

/** Every program that a git configuration can name. */
async function plantPrograms(scene: Scene, file: string): Promise<void> {
  const { script } = scene.trap;
  const keys = [
    "core.fsmonitor",
    "core.editor",
    "core.pager",
    "core.sshCommand",
    "core.askPass",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.planted.command",
    "diff.planted.textconv",
    "merge.planted.driver",
    "filter.planted.clean",
    "filter.planted.smudge",
    "filter.planted.process",
    "gpg.program",
    "credential.helper",
    "sequence.editor",
    "interactive.diffFilter",
    "uploadpack.packObjectsHook",
    "trailer.planted.command",
    "submodule.dir.update",
    "alias.status",
  ];
  for (const key of keys) await scene.repository.git("config", "--file", file, key, script);
  await scene.repository.git("config", "--file", file, "commit.gpgSign", "true");
}

async function plantHooks(scene: Scene, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = [
    "post-checkout",
    "pre-commit",
    "post-commit",
    "reference-transaction",
    "post-index-change",
    "post-merge",
  ];
  for (const name of [...names, "pre-merge-commit", "commit-msg", "fsmonitor-watchman", "post-rewrite"]) {
    await symlink(scene.trap.script, join(folder, name));
  }
}

type Plant = (scene: Scene) => Promise<unknown>;

describe("a worktree is quarantined, and nothing else is touched, when", () => {
  const tampered: readonly (readonly [what: string, plant: Plant])[] = [
    ["its pointer is deleted", ({ path }) => rm(join(path, ".git"))],
    [
      "a repository full of programs stands in the pointer's place",
      async (scene) => {
        await rm(join(scene.path, ".git"));
        await scene.repository.gitIn(scene.path, "init", "--quiet");
        await plantPrograms(scene, join(scene.path, ".git", "config"));
        await plantHooks(scene, join(scene.path, ".git", "planted"));
      },
    ],
    [
      "its pointer is a link",
      async ({ path, outside }) => {
        await rename(join(path, ".git"), join(outside, "pointer"));
        await symlink(join(outside, "pointer"), join(path, ".git"));
      },
    ],
    [
      "its pointer is a pipe",
      async ({ path }) => {
        await rm(join(path, ".git"));
        await makePipe(join(path, ".git"));
      },
    ],
    [
      "its administrative folder shares another repository",
      async (scene) => {
        await scene.repository.git(
          "clone",
          "--quiet",
          "--bare",
          scene.repository.root,
          join(scene.outside, "other.git"),
        );
        await plantPrograms(scene, join(scene.outside, "other.git", "config"));
        await writeFile(join(scene.admin, "commondir"), `${join(scene.outside, "other.git")}\n`);
      },
    ],
    [
      "its administrative folder belongs to another",
      ({ admin, outside }) => writeFile(join(admin, "gitdir"), `${outside}/.git\n`),
    ],
    [
      "its administrative folder is a link",
      async ({ admin, outside }) => {
        await cp(admin, join(outside, "admin"), { recursive: true });
        await rm(admin, { recursive: true });
        await symlink(join(outside, "admin"), admin);
      },
    ],
    ["its HEAD is the user's branch", ({ admin }) => writeFile(join(admin, "HEAD"), "ref: refs/heads/main\n")],
    ["its HEAD is detached", ({ repository, path }) => repository.gitIn(path, "checkout", "--quiet", "--detach")],
    [
      "its HEAD is a link to the user's",
      async ({ admin, repository }) => {
        await rm(join(admin, "HEAD"));
        await symlink(join(repository.root, ".git", "HEAD"), join(admin, "HEAD"));
      },
    ],
    [
      "its HEAD is a pipe",
      async ({ admin }) => {
        await rm(join(admin, "HEAD"));
        await makePipe(join(admin, "HEAD"));
      },
    ],
    [
      "its index is a link to the user's",
      async ({ admin, repository }) => {
        await rm(join(admin, "index"));
        await symlink(join(repository.root, ".git", "index"), join(admin, "index"));
      },
    ],
    [
      "its log is a link to a file outside",
      async ({ admin, outside }) => {
        await rm(join(admin, "logs", "HEAD"));
        await symlink(join(outside, "file"), join(admin, "logs", "HEAD"));
      },
    ],
    [
      "its branch stands for the user's",
      ({ repository }) => repository.git("symbolic-ref", "refs/heads/banyan/ada-name-ada", "refs/heads/main"),
    ],
    [
      "its branch is a link to the user's",
      async ({ repository }) => {
        const branches = join(repository.root, ".git", "refs", "heads");
        await rm(join(branches, "banyan", "ada-name-ada"));
        await symlink(join(branches, "main"), join(branches, "banyan", "ada-name-ada"));
      },
    ],
    [
      "a folder outside stands in its place",
      async ({ path, outside }) => {
        await rename(path, `${path}-away`);
        await symlink(outside, path);
      },
    ],
  ];
  for (const [what, plant] of tampered) {
    test(what, async () => {
      const scene = await createScene();
      await plant(scene);
      const { snapshot, commitWork, status, commit, ...others } = await everyOperation(scene);
      expect((await scene.team.record("ada")).status).toBe("quarantined");
      expect({ status, commit }).toEqual({ status: "untrusted", commit: "untrusted" });
      expect(others).toMatchObject({ search: "untrusted", ensure: "untrusted", mergeIntoParent: "untrusted" });
      for (const outcome of [snapshot, commitWork]) expect(outcome).toMatch(/^Error: the worktree /);
      expect(await lastOperations(scene)).toMatchObject({ mergeIntoCheckout: "untrusted", ensure: "untrusted" });
    });
  }
});
void appendFile;
void chmod;
void link;
void readFile;
void createServer;
void onTestFinished;
