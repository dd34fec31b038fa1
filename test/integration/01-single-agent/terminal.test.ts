import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, startCli } from "../../support/cli.ts";
import { report, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";

const setUp = async () => {
  const repository = await createRepository();
  const file = join(repository.root, "..", "team.json");
  await writeFile(file, JSON.stringify({ agents: [{ turns: [write("a.txt", "a\n"), report("Wrote it.")] }] }));
  const options = { cwd: repository.root };
  return {
    options,
    spawnArguments: ["spawn", "Work", "--name", "boss", "--tokens", "100", "--model", `script/${file}`],
  };
};

/** The commands that a terminal said to type, as arguments. */
const saidToType = (stderr: string): string[][] =>
  [...stderr.matchAll(/with: (?:npx )?banyan (.*)$/gm)].map(([, words = ""]) => words.split(" "));

test("a team whose budget is too small goes on with the commands that the terminal says", async () => {
  const { options, spawnArguments } = await setUp();
  const spawned = await runCli(spawnArguments, options);
  expect(spawned.code).toBe(1);
  expect(spawned.stdout).toMatch(/^◐ boss +waiting for budget/m);
  const [raise = [], resume = [], ...rest] = saidToType(spawned.stderr);
  expect([raise.slice(0, 3), resume, rest]).toEqual([["raise", "boss", "--tokens"], ["resume"], []]);
  expect((await runCli(["resume"], options)).code).toBe(1);
  expect(await runCli(raise, options)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ boss has/) });
  expect((await runCli(["raise", "boss", "--tokens", "100000"], options)).code).toBe(0);
  const resumed = await runCli(resume, options);
  expect(resumed).toMatchObject({ code: 0, stderr: "" });
  expect(resumed.stdout).toMatch(/^✓ boss .* completed/m);
});

test("where another process leads, a raise is enough, and a server never gives up waiting", async () => {
  const { options, spawnArguments } = await setUp();
  const server = startCli(["serve"], options);
  await server.says("its agents run here");
  const spawned = await runCli(spawnArguments, options);
  expect(spawned.code).toBe(1);
  expect(server.child.exitCode).toBeNull();
  const raised = await runCli(["raise", "boss", "--tokens", "100000"], options);
  expect(raised).toMatchObject({ code: 0, stderr: "" });
  await server.says(/boss +completed/);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});
