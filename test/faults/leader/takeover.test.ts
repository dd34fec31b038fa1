import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import { agentTreeRowSchema, messageRecordSchema } from "../../../src/protocol/records.ts";
import { type CliRun, runCli, startCli } from "../../support/cli.ts";
import { createRepository } from "../../support/repository.ts";

const long = process.env.BANYAN_LONG === "1";
const KILLS = long ? 60 : 4;
const SERVERS = 3;

const holderSchema = z.object({ epoch: z.int(), holder: z.object({ pid: z.int() }).nullable() });

/** Agents that take some turns, each with a file that only it writes. */
const script = {
  agents: [
    { match: { name: "idle" }, turns: [{ delayMs: 3_600_000, text: "At last." }] },
    {
      turns: [
        { calls: [{ tool: "write_file", input: { path: "{{agent.name}}.txt", content: "1\n" } }] },
        { delayMs: 300, calls: [{ tool: "list_files", input: { path: "." } }] },
        { delayMs: 300, calls: [{ tool: "report", input: { status: "completed", summary: "Done." } }] },
      ],
    },
  ],
};

async function setUp() {
  const repository = await createRepository();
  const file = join(repository.root, "..", "work.json");
  await writeFile(file, JSON.stringify(script));
  const options = { cwd: repository.root };
  const readLead = async () =>
    holderSchema.parse(JSON.parse(await readFile(join(repository.root, ".git", "banyan", "leader.json"), "utf8")));
  const json = async <T>(schema: z.ZodType<T>, ...args: string[]): Promise<T> =>
    schema.parse(JSON.parse((await runCli([...args, "--json"], options)).stdout));
  return { options, model: `script/${file}`, readLead, json };
}

describe("leaders that are killed one after the other", () => {
  test("each is replaced; nothing acknowledged is lost, and nothing happens twice", async () => {
    const { options, model, readLead, json } = await setUp();
    const servers = new Map<number, CliRun>();
    const serve = () => {
      const server = startCli(["serve"], options);
      servers.set(server.child.pid ?? 0, server);
      return server;
    };
    await serve().says("its agents run here");
    for (let index = 1; index < SERVERS; index++) await serve().says("waiting to take over");

    const spawned: string[] = [];
    const sent: string[] = [];
    const epochs: number[] = [];
    const waits: number[] = [];
    let killing = true;
    const work = async () => {
      for (let index = 0; killing; index++) {
        const run = await runCli(["spawn", "Work", "--name", `w${index}`, "--model", model, "--json"], options);
        expect(run).toMatchObject({ code: 0, stderr: "" });
        spawned.push(z.object({ agent: z.object({ id: z.string() }) }).parse(JSON.parse(run.stdout)).agent.id);
      }
    };
    const idle = startCli(["spawn", "Wait", "--name", "idle", "--model", model], options);
    await idle.says(/idle +running/);
    const talk = async () => {
      for (let index = 0; killing; index++) {
        const message = await runCli(["send", "idle", `word ${index}`, "--json"], options);
        expect(message).toMatchObject({ code: 0, stderr: "" });
        sent.push(
          ...z
            .array(messageRecordSchema)
            .parse(JSON.parse(message.stdout))
            .map(({ body }) => body),
        );
      }
    };
    const kill = async () => {
      for (let round = 0; round < KILLS; round++) {
        const { epoch, holder } = await readLead();
        epochs.push(epoch);
        await systemClock.sleep(200 + ((round * 137) % 900));
        const server = servers.get(holder?.pid ?? 0);
        if (server === undefined) continue;
        const killedAt = performance.now();
        server.child.kill("SIGKILL");
        await server.ended;
        servers.delete(holder?.pid ?? 0);
        for (let lead = await readLead(); lead.epoch === epoch; lead = await readLead()) await systemClock.sleep(10);
        waits.push(performance.now() - killedAt);
        serve();
      }
      killing = false;
    };
    await Promise.all([work(), talk(), kill()]);

    expect((await runCli(["stop", "idle"], options)).code).toBe(0);
    await idle.ended;
    for (const server of servers.values()) server.child.kill("SIGTERM");
    await Promise.all([...servers.values()].map((server) => server.ended));
    const tree = await json(z.array(agentTreeRowSchema), "tree");
    const byId = new Map(tree.map((row: AgentTreeRow) => [row.id, row]));
    expect(spawned.map((id) => byId.get(id)?.status)).toEqual(spawned.map(() => "completed"));
    expect(tree).toHaveLength(spawned.length + 1);
    for (const id of spawned) expect(byId.get(id)?.figures.turns).toBe(3);
    const messages = await json(z.array(messageRecordSchema), "messages");
    expect(messages.filter(({ kind }) => kind === "note").map(({ body }) => body)).toEqual(sent);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    if (long) process.stdout.write(`${KILLS} kills, ${spawned.length} teams: replaced in ${summary(waits)}\n`);
  }, 600_000);
});

function summary(waits: readonly number[]): string {
  const sorted = [...waits].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${at(0.5)} ms (median), ${at(1)} ms (longest)`;
}
