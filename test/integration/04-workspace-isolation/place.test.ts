import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { openRepository, ownFolderName } from "../../../src/engine/worktrees/repository.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused, temporaryFolder } from "../../support/store.ts";
import { createTeam } from "./team.ts";

async function teamAt(folder: string) {
  const repository = await createRepository({ files: { "a.txt": "a\n" } });
  return { repository, team: await createTeam(repository, systemClock, undefined, { folder }) };
}

test("worktrees stand in a folder of the repository's own, and do all that they do elsewhere", async () => {
  const outside = await temporaryFolder();
  const { repository, team } = await teamAt(join(outside, "not", "there yet"));
  const before = await repository.fingerprint();
  const { path } = await team.start("ada");
  const own = ownFolderName(join(repository.root, ".git"));
  expect(own).toMatch(/^project-[0-9a-f]{8}$/);
  expect(path).toBe(join(outside, "not", "there yet", own, "ada-name-ada"));
  expect(await repository.has(".banyan")).toBe(false);
  expect(await repository.fingerprint()).toBe(before);
  await team.write("ada", "b.txt", "b\n");
  expectOk(await team.worktrees.mergeIntoCheckout("ada", "Merge"));
  expect(await repository.read("b.txt")).toBe("b\n");
  expect(expectOk(await team.worktrees.remove("ada")).status).toBe("removed");
  await team.worktrees.dispose();
  expect(await readdir(dirname(path))).toEqual([".gitignore"]);
});

test("an agent's worktree is no repository to open, wherever it stands and whatever its HEAD is on", async () => {
  const outside = await temporaryFolder();
  const { repository, team } = await teamAt(outside);
  const { path } = await team.start("ada");
  await mkdir(join(path, "src"));
  const open = (folder: string) => openRepository(folder, repository.environment);
  expect(expectRefused(await open(join(path, "src"))).message).toMatch(/is an agent's worktree: open the repository/);
  await repository.gitIn(path, "checkout", "--quiet", "--detach");
  expect(expectRefused(await open(path)).code).toBe("not_a_repository");
  const own = join(outside, "mine");
  await repository.git("worktree", "add", "--quiet", own);
  expect(expectOk(await open(own)).root).toBe(own);
});

test("a folder that is a link is where it leads", async () => {
  const outside = await temporaryFolder();
  await mkdir(join(outside, "real"));
  await symlink("real", join(outside, "link"));
  const { team } = await teamAt(join(outside, "link"));
  const { path } = await team.start("ada");
  expect(dirname(dirname(path))).toBe(join(outside, "real"));
});

test("worktrees stay where they are when the setting changes, and are cleaned up there", async () => {
  const outside = await temporaryFolder();
  const repository = await createRepository({ files: { "a.txt": "a\n" } });
  const storeFolder = await temporaryFolder();
  const first = await createTeam(repository, systemClock, storeFolder);
  const { path } = await first.start("ada");
  const leftover = join(dirname(path), ".erasing-bob-x");
  await mkdir(leftover);
  await first.store.close();
  const second = await createTeam(repository, systemClock, storeFolder, { folder: outside });
  await second.worktrees.recover();
  expect(expectOk(await second.worktrees.ensure("ada")).path).toBe(path);
  await second.worktrees.dispose();
  expect(await readdir(dirname(path))).not.toContain(basename(leftover));
  expect((await second.start("bob")).path).toMatch(outside);
});

test("a folder that is not right is told in one line, before a team starts", async () => {
  const outside = await temporaryFolder();
  await writeFile(join(outside, "file"), "");
  const told = async (folder: (root: string) => string) => {
    const repository = await createRepository();
    const team = await createTeam(repository, systemClock, undefined, { folder: folder(repository.root) });
    return expectRefused(await team.worktrees.startOf({ withChanges: false }));
  };
  const relative = await told(() => "trees");
  expect(relative).toMatchObject({ code: "bad_input" });
  expect(relative.message).toMatch(/^banyan\.worktrees\.folder is "trees": write an absolute path, [^\n]*$/);
  for (const inside of ["", "trees", ".git/trees"]) {
    expect((await told((root) => join(root, inside))).message).toMatch(
      /leads into the repository: name a folder outside/,
    );
  }
  expect((await told(() => join(outside, "file", "x"))).message).toMatch(/^banyan\.worktrees\.folder can't be used: /);
});
