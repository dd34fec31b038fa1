import { readFile } from "node:fs/promises";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { realDisk } from "../../../../src/engine/store/disk.ts";
import { migrate, readMigrations } from "../../../../src/engine/store/migrate.ts";
import { loadSqlite, Sqlite } from "../../../../src/engine/store/sqlite.ts";
import { calls, hire, report, startEngine, write } from "../../../support/engine.ts";
import { createRepository } from "../../../support/repository.ts";
import { assets, expectOk } from "../../../support/store.ts";

/** What goes through a whole table on purpose. */
const allowed: readonly { readonly sql: RegExp; readonly scans: string; readonly why: string }[] = [
  { sql: /FROM agent_tree ORDER BY/, scans: "agents", why: "the tree of all teams" },
  { sql: /FROM messages ORDER BY seq$/, scans: "messages", why: "the messages of all agents" },
  { sql: /FROM budget_balances ORDER BY/, scans: "budgets", why: "the budgets of all agents" },
  {
    sql: /FROM worktrees ORDER BY/,
    scans: "worktrees",
    why: "all worktrees: listed by the user, looked over at a start",
  },
  { sql: /FROM archived_teams ORDER BY/, scans: "archived_teams", why: "all that was archived: listed by the user" },
  { sql: /FROM pragma_table_info/, scans: "pragma_table_info", why: "as many rows as a table has columns" },
  { sql: /FROM schema_migrations/, scans: "schema_migrations", why: "as many rows as there are migrations" },
  { sql: /FROM sqlite_schema/, scans: "sqlite_schema", why: "as many rows as there are tables" },
];

/** Every statement that an engine runs, from its start, over what its user asks for, to a second start. */
async function statementsOfAnEngine(): Promise<readonly string[]> {
  const run = vi.spyOn(Sqlite.prototype, "run");
  const all = vi.spyOn(Sqlite.prototype, "all");
  const repository = await createRepository();
  const { engine, run: runTeam, spawn, scriptFolder } = await startEngine(repository);
  const lead = await runTeam([
    {
      match: { depth: 0 },
      turns: [
        calls(hire("one"), hire("two"), hire("bad")),
        calls(
          ["send_message", { to: "one", body: "Mind the tests.", priority: "high" }],
          ["wait", { until: "children" }],
        ),
        calls(["merge_child", { child: "one" }], ["merge_child", { child: "two" }]),
        report("Done."),
      ],
    },
    { match: { name: "bad" }, turns: [{ text: "", faults: [{ kind: "refusal" }] }, report("No.", "failed")] },
    { match: { name: "one" }, turns: [write("one.txt", "1\n"), report("One.")] },
    {
      match: { name: "two" },
      turns: [calls(["read_file", { path: "README.md" }]), write("two.txt", "2\n"), report("Two.")],
    },
  ]);
  const waiting = await spawn([{ turns: [{ text: "x", faults: [{ kind: "hang" }] }] }], { name: "hangs" });
  expectOk(await engine.messages.send({ to: "hangs", body: "Hello", priority: "urgent" }));
  for (const agent of [lead.id, lead.id.slice(0, 5), "one", undefined]) {
    await engine.agents.tree(agent);
    await engine.messages.list(agent);
    await engine.budgets.list(agent);
    if (agent !== undefined) await engine.budgets.ledger(agent);
    if (agent !== undefined) await engine.agents.turns(agent);
    if (agent !== undefined) await engine.agents.transcript(agent);
  }
  await engine.worktrees.list();
  await engine.worktrees.diff(lead.id);
  expectOk(await engine.worktrees.merge(lead.id));
  expectOk(await engine.agents.archive(lead.id));
  await engine.agents.archived();
  expectOk(await engine.agents.archivedTeam(lead.name));
  expectOk(await engine.agents.restore(lead.id));
  await engine.stop();
  const { engine: again } = await startEngine(repository, { scriptFolder });
  expectOk(await again.agents.stop(waiting.id, "enough"));
  await again.stop();
  return [...new Set([...run.mock.calls, ...all.mock.calls].map(([sql]) => sql))];
}

const planRow = z.object({ detail: z.string() });

/** Tables that a statement goes through from one end to the other. An index of few rows is no table. */
function scansOf(database: Sqlite, sql: string, partial: ReadonlySet<string>): readonly string[] {
  const plan = database.all(`EXPLAIN QUERY PLAN ${sql}`, []).map((row) => planRow.parse(row).detail);
  return plan.flatMap((detail) => {
    const [, table = "", index = ""] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? [];
    return table === "" || table === "CONSTANT" || partial.has(index) ? [] : [table];
  });
}

const nameRow = z.object({ name: z.string() });

const partialIndexes = (database: Sqlite): ReadonlySet<string> => {
  const rows = database.all("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql LIKE '% WHERE %'", []);
  return new Set(rows.map((row) => nameRow.parse(row).name));
};

test("no statement of the engine goes through a whole table, but those that list all of it", async () => {
  const statements = (await statementsOfAnEngine()).filter((sql) =>
    /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql),
  );
  expect(statements.length).toBeGreaterThan(40);
  const database = new Sqlite(await loadSqlite(await readFile(assets.wasm)));
  expectOk(migrate(database, await readMigrations(realDisk, assets.migrations), 0));
  const partial = partialIndexes(database);
  const isAllowed = (sql: string, table: string) => allowed.some((rule) => rule.sql.test(sql) && rule.scans === table);
  const wrong = statements.flatMap((sql) =>
    scansOf(database, sql, partial)
      .filter((table) => !isAllowed(sql, table))
      .map((table) => `${table}: ${sql}`),
  );
  database.close();
  expect(wrong).toEqual([]);
  const unused = allowed.filter((rule) => !statements.some((sql) => rule.sql.test(sql)));
  expect(unused).toEqual([]);
});
