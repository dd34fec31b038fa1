import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createAgentTable } from "../../../../src/engine/agents/agents.ts";
import { archivedTables, bringBack, putAway } from "../../../../src/engine/agents/archive.ts";
import { createBudgets } from "../../../../src/engine/budgets/budgets.ts";
import { noCaps } from "../../../../src/engine/budgets/caps.ts";
import { createInbox } from "../../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../../src/engine/messages/limits.ts";
import type { Store } from "../../../../src/engine/store/port.ts";
import type { FakeClock } from "../../../support/clock.ts";
import { createCountingIds } from "../../../support/ids.ts";
import { insertAgents } from "../../../support/seed.ts";
import { assets, expectOk, expectRefused, openTestStore, temporaryFolder } from "../../../support/store.ts";
import { dumpTables, unbalanced } from "../../../support/tables.ts";

/** The most that a number of JavaScript tells from its neighbours. */
const FORTUNE = Number.MAX_SAFE_INTEGER;

const partsOf = (clock: FakeClock) => ({
  clock,
  agents: createAgentTable(clock),
  budgets: createBudgets(clock, noCaps),
  inbox: createInbox(clock, createCountingIds(), defaultMessageLimits),
});
type TestParts = ReturnType<typeof partsOf>;

/** Two teams, `lead` with `child` and `other` with `junior`, each with money spent and a message that says strange things. */
async function seed(store: Store, parts: TestParts): Promise<void> {
  const { budgets, inbox } = parts;
  await insertAgents(store, [
    ["lead", null],
    ["child", "lead"],
    ["other", null],
    ["junior", "other"],
  ]);
  await store.transaction(async (tx) => {
    for (const [root, child] of [
      ["lead", "child"],
      ["other", "junior"],
    ] as const) {
      expectOk(await budgets.open(tx, root, null, { usd: FORTUNE, tokens: 1000 }));
      expectOk(await budgets.open(tx, child, root, { usd: FORTUNE - 1, tokens: 100 }));
      expectOk(await budgets.hold(tx, child, { usd: FORTUNE - 2, tokens: 10 }, { turnId: "turn", beganAt: 0 }));
      await budgets.settle(
        tx,
        child,
        { usd: FORTUNE - 2, tokens: 10 },
        { usd: FORTUNE, tokens: 7 },
        { turnId: "turn", beganAt: 0 },
      );
      const first = await inbox.send(tx, {
        senderId: root,
        recipientId: child,
        relation: "parent",
        kind: "note",
        priority: "normal",
        body: 'a "b" \\ \u0000 \u0001 \u2028 é 😀 {"x": [1]}',
        payload: { deep: [1, "2", null] },
        thread: { rootId: root, subject: "" },
      });
      await tx.run("UPDATE messages SET in_reply_to = id WHERE id = ?", [first.id]);
    }
  });
}

async function end(store: Store, { agents, budgets }: TestParts, ids: readonly string[]): Promise<void> {
  await store.transaction(async (tx) => {
    for (const id of ids) {
      await agents.move(tx, id, { type: "start" }, { reason: null });
      await agents.move(tx, id, { type: "end", as: "completed" }, { reason: null });
      await budgets.close(tx, id);
    }
  });
}

/** `lead`'s team has ended, `other`'s goes on. */
async function setUp(options: Parameters<typeof openTestStore>[0] = {}) {
  const { store, folder, clock } = await openTestStore(options);
  const parts = partsOf(clock);
  await seed(store, parts);
  await end(store, parts, ["child", "lead"]);
  const archive = (id: string) => store.attempt((tx) => putAway(parts, tx, id));
  const restore = (rootId: string) => store.attempt((tx) => bringBack(parts, tx, { rootId, name: rootId }));
  const attack = (sql: string) => store.transaction((tx) => tx.run(sql));
  return { store, folder, clock, parts, archive, restore, attack };
}

const count = z.object({ rows: z.int() });

describe("an archived team", () => {
  test("leaves the tables, and comes back as it was, to the last micro-dollar and the last character", async () => {
    const { store, archive, restore } = await setUp();
    const before = await dumpTables(store);
    const team = expectOk(await archive("lead"));
    expect(team).toMatchObject({ rootId: "lead", name: "lead", agents: 2, tokens: 7, costUsd: FORTUNE - 2 });
    const meanwhile = await dumpTables(store);
    for (const { name } of archivedTables) expect(meanwhile.get(name)?.join()).not.toMatch(/"(lead|child)"/);
    expect(meanwhile.get("hierarchy")).toHaveLength(3);
    expect(await unbalanced(store)).toEqual([]);
    expectOk(await restore("lead"));
    expect(await dumpTables(store)).toEqual(before);
    expect(await unbalanced(store)).toEqual([]);
  });

  test("is there after the journal was run again", async () => {
    const { store, folder, clock, archive } = await setUp();
    const before = await dumpTables(store);
    expectOk(await archive("lead"));
    const archived = await dumpTables(store);
    await store.close();
    const again = await openTestStore({ folder, clock });
    expect(await dumpTables(again.store)).toEqual(archived);
    const parts = partsOf(again.clock);
    expectOk(await again.store.attempt((tx) => bringBack(parts, tx, { rootId: "lead", name: "lead" })));
    await again.store.close();
    const last = await openTestStore({ folder, clock });
    expect(await dumpTables(last.store)).toEqual(before);
  });

  test("comes back after a migration that gave its tables columns", async () => {
    const { store, folder, clock, archive } = await setUp();
    expectOk(await archive("lead"));
    await store.close();
    const migrations = await temporaryFolder();
    await cp(assets.migrations, migrations, { recursive: true });
    const { length } = await readdir(migrations);
    const later = `ALTER TABLE agents ADD COLUMN later INTEGER NOT NULL DEFAULT 7;
      ALTER TABLE messages ADD COLUMN later TEXT;`;
    await writeFile(join(migrations, `${String(length + 1).padStart(4, "0")}_later.sql`), later);
    const again = await openTestStore({ folder, clock, migrations });
    const parts = partsOf(clock);
    expectOk(await again.store.attempt((tx) => bringBack(parts, tx, { rootId: "lead", name: "lead" })));
    const rows = await again.store.read((reader) =>
      reader.all(count, "SELECT count(*) AS rows FROM agents WHERE later = 7"),
    );
    expect(rows).toEqual([{ rows: 4 }]);
    expectOk(await again.store.attempt((tx) => putAway(parts, tx, "lead")));
  });

  test("has ended as a whole: one that is at work is named, and nothing goes", async () => {
    const { store, parts, archive } = await setUp();
    await end(store, parts, ["junior"]);
    const before = await dumpTables(store);
    expect(expectRefused(await archive("other"))).toEqual({
      code: "illegal_move",
      message: "other is still at work (pending): a team is archived when all of it has ended. Wait, or stop it first.",
    });
    expect(await dumpTables(store)).toEqual(before);
  });

  test("has no merge that was begun and not finished", async () => {
    const { store, archive, attack } = await setUp();
    await attack(
      `INSERT INTO worktrees (agent_id, path, branch, status, base_commit, target_branch, merge_commit, target_before,
         created_at, updated_at) VALUES ('child', '/p', 'banyan/p', 'merging', 'a', 'main', 'b', 'c', 0, 0)`,
    );
    const before = await dumpTables(store);
    expect(expectRefused(await archive("lead")).message).toBe(
      "The merge of child is not finished: merge it again, then archive its team.",
    );
    expect(await dumpTables(store)).toEqual(before);
  });

  test("is archived once and brought back once", async () => {
    const { archive, restore } = await setUp();
    expectOk(await archive("lead"));
    expect(expectRefused(await archive("lead")).code).toBe("not_found");
    expectOk(await restore("lead"));
    expect(expectRefused(await restore("lead")).code).toBe("not_found");
    expectOk(await archive("lead"));
  });
});

const referring = z.object({ name: z.string() });
const column = z.object({ name: z.string(), type: z.string() });

describe("the schema", () => {
  test("has no table that refers to an agent and is not archived with it", async () => {
    const { store } = await openTestStore();
    const rows = await store.read((reader) =>
      reader.all(
        referring,
        `WITH RECURSIVE belongs (name) AS (
           VALUES ('agents')
           UNION
           SELECT t.name FROM belongs JOIN sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f
           WHERE t.type = 'table' AND f."table" = belongs.name
         )
         SELECT name FROM belongs WHERE name <> 'hierarchy' ORDER BY name`,
      ),
    );
    expect(rows.map(({ name }) => name)).toEqual(archivedTables.map(({ name }) => name).sort());
  });

  test("has nothing in those tables that JSON would change", async () => {
    const { store } = await openTestStore();
    for (const { name } of archivedTables) {
      const columns = await store.read((reader) =>
        reader.all(column, "SELECT name, type FROM pragma_table_info(?) ORDER BY cid", [name]),
      );
      expect(columns.filter(({ type }) => type !== "TEXT" && type !== "INTEGER")).toEqual([]);
    }
  });
});

const budgetCopy = (used: string, state = "state") =>
  `json_array(agent_id, unit, ${state}, allocated, reserved, ${used}, own_used, overrun, change, reference, changed_at)`;
const entryCopy = (used: string) =>
  `json_array(seq, agent_id, unit, change, allocated, reserved, ${used}, own_used, overrun, reference, at)`;
const copyInto = "INSERT INTO archived_rows (source, key, root_id, ordinal, row)";
const copyOfBudget = (row: string, of: string, root = of) =>
  `${copyInto} SELECT 'budgets', agent_id || '/' || unit, '${root}', 1, ${row} FROM budgets
   WHERE agent_id = '${of}' AND unit = 'usd'`;
const teamRow = (root: string) =>
  `INSERT INTO archived_teams VALUES ('${root}', 'x', 'x', 'completed', 1, 0, 0, 0, 0, 0, 0, '{}')`;

describe("the database alone", () => {
  const whileThere: readonly (readonly [string, string, string])[] = [
    ["deleting a budget", "DELETE FROM budgets WHERE agent_id = 'child'", "closed, never deleted"],
    ["deleting ledger entries", "DELETE FROM budget_entries WHERE agent_id = 'child'", "append-only"],
    ["archiving a team that is open", teamRow("other"), "when all of it has ended"],
    ["a forged copy of a budget", copyOfBudget(budgetCopy("0"), "lead"), "as they are"],
    ["a copy of an open budget", copyOfBudget(budgetCopy("used"), "junior", "lead"), "as they are"],
    ["a copy that says closed of an open budget", copyOfBudget(budgetCopy("used", "'closed'"), "other", "lead"), "as"],
    [
      "a forged copy of a ledger entry",
      `${copyInto} SELECT 'budget_entries', seq, 'lead', 1, ${entryCopy("1")} FROM budget_entries
       WHERE agent_id = 'lead' LIMIT 1`,
      "ledger as it is",
    ],
    [
      "a budget that comes in closed and was never archived",
      `INSERT INTO budgets SELECT 'late', unit, state, allocated, reserved, used, own_used, overrun, change, reference,
         changed_at FROM budgets WHERE agent_id = 'lead'`,
      "begins with nothing",
    ],
  ];
  test.each(whileThere)("refuses %s", async (_, sql, message) => {
    const { store, attack } = await setUp();
    if (!sql.includes("archived_teams")) await attack(teamRow("lead"));
    const before = await dumpTables(store);
    await expect(attack(sql)).rejects.toThrow(message);
    expect(await dumpTables(store)).toEqual(before);
  });

  const fromCopy = (used: string, change = "json_extract(row, '$[8]')") =>
    `INSERT INTO budgets SELECT ${Array.from({ length: 11 }, (_, index) =>
      index === 5 ? used : index === 8 ? change : `json_extract(row, '$[${index}]')`,
    ).join(", ")} FROM archived_rows WHERE source = 'budgets' AND key = 'lead/usd'`;
  const whileArchived: readonly (readonly [string, string, string])[] = [
    ["changing the archive", "UPDATE archived_rows SET row = '[]'", "does not change"],
    ["deleting from the archive", "DELETE FROM archived_rows", "never deleted"],
    ["deleting a team's row", "DELETE FROM archived_teams", "FOREIGN KEY"],
    [
      "replacing a copy",
      "INSERT OR REPLACE INTO archived_rows SELECT source, key, root_id, ordinal, '[]' FROM archived_rows",
      "archived already",
    ],
    ["bringing a budget back with less used", fromCopy("0"), "begins with nothing"],
    ["bringing a budget back as another change", fromCopy("json_extract(row, '$[5]')", "'settle'"), "begins with"],
    [
      "a new budget beside an archived one",
      "INSERT INTO budgets (agent_id, unit, allocated, change, changed_at) VALUES ('child', 'usd', 1, 'allocate', 0)",
      "budget is archived",
    ],
    [
      "a new agent with an archived one's id",
      `INSERT INTO agents (id, root_id, depth, name, role, task, model, status, created_at)
       VALUES ('child', 'child', 0, 'child', 'coder', 'x', 'm', 'pending', 0)`,
      "this id is archived",
    ],
  ];
  test.each(whileArchived)("of an archived team refuses %s", async (_, sql, message) => {
    const { store, archive, restore, attack } = await setUp();
    const before = await dumpTables(store);
    expectOk(await archive("lead"));
    await expect(attack(sql)).rejects.toThrow(message);
    expectOk(await restore("lead"));
    expect(await dumpTables(store)).toEqual(before);
  });

  test("refuses to delete copies of money that is not back, though the team's agents are", async () => {
    const { store, archive, attack } = await setUp();
    expectOk(await archive("lead"));
    await attack(
      `INSERT INTO agents (id, root_id, depth, name, role, task, model, status, created_at, ended_at)
       VALUES ('lead', 'lead', 0, 'lead', 'coder', 'x', 'm', 'completed', 0, 0)`,
    );
    const before = await dumpTables(store);
    await expect(attack("DELETE FROM archived_rows WHERE source = 'budgets'")).rejects.toThrow("never deleted");
    await expect(attack("DELETE FROM archived_rows WHERE source = 'budget_entries'")).rejects.toThrow("never deleted");
    expect(await dumpTables(store)).toEqual(before);
  });
});
