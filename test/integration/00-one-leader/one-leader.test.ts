import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Clock } from "../../../src/base/clock.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { ok } from "../../../src/base/errors.ts";
import type { JoinedEngine, Role } from "../../../src/engine/join/join.ts";
import { createOfflineProvider } from "../../../src/engine/models/offline/provider.ts";
import type { ModelProvider } from "../../../src/engine/models/port.ts";
import { calls, type EngineUnderTest, hire, report, type Script, startEngine, write } from "../../support/engine.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const team: Script = [
  {
    match: { depth: 0 },
    turns: [
      calls(hire("one")),
      calls(["wait", { until: "children" }]),
      calls(["merge_child", { child: "one" }]),
      report("All."),
    ],
  },
  { match: { name: "one" }, turns: [write("one.txt", "1\n"), { delayMs: 700, ...report("One.") }] },
];

/** The one that leads, and one that joined it. */
async function startTwo(repository: TestRepository, clock?: Clock): Promise<[EngineUnderTest, EngineUnderTest]> {
  const leader = await startEngine(repository);
  const { scriptFolder } = leader;
  return [leader, await startEngine(repository, { scriptFolder, ...(clock === undefined ? {} : { clock }) })];
}

const kindOf = ({ role }: JoinedEngine): Role["kind"] => role.kind;

const untilRole = (engine: JoinedEngine, kind: Role["kind"]): Promise<void> =>
  new Promise((resolve) => {
    const listening = engine.onDidChangeRole((role) => {
      if (role.kind === kind) done();
    });
    const done = () => {
      listening.dispose();
      resolve();
    };
    if (engine.role.kind === kind) done();
  });

describe("one leader, many clients", () => {
  test("the second to join is a client: its commands run where the first is, and both see the same", async () => {
    const repository = await createRepository();
    const [leader, client] = await startTwo(repository);
    expect([kindOf(leader.engine), kindOf(client.engine)]).toEqual(["leader", "client"]);
    const root = await client.run(team);
    expect(root).toMatchObject({ status: "completed", result: { files: ["one.txt"] } });
    expect(await client.engine.agents.tree()).toEqual(await leader.engine.agents.tree());
    const asked = async ({ engine }: EngineUnderTest) => [
      await engine.agents.find(root.id),
      await engine.agents.turns(root.id),
      await engine.agents.transcript(root.id),
      await engine.messages.list(),
      await engine.budgets.list(),
      await engine.budgets.ledger(root.id),
      await engine.worktrees.list(),
      await engine.worktrees.diff(root.id),
      await engine.worktrees.patch(root.id),
    ];
    expect(await asked(client)).toEqual(await asked(leader));
    expect(client.events).toEqual(leader.events);
  });

  test("bytes cross as they are, and so do refusals", async () => {
    const repository = await createRepository();
    const [leader, client] = await startTwo(repository);
    const bytes = new Uint8Array([0, 255, 10, 13, 128, 226, 128, 168]);
    await writeFile(join(repository.root, "bytes.bin"), bytes);
    const head = await repository.commit("Bytes");
    expect(await client.engine.worktrees.readFileAt(head, "bytes.bin")).toEqual(bytes);
    expect(await client.engine.worktrees.readFileAt(head, "missing")).toBeUndefined();
    for (const ask of [
      ({ engine }: EngineUnderTest) => engine.agents.find("nobody"),
      ({ engine }: EngineUnderTest) => engine.worktrees.merge("nobody"),
      ({ engine }: EngineUnderTest) => engine.messages.send({ to: "nobody", body: "" }),
    ]) {
      expect(expectRefused(await ask(client))).toEqual(expectRefused(await ask(leader)));
    }
  });

  test("when the leader leaves, a client leads, and the team goes on where it stood", async () => {
    const repository = await createRepository();
    const [leader, client] = await startTwo(repository);
    const root = await leader.spawn(team);
    await heardOf(client, (event) => event.type === "turn.completed" && event.agentId !== root.id);
    const ended = client.ended(root.id);
    await leader.engine.stop();
    expect(await ended).toMatchObject({ status: "completed", result: { files: ["one.txt"] } });
    expect(kindOf(client.engine)).toBe("leader");
    const turns = expectOk(await client.engine.agents.turns("one"));
    expect(turns.filter(({ status }) => status === "completed").map(({ number }) => number)).toEqual([1, 2]);
    const positions = client.events.map(({ seq }) => seq);
    expect(positions).toEqual(positions.map((_, index) => (positions[0] ?? 0) + index));
  });

  test("of three, one leads after the first has left, and the third is its client", async () => {
    const repository = await createRepository();
    const [leader, second] = await startTwo(repository);
    const third = await startEngine(repository, { scriptFolder: leader.scriptFolder });
    await leader.engine.stop();
    await Promise.any([untilRole(second.engine, "leader"), untilRole(third.engine, "leader")]);
    const root = await second.run([{ turns: [report("Done.")] }]);
    expect(root.status).toBe("completed");
    expect([kindOf(second.engine), kindOf(third.engine)].sort()).toEqual(["client", "leader"]);
    expect(expectOk(await third.engine.agents.find(root.id))).toEqual(root);
  });

  test("a command that is given twice under one id takes effect once", async () => {
    const repository = await createRepository();
    const [leader, client] = await startTwo(repository);
    const spawn = (engine: JoinedEngine) =>
      engine.agents.spawn({
        id: "0123456789",
        task: "Once",
        model: "offline/survey",
        budgetUsd: 1_000_000,
        budgetTokens: 1_000_000,
      });
    expect(expectOk(await spawn(client.engine)).id).toBe("0123456789");
    expect(expectOk(await spawn(leader.engine)).id).toBe("0123456789");
    expect((await client.engine.agents.tree()).filter(({ parentId }) => parentId === null)).toHaveLength(1);
    const [parked] = [await client.spawn([{ turns: [{ text: "x", faults: [{ kind: "hang" }] }] }])];
    const send = (engine: JoinedEngine) => engine.messages.send({ id: "m", to: parked.id, body: "Hello" });
    expect(expectOk(await send(client.engine))).toEqual(expectOk(await send(leader.engine)));
    expect(expectOk(await client.engine.messages.list(parked.id))).toHaveLength(2);
  });

  test("a leader starts and merges teams for its own checkout alone; a linked one is told so, and may look", async () => {
    const repository = await createRepository();
    const { spawn, ended, scriptFolder } = await startEngine(repository);
    const root = await spawn([{ turns: [report("Done.")] }]);
    await ended(root.id);
    const linked = join(repository.root, "..", "linked");
    await repository.git("worktree", "add", "-q", "-b", "feature", linked);
    const { engine } = await startEngine({ ...repository, root: linked }, { scriptFolder });
    const refused = await engine.agents.spawn({
      task: "x",
      model: "offline/survey",
      budgetUsd: 1_000_000,
      budgetTokens: 1_000_000,
    });
    expect(expectRefused(refused)).toMatchObject({ code: "other_checkout", message: expect.stringContaining(linked) });
    expect(expectRefused(await engine.worktrees.merge(root.id)).code).toBe("other_checkout");
    expect(await engine.agents.tree()).toHaveLength(1);
  });

  test("whoever waits for an agent is told when nobody can lead any more", async () => {
    const repository = await createRepository();
    const [leader, client] = await startTwo(repository);
    const parked = await leader.spawn([{ turns: [{ delayMs: 600_000, ...report("Late.") }] }]);
    const waiting = expect(client.ended(parked.id)).rejects.toThrow("The store is damaged");
    const store = join(repository.root, ".git", "banyan");
    const images = (await readdir(store)).filter((name) => name.endsWith(".sqlite"));
    for (const image of images) await truncate(join(store, image), 100);
    await leader.engine.stop();
    await waiting;
    expect(client.engine.role).toMatchObject({ kind: "lost", refusal: { code: "store_damaged" } });
  });

  test("one that gives no sign of life is replaced; it acknowledges nothing more, and becomes a client", async () => {
    const repository = await createRepository();
    // For this one the leader's last sign of life is always half a minute ago.
    const late: Clock = { ...systemClock, now: () => systemClock.now() + 31_000 };
    const [leader, client] = await startTwo(repository, late);
    const parked = await leader.spawn([{ turns: [{ delayMs: 600_000, ...report("Late.") }] }]);
    await untilRole(client.engine, "leader");
    await untilRole(leader.engine, "client");
    const ended = leader.ended(parked.id);
    expectOk(await leader.engine.agents.stop(parked.id, "enough"));
    expect(await ended).toMatchObject({ status: "terminated", reason: "enough" });
    expect(await client.engine.agents.tree()).toEqual(await leader.engine.agents.tree());
  });
});

test("a leader that lacks an agent's model parks it, until one that has it leads", async () => {
  const repository = await createRepository();
  const offline = createOfflineProvider();
  const vscode: ModelProvider = {
    ...offline,
    name: "vscode",
    async open(model) {
      const opened = await offline.open(model);
      return opened.ok ? ok({ ...opened.value, id: `vscode/${model}` }) : opened;
    },
  };
  const window = await startEngine(repository, { providers: [vscode], start: false });
  const terminal = await startEngine(repository);
  const spawned = await window.engine.agents.spawn({
    task: "Survey the repository.",
    model: "vscode/survey",
    budgetUsd: 1_000_000,
    budgetTokens: 10_000_000,
  });
  const { id } = expectOk(spawned);
  await window.engine.stop();
  await heardOf(terminal, (event) => event.type === "agent.moved" && event.waitingFor === "provider");
  expect(expectOk(await terminal.engine.agents.find(id))).toMatchObject({ status: "waiting", waitingFor: "provider" });
  const again = await startEngine(repository, { providers: [vscode] });
  const ended = again.ended(id);
  await terminal.engine.stop();
  expect(await ended).toMatchObject({ status: "completed" });
});

const heardOf = (
  { engine, events }: EngineUnderTest,
  wanted: (event: EngineUnderTest["events"][number]) => boolean,
): Promise<void> =>
  new Promise((resolve) => {
    const listening = engine.onEvent((event) => {
      if (wanted(event)) done();
    });
    const done = () => {
      listening.dispose();
      resolve();
    };
    if (events.some(wanted)) done();
  });

describe("a leader's door", () => {
  const holderOf = async (repository: TestRepository) => {
    const text = await readFile(join(repository.root, ".git", "banyan", "leader.json"), "utf8");
    return z.object({ holder: z.object({ address: z.string(), token: z.string() }) }).parse(JSON.parse(text)).holder;
  };

  /** What the leader answers until it closes the connection, or has said `enough`. */
  const say = (address: string, text: string, enough?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(address, () => socket.write(text));
      let heard = "";
      socket.on("data", (chunk) => {
        heard += chunk.toString();
        if (enough !== undefined && heard.includes(enough)) socket.destroy();
      });
      socket.on("error", reject);
      socket.on("close", () => resolve(heard));
    });

  test("only its user may open the lock and the socket", async () => {
    const repository = await createRepository();
    await startEngine(repository);
    const { address } = await holderOf(repository);
    expect((await stat(join(repository.root, ".git", "banyan", "leader.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(address)).mode & 0o777).toBe(0o600);
    expect(Buffer.byteLength(address)).toBeLessThan(104);
  });

  test.each([
    ["what is no JSON", "hello\n"],
    ["what is no message", '{"t":"x"}\n'],
    ["a wrong token", '{"t":"q","i":"1","m":"attach","a":[{"protocol":1,"token":"wrong","since":null}]}\n'],
  ])("closes after %s", async (_, text) => {
    const repository = await createRepository();
    const { engine } = await startEngine(repository);
    const { address } = await holderOf(repository);
    expect(await say(address, text)).not.toContain('"ok":true');
    expect(await engine.agents.tree()).toEqual([]);
  });

  test("answers nothing before the token was shown", async () => {
    const repository = await createRepository();
    await startEngine(repository);
    const { address, token } = await holderOf(repository);
    const ask = '{"t":"q","i":"1","m":"agents.tree","a":[null]}\n';
    expect(await say(address, ask, "not found")).toContain('function \\"agents.tree\\" not found');
    const old = `{"t":"q","i":"2","m":"attach","a":[{"protocol":0,"token":"${token}","since":null}]}\n`;
    expect(await say(address, old, "other_version")).toContain("other_version");
  });
});
