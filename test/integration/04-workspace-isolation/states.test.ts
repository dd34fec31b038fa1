import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";
import { createRepository, type RepositoryOptions, type TestRepository } from "../../support/repository.ts";
import { type LifeOptions, live } from "./life.ts";

const FILES = { "a.txt": "one\n", "b.txt": "b\n", "deep/er/c.txt": "c\n" };

interface State {
  readonly name: string;
  readonly options?: RepositoryOptions;
  /** Brings a repository into the state; answers the checkout that the user has open. */
  readonly prepare: (repository: TestRepository) => Promise<TestRepository>;
  readonly life?: Partial<LifeOptions>;
}

async function run(repository: TestRepository, ...commands: string[][]): Promise<TestRepository> {
  for (const args of commands) await repository.git(...args);
  return repository;
}

const beside = (repository: TestRepository, name: string) => join(dirname(repository.root), name);

const states: readonly State[] = [
  {
    name: "changes of every kind, links and names of every kind",
    options: {
      files: {
        ...FILES,
        ".gitignore": "*.log\n",
        "gone.txt": "gone\n",
        "old.txt": "old\nname\n",
        "über/größe 日本.txt": "one\n",
        "e\u0301.txt": "decomposed\n",
        "\u00e9.txt": "composed\n",
        "Case.txt": "upper\n",
        "case.txt": "lower\n",
        "-dash": "dash\n",
        ":(top)magic": "magic\n",
        'quo"te\\slash': "quoted\n",
        " blank ": "blank\n",
      },
    },
    async prepare(repository) {
      await symlink("../outside", join(repository.root, "outside"));
      await symlink("b.txt", join(repository.root, "near"));
      await repository.commit("Links");
      await rm(join(repository.root, "near"));
      await symlink("nowhere", join(repository.root, "near"));
      await repository.write("b.txt", "staged\n");
      await repository.git("add", "b.txt");
      await repository.write("b.txt", "and changed\n");
      await repository.write("untracked.txt", "untracked\n");
      await repository.write("later.txt", "later\n");
      await repository.write("x.log", "ignored\n");
      await run(
        repository,
        ["rm", "--quiet", "gone.txt"],
        ["mv", "old.txt", "renamed.txt"],
        ["add", "-N", "later.txt"],
      );
      await mkdir(join(repository.root, "empty", "folder"), { recursive: true });
      return repository;
    },
    life: { file: "über/größe 日本.txt", added: "line\nbreak\t:(glob)*?[x].txt" },
  },
  {
    name: "a sparse checkout by cones, and settings per worktree",
    prepare: (repository) =>
      run(
        repository,
        ["sparse-checkout", "set", "--cone", "elsewhere"],
        ["config", "--worktree", "user.name", "Wanda"],
      ),
  },
  {
    name: "a sparse checkout by patterns, which leaves out what the agent adds",
    prepare: (repository) => run(repository, ["sparse-checkout", "set", "--no-cone", "/a.txt"]),
    life: { addedInCheckout: false },
  },
  {
    name: "a bare repository with worktrees around it",
    async prepare(repository) {
      const project = beside(repository, "around");
      await mkdir(project);
      await repository.git("clone", "--quiet", "--bare", repository.root, join(project, ".bare"));
      await writeFile(join(project, ".git"), "gitdir: ./.bare\n");
      await repository.gitIn(project, "worktree", "add", "--quiet", "main", "main");
      return repository.at(join(project, "main"));
    },
  },
  {
    name: "a linked worktree of a checkout that core.bare is overruled in",
    async prepare(repository) {
      await run(
        repository,
        ["config", "extensions.worktreeConfig", "true"],
        ["config", "--worktree", "core.bare", "false"],
        ["config", "core.bare", "true"],
        ["worktree", "add", "--quiet", "-b", "side", beside(repository, "linked")],
      );
      return repository.at(beside(repository, "linked"));
    },
  },
  {
    name: "SHA-256, a git directory elsewhere, and a very long path",
    async prepare(repository) {
      const sha = repository.at(beside(repository, "sha"));
      const elsewhere = ["--separate-git-dir", beside(repository, "elsewhere.git")];
      await repository.git("init", "--quiet", "-b", "main", "--object-format=sha256", ...elsewhere, sha.root);
      await sha.commit("First", FILES);
      return sha;
    },
    life: { added: `${`${"d".repeat(240)}/`.repeat(14)}${"n".repeat(255)}` },
  },
  {
    name: "a shallow clone with alternates",
    async prepare(repository) {
      await repository.commit("Second", { "b.txt": "two\n" });
      const clone = repository.at(beside(repository, "shallow"));
      await repository.git("clone", "--quiet", "--depth=1", `file://${repository.root}`, clone.root);
      const alternates = join(clone.root, ".git", "objects", "info", "alternates");
      await writeFile(alternates, `${join(repository.root, ".git", "objects")}\n`);
      return clone;
    },
  },
  {
    name: "line ends that git changes, by settings and attributes",
    options: { files: { ...FILES, ".gitattributes": "new.md text eol=lf\nutf16.txt working-tree-encoding=UTF-16\n" } },
    async prepare(repository) {
      await run(repository, ["config", "core.autocrlf", "true"], ["config", "core.safecrlf", "true"]);
      return run(repository, ["rm", "--quiet", "-r", "--cached", "."], ["reset", "--quiet", "--hard"]);
    },
    life: { added: "new.md", inCheckout: (line) => (line === "added\n" ? line : line.replace("\n", "\r\n")) },
  },
  {
    name: "settings that would change what git says",
    options: { files: { ...FILES, "a.txt": "one\n\n\n\n" } },
    life: { file: "b.txt" },
    prepare: (repository) =>
      run(
        repository,
        ...[
          ["status.showUntrackedFiles", "no"],
          ["status.relativePaths", "false"],
          ["status.short", "true"],
          ["status.branch", "true"],
          ["diff.noprefix", "true"],
          ["diff.mnemonicPrefix", "true"],
          ["diff.external", "false"],
          ["diff.suppressBlankEmpty", "true"],
          ["diff.context", "0"],
          ["diff.orderFile", join(repository.root, ".git", "description")],
          ["diff.statGraphWidth", "1"],
          ["diff.submodule", "log"],
          ["diff.interHunkContext", "9"],
          ["diff.renames", "copies"],
          ["diff.relative", "true"],
          ["diff.wordRegex", "."],
          ["diff.colorMoved", "zebra"],
          ["diff.ignoreSubmodules", "all"],
          ["color.ui", "always"],
          ["merge.conflictStyle", "zdiff3"],
          ["merge.ff", "only"],
          ["merge.renames", "false"],
          ["merge.stat", "true"],
          ["merge.log", "true"],
          ["pull.rebase", "true"],
          ["init.defaultBranch", "trunk"],
          ["branch.autoSetupMerge", "always"],
          ["branch.autoSetupRebase", "always"],
          ["commit.cleanup", "verbatim"],
          ["commit.verbose", "true"],
          ["core.ignoreCase", "true"],
          ["core.precomposeUnicode", "true"],
          ["core.untrackedCache", "true"],
          ["core.splitIndex", "true"],
          ["core.fileMode", "false"],
          ["core.quotePath", "true"],
          ["core.commentChar", "b"],
          ["core.abbrev", "4"],
          ["core.logAllRefUpdates", "false"],
          ["core.worktree", repository.root],
          ["feature.manyFiles", "true"],
          ["submodule.recurse", "true"],
          ["grep.patternType", "perl"],
          ["rerere.enabled", "true"],
          ["push.default", "nothing"],
        ].map(([key = "", value = ""]) => ["config", key, value]),
      ),
  },
];

describe("the user's checkout changes by merges alone, and is as it was when they are undone, with", () => {
  for (const { name, options, prepare, life } of states) {
    test(name, async () => {
      const repository = await createRepository({ files: FILES, ...options });
      await live(await prepare(repository), life);
    });
  }
});
