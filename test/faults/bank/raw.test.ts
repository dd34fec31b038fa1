import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ConstraintError } from "../../../src/engine/store/port.ts";
import type { Sqlite } from "../../../src/engine/store/sqlite.ts";
import { breachesIn, createScene, insertAgent, insertBudget } from "../../support/budgetScene.ts";

/** Set for a long campaign. */
const RUNS = process.env.BANYAN_LONG === "1" ? 5_000 : 150;
const STATEMENTS = 40;

const known = ["lead", "a", "b", "c", "new", "d", "e", "rival", "ally"];
const strangers = ["x", "y", "z"];
const id = fc.constantFrom(...known, ...strangers);
const unit = fc.constantFrom("usd", "tokens");
const verb = fc.constantFrom("INSERT", "INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE", "REPLACE");
const updating = fc.constantFrom(
  "UPDATE",
  "UPDATE",
  "UPDATE",
  "UPDATE OR REPLACE",
  "UPDATE OR IGNORE",
  "UPDATE OR FAIL",
);
const small = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(90, 100, 190, 191, 500, 1000));

const column = fc.constantFrom("allocated", "reserved", "used", "own_used", "overrun");
const number = fc.oneof(
  { weight: 4, arbitrary: small.map(String) },
  { weight: 4, arbitrary: fc.tuple(column, fc.constantFrom("+", "-"), small).map((parts) => parts.join(" ")) },
  { weight: 2, arbitrary: fc.tuple(column, fc.constantFrom("+", "-"), column).map((parts) => parts.join(" ")) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("-1", "NULL", "1.5", "'x'", "2147483648", "9007199254740991", "9007199254740992"),
  },
);

/** Rows of one agent, of one unit, of several. */
const where = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(id, unit).map(([agent, of]) => `agent_id = '${agent}' AND unit = '${of}'`) },
  { weight: 3, arbitrary: id.map((agent) => `agent_id = '${agent}'`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("state = 'open'", "state = 'closed'", "unit = 'usd'", "reserved > 0", "used = 0", "1"),
  },
);

const assignment = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(column, number).map(([name, value]) => `${name} = ${value}`) },
  { weight: 2, arbitrary: fc.constantFrom("state = 'open'", "state = 'closed'") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("unit = 'usd'", "agent_id = 'd'", "change = 'hold'", "change = 'child_reclaim'"),
  },
);
const anyUpdate = fc
  .tuple(updating, fc.uniqueArray(assignment, { minLength: 1, maxLength: 4 }), where)
  .map(([how, what, rows]) => `${how} budgets SET ${what.join(", ")} WHERE ${rows}`);

/** What the engine would run, with any numbers. */
const usual = (what: (amount: number) => string) =>
  fc.tuple(small, where).map(([amount, rows]) => `UPDATE budgets SET ${what(amount)} WHERE ${rows}`);
const bookings = fc.oneof(
  usual((amount) => `reserved = reserved + ${amount}, change = 'hold'`),
  usual((amount) => `reserved = reserved - ${amount}, change = 'release'`),
  usual((amount) => `reserved = reserved - ${amount}, used = used + ${amount}, own_used = own_used + ${amount}`),
  usual((amount) => `allocated = allocated + ${amount}, change = 'reallocate'`),
  usual((amount) => `allocated = allocated - ${amount}, change = 'reallocate'`),
  usual(() => "state = 'closed', change = 'close'"),
  usual(() => "used = used + reserved, own_used = own_used + reserved, reserved = 0, change = 'confirm'"),
  usual((amount) => `state = 'open', allocated = used + ${amount}, change = 'reopen'`),
);

const budgets = fc
  .tuple(verb, id, unit, number, fc.constantFrom("", "", " ON CONFLICT DO UPDATE SET reserved = 0"))
  .map(([how, agent, of, amount, more]) => insertBudget(agent, of, amount.replace(/[a-z_]+/g, "7"), how) + more);

const parentOf = (agent: string) => `(SELECT parent_id FROM agents WHERE id = '${agent}')`;
const tree = fc.oneof(
  fc.tuple(updating, id).map(
    ([how, agent]) => `${how} agents SET parent_id = (SELECT parent_id FROM agents AS p WHERE p.id = agents.parent_id),
      handed_over_at = 1 WHERE id = '${agent}' AND depth > 1`,
  ),
  id.map(
    (agent) => `UPDATE agents SET parent_id = ${parentOf(agent)}, handed_over_at = 2 WHERE parent_id = '${agent}'`,
  ),
  fc
    .tuple(id, id)
    .map(([agent, to]) => `UPDATE agents SET parent_id = '${to}', handed_over_at = 3 WHERE id = '${agent}'`),
  fc.tuple(id, fc.nat({ max: 3 })).map(([agent, depth]) => `UPDATE agents SET depth = ${depth} WHERE id = '${agent}'`),
  fc
    .tuple(verb, id, fc.option(fc.constantFrom(...known)), fc.constantFrom("lead", "rival"), fc.nat({ max: 4 }))
    .map(([how, agent, parent, root, depth]) => insertAgent(agent, parent, parent === null ? agent : root, depth, how)),
  fc
    .tuple(verb, id, id, fc.nat({ max: 3 }))
    .map(([how, above, below, distance]) => `${how} INTO hierarchy VALUES ('${above}', '${below}', ${distance})`),
  fc
    .tuple(updating, id, fc.nat({ max: 3 }))
    .map(([how, agent, distance]) => `${how} hierarchy SET distance = ${distance} WHERE descendant_id = '${agent}'`),
);

const ledger = fc.oneof(
  fc
    .tuple(
      verb,
      fc.constantFrom("NULL", "1", "5", "-1", "99"),
      id,
      unit,
      fc.array(small, { minLength: 5, maxLength: 5 }),
    )
    .map(
      ([how, seq, agent, of, numbers]) => `${how} INTO budget_entries
      (seq, agent_id, unit, change, allocated, reserved, used, own_used, overrun, at)
      VALUES (${seq}, '${agent}', '${of}', 'settle', ${numbers.join(", ")}, 0)`,
    ),
  fc.tuple(verb, id).map(
    ([how, agent]) => `${how} INTO budget_entries SELECT NULL, agent_id, unit, change, 0, 0, 0, 0, 0, reference, at,
      allocated_after, reserved_after, used_after, own_used_after, overrun_after
      FROM budget_entries WHERE agent_id = '${agent}' ORDER BY seq DESC LIMIT 1`,
  ),
  fc.tuple(updating, column, small).map(([how, name, value]) => `${how} budget_entries SET ${name} = ${value}`),
);

const deletion = fc.oneof(
  where.map((rows) => `DELETE FROM budgets WHERE ${rows}`),
  id.map((agent) => `DELETE FROM agents WHERE id = '${agent}'`),
  id.map((agent) => `DELETE FROM hierarchy WHERE descendant_id = '${agent}'`),
  id.map((agent) => `DELETE FROM budget_entries WHERE agent_id = '${agent}'`),
);

const statement = fc.oneof(
  { weight: 8, arbitrary: bookings },
  { weight: 6, arbitrary: anyUpdate },
  { weight: 4, arbitrary: tree },
  { weight: 3, arbitrary: budgets },
  { weight: 1, arbitrary: ledger },
  { weight: 1, arbitrary: deletion },
  { weight: 1, arbitrary: fc.constantFrom("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s") },
);

/** Whether the database took it. A statement out of place, as COMMIT with nothing to commit, is not taken either. */
function isTaken(database: Sqlite, sql: string): boolean {
  try {
    return database.run(sql, []) > 0;
  } catch (error) {
    if (error instanceof ConstraintError) return false;
    throw error;
  }
}

test("whatever statements the database takes, it breaks none of its laws", { timeout: 1_800_000 }, async () => {
  const open = await createScene();
  const tally = { taken: 0, notTaken: 0 };
  const statements = fc.array(statement, { minLength: 1, maxLength: STATEMENTS, size: "max" });
  const settings = fc.subarray([
    "PRAGMA recursive_triggers = ON",
    "PRAGMA reverse_unordered_selects = ON",
    "PRAGMA count_changes = OFF",
  ]);
  fc.assert(
    fc.property(settings, statements, (pragmas, list) => {
      const database = open();
      for (const pragma of pragmas) database.run(pragma, []);
      for (const sql of list) {
        const taken = isTaken(database, sql);
        tally[taken ? "taken" : "notTaken"] += 1;
        expect(breachesIn(database), sql).toEqual([]);
      }
      database.close();
    }),
    { seed: Number(process.env.BANYAN_SEED ?? 20_261_122), numRuns: RUNS },
  );
  console.info(JSON.stringify({ runs: RUNS, ...tally }));
  expect(tally.taken).toBeGreaterThan(RUNS);
});
