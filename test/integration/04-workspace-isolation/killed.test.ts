import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { assets, expectOk, temporaryFolder } from "../../support/store.ts";
import { createTeam } from "./team.ts";

/** When each process is killed: milliseconds after it has recovered from the one before. */
const KILLS = [400, 700, 90, 1100, 250];

const worker = resolve("test/integration/04-workspace-isolation/killed-worker.ts");

/** Runs the worker, kills it, and answers what it was promised. */
async function runAndKill(repository: TestRepository, storeFolder: string, first: number, after: number) {
  const args = [
    repository.root,
    repository.environment.HOME ?? "",
    storeFolder,
    String(first),
    assets.wasm,
    assets.migrations,
  ];
  const child = spawn(process.execPath, [worker, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const promised: string[] = [];
  let problem = "";
  child.stderr.on("data", (chunk) => {
    problem += chunk;
  });
  createInterface(child.stdout).on("line", (line) => {
    promised.push(line);
    if (line === "recovered") setTimeout(() => child.kill("SIGKILL"), after);
  });
  const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
  expect(problem.replace(/^.*ExperimentalWarning.*\n.*\n/m, "")).toBe("");
  expect(signal).toBe("SIGKILL");
  return promised;
}

test("what was merged before a kill is there after it, and nothing is half done", { timeout: 120_000 }, async () => {
  const repository = await createRepository({ files: { "shared.txt": "0\n", "own.txt": "own\n" } });
  await repository.write("own.txt", "the user's edit\n");
  const storeFolder = await temporaryFolder();
  const promised: string[] = [];
  for (const [round, after] of KILLS.entries()) {
    promised.push(...(await runAndKill(repository, storeFolder, (round + 1) * 1_000, after)));
    const rootPath = join(repository.root, ".banyan", "worktrees", "root-root");
    const inParent = await repository.git("ls-tree", "-r", "--name-only", "banyan/root-root");
    const inMain = await repository.git("ls-tree", "-r", "--name-only", "main");
    for (const line of promised) {
      const [what, number] = line.split(" ");
      if (what === "merged") expect(inParent).toContain(`work/${number}.txt`);
      if (what === "landed") expect(inMain).toContain(`work/${number}.txt`);
    }
    expect(await repository.gitIn(rootPath, "symbolic-ref", "--short", "HEAD")).toBe("banyan/root-root");
  }
  const team = await createTeam(repository, systemClock, storeFolder);
  await team.worktrees.recover();
  expect((await team.worktrees.list()).filter((record) => record.status === "merging")).toEqual([]);
  expect(await repository.git("status", "--porcelain")).toBe("M own.txt");
  const tip = await repository.git("rev-parse", "banyan/root-root");
  expect(await team.worktrees.commitWork("root", "Nothing is left")).toBe(tip);
  expectOk(await team.worktrees.mergeIntoCheckout("root", "Merge root"));
  expect(promised.filter((line) => line.startsWith("merged"))).not.toEqual([]);
  expect(await repository.read("own.txt")).toBe("the user's edit\n");
  expect(await repository.git("rev-list", "--count", "--min-parents=2", "main")).not.toBe("0");
  await repository.git("fsck", "--strict", "--no-dangling");
});
