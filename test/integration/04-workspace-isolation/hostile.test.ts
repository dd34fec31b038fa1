import { execFile } from "node:child_process";
import { appendFile, cp, link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { expectOk, expectRefused } from "../../support/store.ts";
import { bytesOf, filesBelow } from "./life.ts";
import { createScene, everyOperation, lastOperations, type Outcomes, type Scene } from "./operations.ts";

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
    await cp(scene.trap.script, join(folder, name));
  }
}

const PROGRAMS_FOR_ALL = "* filter=planted diff=planted merge=planted\n";

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
      const refusal = expectRefused(await scene.team.worktrees.mergeIntoCheckout("ada", "Merge"));
      expect(refusal).toMatchObject({ code: "untrusted", message: expect.not.stringContaining("\n") });
      const { outside, repository, team, trap } = scene;
      const [beyond, checkout] = [await filesBelow(outside, ""), await bytesOf(repository)];
      await team.worktrees.remove("ada");
      await team.worktrees.dispose();
      expect(await filesBelow(outside, "")).toEqual(beyond);
      expect(await bytesOf(repository)).toEqual(checkout);
      expect(await trap.sprung()).toBe(false);
    });
  }
});

describe("a worktree stays in use, and nothing planted runs or reaches outside, with", () => {
  /** What is refused beyond what the merge of any work in this scene would be. */
  const planted: readonly (readonly [
    what: string,
    plant: Plant,
    refused?: Outcomes,
    refusedAtLast?: Outcomes | null,
  ])[] = [
    [
      "programs in settings of its own",
      async (scene) => {
        const { repository, admin, path } = scene;
        const settings = join(admin, "config.worktree");
        await repository.git("config", "extensions.worktreeConfig", "true");
        await plantPrograms(scene, settings);
        await plantHooks(scene, join(path, ".githooks"));
        await repository.git("config", "--file", settings, "core.hooksPath", ".githooks");
        await repository.git("config", "--file", settings, "core.worktree", scene.outside);
        await mkdir(join(admin, "info"), { recursive: true });
        await writeFile(join(admin, "info", "attributes"), PROGRAMS_FOR_ALL);
        await writeFile(join(path, ".gitattributes"), PROGRAMS_FOR_ALL);
      },
    ],
    [
      "programs in the settings of all worktrees",
      async (scene) => {
        const git = join(scene.repository.root, ".git");
        await plantPrograms(scene, join(git, "config"));
        await plantHooks(scene, join(git, "hooks"));
        await plantHooks(scene, join(scene.admin, "hooks"));
        await writeFile(join(git, "info", "attributes"), PROGRAMS_FOR_ALL);
      },
      {},
      // They can't be told from the user's own, which run when the user merges.
      null,
    ],
    [
      "submodules that would be fetched by a command, and repositories full of programs",
      async (scene) => {
        const { repository, path, trap } = scene;
        const inner = join(path, "sub");
        await mkdir(inner);
        await repository.gitIn(inner, "init", "--quiet");
        await repository.gitIn(inner, "commit", "--quiet", "--allow-empty", "-m", "Inner");
        const commit = await repository.gitIn(inner, "rev-parse", "HEAD");
        await plantPrograms(scene, join(inner, ".git", "config"));
        await plantHooks(scene, join(inner, ".git", "hooks"));
        await cp(inner, join(path, "dir", "nested"), { recursive: true, verbatimSymlinks: true });
        const url = `ext::${trap.script} %S`;
        const module = (name: string) =>
          `[submodule "${name}"]\n\tpath = ${name}\n\turl = ${url}\n\tupdate = !${trap.script}\n\tignore = all\n`;
        await writeFile(join(path, ".gitmodules"), module("sub") + module("dir/nested") + module("../../.git"));
        await repository.gitIn(path, "update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
        await repository.gitIn(path, "config", "submodule.sub.url", url);
        await repository.gitIn(path, "config", "submodule.sub.active", "true");
        await repository.gitIn(path, "config", "submodule.recurse", "true");
      },
    ],
    [
      "links to what is outside, in the place of files and folders",
      async ({ path, outside, repository }) => {
        await rm(join(path, "dir"), { recursive: true });
        await symlink(join(outside, "dir"), join(path, "dir"));
        await rm(join(path, "a.txt"));
        await symlink(join(outside, "file"), join(path, "a.txt"));
        await symlink(join(repository.root, ".git"), join(path, "away"));
        await symlink("loop", join(path, "loop"));
        for (const name of [".gitattributes", ".gitignore"]) await symlink(join(outside, "file"), join(path, name));
      },
      { mergeIntoParent: "conflict" },
    ],
    [
      "hard links to the user's files",
      async ({ path, repository, outside }) => {
        await rm(join(path, "dir", "b.txt"));
        await link(join(repository.root, "dir", "b.txt"), join(path, "dir", "b.txt"));
        await link(join(repository.root, ".git", "config"), join(path, "config"));
        await rm(join(path, "a.txt"));
        await writeFile(join(outside, "linked"), "by ada\n");
        await link(join(outside, "linked"), join(path, "a.txt"));
      },
    ],
    [
      "files that are none",
      async ({ path }) => {
        for (const name of ["pipe", "dir/pipe", ".gitmodules"]) await makePipe(join(path, name));
        const server = createServer().listen(join(path, "socket"));
        onTestFinished(() => void server.close());
      },
    ],
    [
      "names that git or another system reads as something else",
      async ({ path }) => {
        const names = [
          ".git ",
          ".git.",
          "GIT~1",
          ".g\u200cit",
          ".git\u200c",
          ".Git",
          "line\nbreak",
          "\u001b[2Jx",
          "\u202etxt.exe",
        ];
        for (const name of [...names, "-rf", "--output=x", ":!a.txt", "*", "con", "dir\\..\\x", '"', "~"]) {
          await mkdir(join(path, "names", name), { recursive: true });
          await writeFile(join(path, "names", name, name), "x\n");
        }
      },
    ],
    [
      "an index that was told to overlook files, and left other traces",
      async ({ path, repository, admin }) => {
        await repository.gitIn(path, "update-index", "--assume-unchanged", "a.txt");
        await repository.gitIn(path, "update-index", "--skip-worktree", "dir/b.txt");
        await repository.gitIn(path, "update-index", "--untracked-cache", "--split-index", "--fsmonitor");
        await mkdir(join(admin, "info"), { recursive: true });
        await writeFile(join(admin, "info", "sparse-checkout"), "/nothing\n");
        await repository.git("config", "core.sparseCheckout", "true");
      },
      {},
      { mergeIntoCheckout: "nothing_to_merge", undoMerge: "not_found" },
    ],
    [
      "objects that others stand for",
      async ({ repository }) => {
        const blob = await repository.git("hash-object", "-w", join(repository.root, ".git", "config"));
        await repository.git("replace", await repository.git("rev-parse", "HEAD:a.txt"), blob);
        const empty = await repository.git(
          "commit-tree",
          "-m",
          "None",
          await repository.git("hash-object", "-w", "-t", "tree", "/dev/null"),
        );
        await repository.git("replace", await repository.git("rev-parse", "banyan/kid-name-kid"), empty);
        await appendFile(
          join(repository.root, ".git", "info", "grafts"),
          `${await repository.git("rev-parse", "HEAD")}\n`,
        );
      },
    ],
  ];
  for (const [what, plant, refused = {}, refusedAtLast = {}] of planted) {
    test(what, async () => {
      const scene = await createScene();
      await plant(scene);
      expect(notOk(await everyOperation(scene))).toEqual({
        beginResolution: "nothing_to_merge",
        finishResolution: "illegal_move",
        abandonResolution: "illegal_move",
        ...refused,
      });
      expect((await scene.team.record("ada")).status).toBe("isolated");
      if (refusedAtLast === null) return;
      expect(notOk(await lastOperations(scene))).toEqual(refusedAtLast);
    });
  }
});

const notOk = (outcomes: Outcomes): Outcomes =>
  Object.fromEntries(Object.entries(outcomes).filter(([, outcome]) => outcome !== "ok"));

describe("a pipe that git would wait for stops nobody for long", () => {
  for (const name of [".gitattributes", ".gitignore", "dir/.gitignore"]) {
    test(`in the place of ${name}`, async () => {
      const scene = await createScene();
      await makePipe(join(scene.path, name));
      const before = scene.team.logged.length;
      const { status, commit, mergeIntoParent } = await everyOperation(scene);
      expect({ status, commit, mergeIntoParent }).toEqual({
        status: "untrusted",
        commit: "untrusted",
        mergeIntoParent: "untrusted",
      });
      const logged = scene.team.logged.slice(before).map(({ fields }) => fields);
      expect(logged.join()).toContain(`${name} is a named pipe`);
      await rm(join(scene.path, name));
      expect((await scene.team.worktrees.ensure("ada")).ok).toBe(true);
      await scene.team.worktrees.commitWork("ada", "Work");
      expect(await scene.repository.git("show", "banyan/ada-name-ada:a.txt")).toBe("by ada");
    });
  }

  test("in a worktree that is removed, which then stands aside whole", async () => {
    const { team, path } = await createScene();
    await makePipe(join(path, ".gitignore"));
    expectOk(await team.worktrees.remove("ada"));
    await team.worktrees.dispose();
    expect(team.logged.map(({ fields }) => fields).join()).toContain(".gitignore is a named pipe");
    const [aside = ""] = (await readdir(dirname(path))).filter((name) => name.startsWith(".removed-ada"));
    expect(await readFile(join(dirname(path), aside, "a.txt"), "utf8")).toBe("by ada\n");
  });
});
