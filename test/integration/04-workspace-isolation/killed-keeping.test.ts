import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { assets, expectOk, temporaryFolder } from "../../support/store.ts";
import { createTeam } from "./team.ts";

/** When each process is killed: after how many lines of what it was promised, and how many milliseconds later. */
const KILLS = [
  { lines: 4, after: 60 },
  { lines: 1, after: 0 },
  { lines: 6, after: 15 },
  { lines: 3, after: 90 },
  { lines: 2, after: 30 },
  { lines: 5, after: 120 },
  { lines: 3, after: 45 },
  { lines: 7, after: 5 },
] as const;

const worker = resolve("test/integration/04-workspace-isolation/keeping-worker.ts");

/** Runs the worker, kills it, and answers what it was promised. */
async function runAndKill(
  repository: TestRepository,
  storeFolder: string,
  first: number,
  kill: (typeof KILLS)[number],
) {
  const { root, environment } = repository;
  const args = [root, environment.HOME ?? "", storeFolder, String(first), assets.wasm, assets.migrations];
  const child = spawn(process.execPath, [worker, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const promised: string[] = [];
  let problem = "";
  child.stderr.on("data", (chunk) => {
    problem += chunk;
  });
  createInterface(child.stdout).on("line", (line) => {
    promised.push(line);
    // The first line says that it has recovered.
    if (promised.length === kill.lines + 1) setTimeout(() => child.kill("SIGKILL"), kill.after);
  });
  const signal = await new Promise((done) => child.on("close", (_, by) => done(by)));
  expect(problem.replace(/^.*ExperimentalWarning.*\n.*\n/m, "")).toBe("");
  expect(signal).toBe("SIGKILL");
  return promised;
}

test("what was kept or removed before a kill can be brought back after it", { timeout: 120_000 }, async () => {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": "*.log\n" } });
  const before = await repository.fingerprint();
  const storeFolder = await temporaryFolder();
  const promised: string[] = [];
  for (const [round, kill] of KILLS.entries()) {
    promised.push(...(await runAndKill(repository, storeFolder, (round + 1) * 1_000, kill)));
  }
  const team = await createTeam(repository, systemClock, storeFolder);
  await team.worktrees.recover();
  const { path } = expectOk(await team.worktrees.ensure("ada"));
  await team.worktrees.dispose();
  const numbersOf = (what: string) =>
    promised.flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
  expect(numbersOf("back").length).toBeGreaterThan(0);
  for (const number of numbersOf("kept")) {
    expect(await readFile(join(path, "untracked", `${number}.txt`), "utf8")).toBe(`${number}\n`);
  }
  for (const number of numbersOf("removed")) {
    expect(await readFile(join(path, `${number}.log`), "utf8")).toBe(`${number}\n`);
  }
  // What a git was killed over while it wrote a file stands aside, since nobody can tell it from something new.
  const isAside = (name: string) => name.startsWith(".aside-");
  const names = await readdir(join(path, ".."));
  expect(names.filter((name) => !isAside(name)).sort()).toEqual([".gitignore", "ada-ada"]);
  const orphans = await team.worktrees.orphans(new Set());
  expect(orphans.map(({ name }) => name)).toEqual(names.filter(isAside).sort());
  expect(await repository.fingerprint()).toBe(before);
  await repository.git("fsck", "--strict", "--no-dangling");
});
