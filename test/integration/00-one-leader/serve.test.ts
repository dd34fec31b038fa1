import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { agentTreeRowSchema } from "../../../src/protocol/records.ts";
import { runCli, startCli } from "../../support/cli.ts";
import { calls, report } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";

const setUp = async () => {
  const repository = await createRepository();
  const file = join(repository.root, "..", "team.json");
  const turns = [calls(["list_files", { path: "." }]), { delayMs: 1500, ...report("Done.") }];
  await writeFile(file, JSON.stringify({ agents: [{ turns }] }));
  const options = { cwd: repository.root };
  return { options, spawnArguments: ["spawn", "Work", "--model", `script/${file}`] };
};

test("a server runs what terminals ask for, and ends with 0 when it is asked to", async () => {
  const { options, spawnArguments } = await setUp();
  const server = startCli(["serve"], options);
  await server.says("its agents run here");
  const spawned = await runCli(spawnArguments, options);
  expect(spawned).toMatchObject({ code: 0, stderr: "" });
  await server.says(/lead +completed/);
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
});

test("a server that waits takes over when the terminal that led is killed, and the team completes there", async () => {
  const { options, spawnArguments } = await setUp();
  const leader = startCli(spawnArguments, options);
  await leader.says(/lead +listed/);
  const server = startCli(["serve"], options);
  await server.says("waiting to take over");
  leader.child.kill("SIGKILL");
  await server.says("its agents run here");
  await server.says(/lead +completed/);
  server.child.kill("SIGINT");
  expect((await server.ended).code).toBe(0);
  const tree = z.array(agentTreeRowSchema).parse(JSON.parse((await runCli(["tree", "--json"], options)).stdout));
  expect(tree).toMatchObject([{ status: "completed" }]);
});

test("a terminal that is interrupted while another process leads says that the agents go on", async () => {
  const { options, spawnArguments } = await setUp();
  const server = startCli(["serve"], options);
  await server.says("its agents run here");
  const client = startCli(spawnArguments, options);
  await client.says(/lead +listed/);
  client.child.kill("SIGINT");
  const { code, stderr } = await client.ended;
  expect(code).toBe(130);
  expect(stderr).toContain(`The agents go on: a terminal (process ${server.child.pid}) runs them.`);
  await server.says(/lead +completed/);
  server.child.kill("SIGINT");
  await server.ended;
});
