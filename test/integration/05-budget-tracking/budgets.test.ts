import { describe, expect, test, vi } from "vitest";
import type { ModelProvider } from "../../../src/engine/models/port.ts";
import type { EngineEvent } from "../../../src/protocol/events.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock } from "../../support/clock.ts";
import { calls, type EngineUnderTest, hire, report, type Script, startEngine, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const waitForAll = calls(["wait", { until: "children" }]);
/** What a turn is charged, whatever it says: 300 micro-dollars, 1,500 tokens. */
const usage = { inputTokens: 1000, outputTokens: 500 };
const TURN_USD = 300;

describe("money goes down the tree", () => {
  test("three children are given parts, use them, and give back what is left", async () => {
    const team = await startEngine(await createRepository());
    const budget = { budgetUsd: "0.10", budgetTokens: 100_000 };
    const lead = await team.run([
      {
        match: { depth: 0 },
        turns: [
          { ...calls(hire("one", budget), hire("two", budget), hire("three", budget)), usage },
          { ...waitForAll, usage },
          { ...calls(["team_status"]), usage },
          { ...report("All three."), usage },
        ],
      },
      { turns: [{ ...report("Done."), usage }] },
    ]);
    const balances = await team.balances();
    expect(balances.get("one usd")).toMatchObject({ state: "closed", allocated: 100_000, used: TURN_USD, reserved: 0 });
    expect(balances.get("lead usd")).toMatchObject({ used: 7 * TURN_USD, ownUsed: 4 * TURN_USD, reserved: 0 });
    expect(lead.result?.cost).toEqual({ usd: 7 * TURN_USD, tokens: 7 * 1500 });
    const status = expectOk(await team.engine.agents.transcript(lead.id)).findLast(
      (entry) => entry.kind === "tool_result" && entry.tool === "team_status",
    );
    expect(JSON.parse(status?.kind === "tool_result" ? status.content : "")).toMatchObject({
      agents: [{ name: "one", status: "completed", summary: "Done.", used: { usd: "$0.0003" } }, {}, {}],
      total: { open: 0, ended: 3, usd: "$0.0009", tokens: 4500 },
    });
    expect(await examineBooks(team.engine)).toEqual([]);
  });

  test("what a parent hasn't free can't be given, and it is told how much it can give", async () => {
    const team = await startEngine(await createRepository());
    const lead = await team.run([{ turns: [calls(hire("rich", { budgetUsd: 99 })), report("No.")] }], {
      budgetUsd: 1_000_000,
    });
    const [refused] = expectOk(await team.engine.agents.transcript(lead.id)).filter(
      (entry) => entry.kind === "tool_result",
    );
    expect(refused).toMatchObject({
      isError: true,
      content: expect.stringMatching(/\$99\.00 does not fit: .*\$0\.99/),
    });
    expect(await team.engine.agents.tree()).toHaveLength(1);
  });

  test("use climbs the tree: the figures of a subtree and its own are kept apart", async () => {
    const team = await startEngine(await createRepository());
    const down = (name: string) => [
      { ...calls(hire(name)), usage },
      { ...waitForAll, usage },
      { ...report("Up."), usage },
    ];
    await team.run([
      { match: { depth: 0 }, turns: down("middle") },
      { match: { depth: 1 }, turns: down("low") },
      { match: { depth: 2 }, turns: [{ ...report("Up."), usage }] },
    ]);
    const figures = (await team.engine.agents.tree()).map(({ figures: f }) => [f.costUsd, f.subtreeCostUsd]);
    expect(figures).toEqual([
      [900, 2100],
      [900, 1200],
      [300, 300],
    ]);
    expect((await team.balances()).get("middle usd")).toMatchObject({ ownUsed: 900, used: 1200 });
    expect(await examineBooks(team.engine)).toEqual([]);
  });
});

describe("an agent whose budget is used up", () => {
  const poor: Script = [
    {
      turns: [
        { ...write("a.txt", "a\n"), usage },
        { ...report("Done."), usage },
      ],
    },
  ];

  test("waits, holding no slot, until the user raises it, and goes on where it stood", async () => {
    const team = await startEngine(await createRepository(), { limits: { slots: 1 } });
    const { id } = await team.spawn(poor, { budgetTokens: 5000 });
    const waiting = await team.waiting(id, "budget");
    expect(waiting.reason).toMatch(/a model call may take [\d,]+ tokens, left of it: 5000 tokens/);
    expect(team.events).toContainEqual(expect.objectContaining({ type: "budget.refused", agentId: id }));
    expect((await team.run([{ turns: [report("Has the slot.")] }])).status).toBe("completed");
    const raised = expectOk(await team.engine.budgets.raise({ agent: id, tokens: 100_000 }));
    expect(raised.find(({ unit }) => unit === "tokens")).toMatchObject({ allocated: 105_000 });
    expect(await team.ended(id)).toMatchObject({ status: "completed", result: { files: ["a.txt"] } });
    expect(await examineBooks(team.engine)).toEqual([]);
  });

  test("asks the agent that hired it, which raises it out of what it has", async () => {
    const team = await startEngine(await createRepository());
    const lead = await team.run([
      {
        match: { depth: 0 },
        turns: [
          // In one turn: taken before the wait, the question would not end it.
          calls(hire("poor", { budgetTokens: 100 }), ["wait", { until: "children" }]),
          calls(["raise_budget", { agent: "poor", tokens: 100_000 }]),
          waitForAll,
          report("It went on."),
        ],
      },
      ...poor,
    ]);
    expect(lead.status).toBe("completed");
    const [asked] = expectOk(await team.engine.messages.list("poor")).filter(({ kind }) => kind === "question");
    expect(asked).toMatchObject({ relation: "child", priority: "urgent", recipientId: lead.id, status: "processed" });
    expect((await team.balances()).get("poor tokens")).toMatchObject({ allocated: 100_100, state: "closed" });
    expect(await examineBooks(team.engine)).toEqual([]);
  });

  test("can't be raised beyond what its parent has, nor by one that is not above it", async () => {
    const team = await startEngine(await createRepository());
    const lead = await team.run(
      [
        {
          match: { depth: 0 },
          turns: [
            calls(hire("one")),
            calls(
              ["raise_budget", { agent: "one", usd: 500 }],
              ["raise_budget", { agent: "lead", usd: 1 }],
              ["raise_budget", { agent: "one" }],
            ),
            waitForAll,
            report("Done."),
          ],
        },
        { turns: [report("Done.")] },
      ],
      { budgetUsd: 2_000_000 },
    );
    const results = expectOk(await team.engine.agents.transcript(lead.id)).filter(
      (entry) => entry.kind === "tool_result" && entry.tool === "raise_budget",
    );
    expect(results).toMatchObject([
      { isError: true, content: expect.stringMatching(/\$500\.00 more can't be given: \$\S+ are missing/) },
      { isError: true, content: expect.stringContaining('no "lead" below you') },
      { isError: true },
    ]);
  });

  test("deep in a team is raised with the user's money, which goes down through all above it", async () => {
    const team = await startEngine(await createRepository());
    const budget = { budgetTokens: 30_000 };
    const { id } = await team.spawn(
      [
        { match: { depth: 0 }, turns: [calls(hire("middle", { budgetTokens: 200_000 })), waitForAll, report("Done.")] },
        { match: { depth: 1 }, turns: [calls(hire("low", budget)), waitForAll, waitForAll, report("Done.")] },
        { match: { depth: 2 }, turns: [{ ...report("Done."), usage: { inputTokens: 0, outputTokens: 50_000 } }] },
      ],
      { budgetTokens: 400_000 },
    );
    await team.waiting("low", "budget");
    expectOk(await team.engine.budgets.raise({ id: "once", agent: "low", tokens: 900_000 }));
    expectOk(await team.engine.budgets.raise({ id: "once", agent: "low", tokens: 900_000 }));
    expect((await team.ended(id)).status).toBe("completed");
    expect((await team.balances()).get("low tokens")?.allocated).toBe(930_000);
    expect((await team.balances()).get("lead tokens")?.allocated).toBeGreaterThan(400_000);
    expect(await examineBooks(team.engine)).toEqual([]);
    expect(expectRefused(await team.engine.budgets.raise({ agent: "low", usd: 1 })).code).toBe("illegal_move");
    expect(expectRefused(await team.engine.budgets.raise({ agent: id })).code).toBe("bad_input");
  });
});

describe("a forecast before a fan-out", () => {
  test("tells what agents may come to, by what such agents came to, and at the most", async () => {
    const team = await startEngine(await createRepository());
    const ask = calls(["forecast", { agents: 3, role: "coder", budgetUsd: "0.10", budgetTokens: 20_000 }]);
    const lead = await team.run([
      {
        match: { depth: 0 },
        turns: [ask, calls(hire("one"), hire("two")), waitForAll, ask, report("Done.")],
      },
      { turns: [{ ...report("Done."), usage }] },
    ]);
    const told = expectOk(await team.engine.agents.transcript(lead.id)).flatMap((entry) =>
      entry.kind === "tool_result" && entry.tool === "forecast" ? [JSON.parse(entry.content)] : [],
    );
    expect(told).toMatchObject([
      { likely: expect.stringContaining("unknown"), most: { usd: "$0.30", tokens: 60_000 }, fits: true },
      { likely: { usd: "$0.0009", tokens: 4500 }, basedOn: "2 agents that have ended" },
    ]);
    const command = { agents: 10, role: "coder", model: lead.model, budgetUsd: 1000, budgetTokens: 10_000 };
    expect(expectOk(await team.engine.budgets.forecast(command))).toMatchObject({ likely: { usd: 3000 } });
    expect(expectRefused(await team.engine.budgets.forecast({ ...command, model: "no/such" })).code).toBe(
      "unknown_model",
    );
  });
});

describe("what an agent has left", () => {
  test("is told with each call, behind all that was said", async () => {
    const told: string[] = [];
    const listening: ModelProvider = {
      name: "listening",
      offers: ["ear"],
      open: async () => ({
        ok: true,
        value: {
          id: "listening/ear",
          maxOutputTokens: 100,
          countInput: async () => 100,
          call: async ({ standing }) => {
            told.push(standing);
            const content =
              told.length === 1
                ? [{ type: "tool_call" as const, id: "1", tool: "team_status", input: {} }]
                : [{ type: "text" as const, text: "Done." }];
            const usage = { inputTokens: 100, outputTokens: 50, cacheReadTokens: 0, cacheWriteTokens: 0 };
            const stopReason = told.length === 1 ? "tool_use" : "end_turn";
            return { kind: "reply", reply: { kind: "reply", content, stopReason, usage } };
          },
        },
      }),
    };
    const team = await startEngine(await createRepository(), { providers: [listening], limits: { maxTurns: 9 } });
    const command = { task: "t", model: "listening/ear", budgetUsd: 2_000_000, budgetTokens: 1000 };
    const { id } = expectOk(await team.engine.agents.spawn(command));
    expect((await team.ended(id)).status).toBe("completed");
    expect(told).toEqual([
      "Left of your budget: $2.00 and 1000 tokens. This is turn 1 of at most 9.",
      "Left of your budget: $2.00 and 850 tokens. This is turn 2 of at most 9.",
    ]);
  });
});

describe("alerts", () => {
  const alerts = (events: readonly EngineEvent[]) =>
    events.flatMap((event) =>
      event.type === "budget.alert" && event.unit === "usd" ? [`${event.agentId} ${event.percent}`] : [],
    );

  test("come at each threshold, once, for an agent and for those above it", async () => {
    const team = await startEngine(await createRepository());
    const costs = (tokens: number) => ({ usage: { inputTokens: 10 * tokens, outputTokens: 0 } });
    const script: Script = [
      { match: { depth: 0 }, turns: [calls(hire("one", { budgetUsd: "0.10" })), waitForAll, report("Done.")] },
      {
        turns: [
          { ...calls(["read_file", { path: "README.md" }]), ...costs(40_000) },
          { ...calls(["list_files"]), ...costs(15_000) },
          { ...report("Done."), ...costs(30_000) },
        ],
      },
    ];
    const { id } = await team.run(script, { budgetUsd: 200_000 });
    const one = (await team.engine.agents.tree())[1]?.id;
    await vi.waitFor(() => expect(alerts(team.events)).toHaveLength(2));
    expect(alerts(team.events)).toEqual([`${one} 50`, `${one} 80`]);
    await team.engine.stop();
    expect(id).not.toBe(one);
  });
});

describe("the user's caps", () => {
  test("stand above all teams: what would pass one waits for the next day", async () => {
    const clock = createFakeClock();
    const team = await startEngine(await createRepository(), {
      clock,
      settings: { caps: { perDayUsd: 4000, perMonthUsd: null } },
    });
    // A call may come to some 2,400 micro-dollars, and comes to 2,100: one a day.
    const dear = { usage: { inputTokens: 1000, outputTokens: 5000 } };
    const { id } = await team.spawn([
      { turns: [write("a", "a"), write("b", "b"), report("Done.")].map((turn) => ({ ...turn, ...dear })) },
    ]);
    for (let day = 1; day <= 2; day++) {
      await vi.waitFor(async () => expect(await state(team, id)).toEqual({ turns: day, waitingFor: "budget" }), {
        timeout: 20_000,
      });
      expect(expectOk(await team.engine.agents.find(id)).reason).toMatch(/Your cap of \$0\.004 a day leaves no room/);
      expect(await team.engine.budgets.spending()).toEqual({
        day: { usd: 2100, capUsd: 4000 },
        month: { usd: day * 2100, capUsd: null },
      });
      clock.advance(86_400_000);
    }
    expect((await team.ended(id)).status).toBe("completed");
    expect(await examineBooks(team.engine)).toEqual([]);
  });
});

const state = async ({ engine }: EngineUnderTest, id: string) => ({
  turns: expectOk(await engine.agents.turns(id)).filter(({ status }) => status === "completed").length,
  waitingFor: expectOk(await engine.agents.find(id)).waitingFor,
});

describe("a provider's surprise", () => {
  /** Charges three times what its worst case allows. */
  const dear: ModelProvider = {
    name: "surprise",
    offers: ["dear"],
    open: async () => ({
      ok: true,
      value: {
        id: "surprise/dear",
        maxOutputTokens: 100,
        countInput: async () => 100,
        call: async () => ({
          kind: "reply",
          reply: {
            kind: "reply",
            content: [{ type: "text", text: "Dear." }],
            stopReason: "end_turn",
            usage: { inputTokens: 100, outputTokens: 900, cacheReadTokens: 0, cacheWriteTokens: 0 },
          },
        }),
      },
    }),
  };

  test("is booked in full as overrun, apart from what was used, and ends the agent", async () => {
    const team = await startEngine(await createRepository(), { providers: [dear] });
    const { id } = expectOk(
      await team.engine.agents.spawn({ task: "t", model: "surprise/dear", budgetUsd: 1000, budgetTokens: 1000 }),
    );
    const ended = await team.ended(id);
    expect(ended).toMatchObject({ status: "failed", reason: expect.stringContaining("more than its worst case") });
    expect((await team.balances()).get("lead tokens")).toMatchObject({ used: 200, overrun: 800, reserved: 0 });
    expect(ended.result?.cost).toMatchObject({ tokens: 1000 });
    expect(await examineBooks(team.engine)).toEqual([]);
  });
});
