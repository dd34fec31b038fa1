import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createBudgets } from "../../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../../src/engine/budgets/caps.ts";
import type { Store } from "../../../../src/engine/store/port.ts";
import { insertAgents } from "../../../support/seed.ts";
import { expectOk, expectRefused, openTestStore } from "../../../support/store.ts";

const balance = z.object({
  allocated: z.int(),
  reserved: z.int(),
  used: z.int(),
  own_used: z.int(),
  overrun: z.int(),
});

async function setUp() {
  const { store, clock } = await openTestStore();
  await insertAgents(store, [
    ["lead", null],
    ["child", "lead"],
    ["grandchild", "child"],
  ]);
  const budgets = createBudgets(clock, noCaps);
  const open = (id: string, parent: string | null, usd: number, tokens = 1000) =>
    store.attempt((tx) => budgets.open(tx, id, parent, { usd, tokens }));
  const usd = (id: string) =>
    store.read((reader) =>
      reader.get(
        balance,
        "SELECT allocated, reserved, used, own_used, overrun FROM budgets WHERE agent_id = ? AND unit = 'usd'",
        [id],
      ),
    );
  return { store, budgets, open, usd };
}

const total = z.object({ agent_id: z.string(), unit: z.string(), same: z.int() });
/** Every balance that differs from the sum of its ledger. */
const unbalanced = async (store: Store) => {
  const rows = await store.read((reader) =>
    reader.all(
      total,
      `SELECT b.agent_id, b.unit, (sum(e.allocated) = b.allocated AND sum(e.reserved) = b.reserved
         AND sum(e.used) = b.used AND sum(e.own_used) = b.own_used AND sum(e.overrun) = b.overrun) AS same
       FROM budgets AS b JOIN budget_entries AS e ON e.agent_id = b.agent_id AND e.unit = b.unit
       GROUP BY b.agent_id, b.unit ORDER BY b.agent_id, b.unit`,
    ),
  );
  return rows.filter((row) => row.same !== 1);
};

describe("budgets", () => {
  test("a child's allocation is reserved at its parent, and comes back less what its subtree used", async () => {
    const { store, budgets, open, usd } = await setUp();
    expectOk(await open("lead", null, 1000));
    expectOk(await open("child", "lead", 600));
    expectOk(await open("grandchild", "child", 200));
    expect(await usd("lead")).toMatchObject({ allocated: 1000, reserved: 600, used: 0 });
    await store.transaction(async (tx) => {
      expectOk(await budgets.hold(tx, "grandchild", { usd: 150, tokens: 10 }, { turnId: "turn", beganAt: 0 }));
      await budgets.settle(
        tx,
        "grandchild",
        { usd: 150, tokens: 10 },
        { usd: 120, tokens: 7 },
        { turnId: "turn", beganAt: 0 },
      );
      await budgets.close(tx, "grandchild");
      await budgets.close(tx, "child");
    });
    expect(await usd("child")).toMatchObject({ reserved: 0, used: 120, own_used: 0 });
    expect(await usd("lead")).toMatchObject({ allocated: 1000, reserved: 0, used: 120, own_used: 0 });
    expect(await unbalanced(store)).toEqual([]);
  });

  test("refuses what does not fit, saying what is missing", async () => {
    const { budgets, store, open } = await setUp();
    expectOk(await open("lead", null, 1000));
    expect(expectRefused(await open("child", "lead", 1001)).message).toBe(
      "A budget of $0.001001 does not fit: the most that can be given is $0.001.",
    );
    const held = await store.attempt((tx) =>
      budgets.hold(tx, "lead", { usd: 10, tokens: 1001 }, { turnId: "turn", beganAt: 0 }),
    );
    expect(expectRefused(held).message).toBe(
      "The budget is too small: a model call may take 1001 tokens, left of it: 1000 tokens.",
    );
  });

  test("a charge beyond its hold is booked as overrun, outside what is used", async () => {
    const { store, budgets, open, usd } = await setUp();
    expectOk(await open("lead", null, 100));
    const beyond = await store.transaction(async (tx) => {
      expectOk(await budgets.hold(tx, "lead", { usd: 100, tokens: 10 }, { turnId: "turn", beganAt: 0 }));
      return budgets.settle(
        tx,
        "lead",
        { usd: 100, tokens: 10 },
        { usd: 130, tokens: 10 },
        { turnId: "turn", beganAt: 0 },
      );
    });
    expect(beyond).toEqual({ usd: 30, tokens: 0 });
    expect(await usd("lead")).toEqual({ allocated: 100, reserved: 0, used: 100, own_used: 100, overrun: 30 });
    expect(await unbalanced(store)).toEqual([]);
  });

  test("a hold that nobody could settle counts as used when the budget closes", async () => {
    const { store, budgets, open, usd } = await setUp();
    expectOk(await open("lead", null, 100));
    await store.transaction(async (tx) => {
      expectOk(await budgets.hold(tx, "lead", { usd: 40, tokens: 10 }, { turnId: "turn", beganAt: 0 }));
      await budgets.close(tx, "lead");
    });
    const ledger = await store.read((reader) => budgets.ledger(reader, "lead"));
    expect(ledger.filter(({ unit }) => unit === "usd").map(({ change, reference }) => [change, reference])).toEqual([
      ["allocate", null],
      ["hold", "turn"],
      ["confirm", null],
      ["close", null],
    ]);
    expect(await usd("lead")).toMatchObject({ reserved: 0, used: 40, own_used: 40 });
  });

  test("amounts beyond 2^31 micro-dollars stay exact", async () => {
    const { store, budgets, open, usd } = await setUp();
    const fortune = 9_000_000_000_001;
    expectOk(await open("lead", null, fortune));
    await store.transaction(async (tx) => {
      expectOk(await budgets.hold(tx, "lead", { usd: fortune, tokens: 1 }, { turnId: "turn", beganAt: 0 }));
      await budgets.settle(
        tx,
        "lead",
        { usd: fortune, tokens: 1 },
        { usd: fortune - 1, tokens: 1 },
        { turnId: "turn", beganAt: 0 },
      );
    });
    expect(await usd("lead")).toMatchObject({ used: fortune - 1, reserved: 0 });
    expect(await unbalanced(store)).toEqual([]);
  });
});

describe("what is given", () => {
  const largest = Number.MAX_SAFE_INTEGER;
  const raise = (amount: number) => ({
    path: ["lead"],
    amounts: { usd: amount, tokens: 0 },
    from: "user" as const,
    reference: `raise-${amount}`,
  });

  test("is never more than a number counts exactly", async () => {
    const { store, budgets, open, usd } = await setUp();
    expectOk(await open("lead", null, 10));
    const refused = await store.attempt((tx) => budgets.raise(tx, raise(largest - 9)));
    expect(expectRefused(refused).code).toBe("limit_reached");
    expectOk(await store.attempt((tx) => budgets.raise(tx, raise(largest - 10))));
    expect(await usd("lead")).toMatchObject({ allocated: largest });
  });

  test("to one that is reopened counts on top of what it had used, and is what it was given last", async () => {
    const { store, budgets, open } = await setUp();
    const booking = { turnId: "turn", beganAt: 0 };
    const some = { usd: 70, tokens: 7 };
    const spend = () =>
      store.transaction(async (tx) => {
        expectOk(await budgets.hold(tx, "lead", some, booking));
        await budgets.settle(tx, "lead", some, some, booking);
        await budgets.close(tx, "lead");
      });
    expectOk(await open("lead", null, 100));
    for (let time = 0; time < 3; time++) {
      await spend();
      const last = await store.read((reader) => budgets.givenLast(reader, "lead"));
      expect(last).toEqual({ usd: 100, tokens: 1000 });
      expectOk(await store.attempt((tx) => budgets.reopen(tx, "lead", null, last)));
    }
  });
});

describe("the database alone", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["overspending", "UPDATE budgets SET used = used + 1001, change = 'settle' WHERE agent_id = 'lead'"],
    ["reserving more than is free", "UPDATE budgets SET reserved = 1001, change = 'hold' WHERE agent_id = 'lead'"],
    ["a negative balance", "UPDATE budgets SET reserved = -1, change = 'hold' WHERE agent_id = 'lead'"],
    ["own use beyond use", "UPDATE budgets SET own_used = 1, change = 'settle' WHERE agent_id = 'lead'"],
    [
      "raising a child beyond its parent",
      "UPDATE budgets SET allocated = 1001, change = 'reallocate' WHERE agent_id = 'child'",
    ],
    [
      "lowering below what is reserved",
      "UPDATE budgets SET allocated = 599, change = 'reallocate' WHERE agent_id = 'lead'",
    ],
    ["closing with money reserved", "UPDATE budgets SET state = 'closed', change = 'close' WHERE agent_id = 'lead'"],
    ["giving a budget to another", "UPDATE budgets SET agent_id = 'grandchild' WHERE agent_id = 'child'"],
    ["deleting a budget", "DELETE FROM budgets WHERE agent_id = 'child'"],
    [
      "replacing a budget",
      "INSERT OR REPLACE INTO budgets (agent_id, unit, allocated, change, changed_at) VALUES ('child', 'usd', 1, 'allocate', 0)",
    ],
    ["changing the ledger", "UPDATE budget_entries SET used = 0"],
    ["deleting from the ledger", "DELETE FROM budget_entries"],
    [
      "a child's budget beyond its parent's",
      "INSERT INTO budgets (agent_id, unit, allocated, change, changed_at) VALUES ('grandchild', 'usd', 601, 'allocate', 0)",
    ],
    [
      "a budget that begins used",
      "INSERT INTO budgets (agent_id, unit, allocated, used, change, changed_at) VALUES ('grandchild', 'usd', 10, 5, 'allocate', 0)",
    ],
  ];

  test.each(refused)("refuses %s", async (_, sql) => {
    const { store, open } = await setUp();
    expectOk(await open("lead", null, 1000));
    expectOk(await open("child", "lead", 600));
    await expect(store.transaction((tx) => tx.run(sql))).rejects.toThrow();
    expect(await unbalanced(store)).toEqual([]);
  });

  test("writes a ledger entry for every change, whoever makes it", async () => {
    const { store, open } = await setUp();
    expectOk(await open("lead", null, 1000));
    await store.transaction((tx) =>
      tx.run("UPDATE budgets SET allocated = 1500, change = 'reallocate' WHERE agent_id = 'lead' AND unit = 'usd'"),
    );
    expect(await unbalanced(store)).toEqual([]);
  });
});
