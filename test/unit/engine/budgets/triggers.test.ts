import { beforeAll, describe, expect, test } from "vitest";
import { ConstraintError } from "../../../../src/engine/store/port.ts";
import type { Sqlite } from "../../../../src/engine/store/sqlite.ts";
import { breachesIn, contentOf, createScene, insertAgent, insertBudget } from "../../../support/budgetScene.ts";

/**
 * What the database holds alone, whatever is run on it. It can't know what only the engine knows, so that a statement may
 * still give a root more (it is the user's money, whoever writes it), put money aside or release a hold without a call,
 * settle one at what it likes, add to an overrun, name a change and its time as it likes, and leave a budget open whose
 * agent has ended. All of this stands in the ledger, and no law is broken by it. Nor can it stand up to who drops its
 * triggers, or has SQLite ignore its constraints by a PRAGMA.
 */

/** Statements of which the last one is tried; those before it are taken. */
type Trial = readonly [what: string, ...sql: readonly string[]];

const LARGEST = Number.MAX_SAFE_INTEGER;

const set = (what: string, where: string) => `UPDATE budgets SET ${what} WHERE ${where}`;
const usdOf = (id: string) => `agent_id = '${id}' AND unit = 'usd'`;
const handOver = (id: string, to: string, more = "") =>
  `UPDATE agents SET parent_id = '${to}', handed_over_at = 1 ${more} WHERE id = '${id}'`;
const enter = (values: string, verb = "INSERT") =>
  `${verb} INTO budget_entries (seq, agent_id, unit, change, allocated, reserved, used, own_used, overrun, at)
   VALUES (${values})`;
const AFTER = "allocated_after, reserved_after, used_after, own_used_after, overrun_after";
const release = (id: string) => set("reserved = reserved - 10", `agent_id = '${id}'`);
const close = (id: string) => set("state = 'closed'", `agent_id = '${id}'`);

const freeOfParent = `(SELECT p.allocated - p.used - p.reserved FROM budgets AS p JOIN agents ON parent_id = p.agent_id
  WHERE agents.id = budgets.agent_id AND p.unit = budgets.unit)`;

const atEachLevel = ["lead", "a", "b", "c"].flatMap((id): Trial[] => [
  [`spending one more than ${id} has free`, set("used = allocated - reserved + 1, own_used = used + 1", usdOf(id))],
  [`spending far more than ${id} has`, set("used = used + 10000, own_used = own_used + 10000", usdOf(id))],
  [`reserving one more than ${id} has free`, set("reserved = allocated - used + 1", usdOf(id))],
  [`taking away what ${id} has reserved`, set("allocated = used + reserved - 1", usdOf(id))],
  [`closing ${id} while it holds money for a call`, close(id)],
  [`closing ${id} and dropping what it holds`, set("state = 'closed', reserved = 0", usdOf(id))],
  [`use by nobody at ${id}`, set("used = used + 1", usdOf(id))],
  [`own use of ${id} that is no use`, set("own_used = own_used + 1", usdOf(id))],
]);

const ofEachChild = ["a", "b", "c", "d"].map(
  (id): Trial => [
    `raising ${id} by one more than its parent has free`,
    set(`allocated = allocated + 1 + ${freeOfParent}`, usdOf(id)),
  ],
);

const ofEachParent = ["lead", "a", "b"].flatMap((id): Trial[] => [
  [
    `spending what the children of ${id} were given`,
    set("used = used + reserved, own_used = own_used + reserved, reserved = 0", usdOf(id)),
  ],
  [`releasing one more than ${id} holds itself`, set("reserved = reserved - 11", usdOf(id))],
]);

const ofEachNumber = ["allocated", "reserved", "used", "own_used", "overrun"].flatMap((column): Trial[] => [
  [`a negative ${column}`, set(`${column} = -1`, usdOf("c"))],
  [`a fraction as ${column}`, set(`${column} = 10.5`, usdOf("c"))],
  [`a text as ${column}`, set(`${column} = 'much'`, usdOf("c"))],
  [`a blob as ${column}`, set(`${column} = x'31'`, usdOf("c"))],
  [`nothing as ${column}`, set(`${column} = NULL`, usdOf("c"))],
  [`more than 64 bits as ${column}`, set(`${column} = 9223372036854775807 + 1`, usdOf("rival"))],
]);

const ofRows: readonly Trial[] = [
  [
    "taking use back",
    set("used = used + 5, own_used = own_used + 5", usdOf("c")),
    set("used = 0, own_used = 0", usdOf("c")),
  ],
  ["taking an overrun back", set("overrun = 5", usdOf("c")), set("overrun = 4", usdOf("c"))],
  ["forgetting what a closed child used", set("used = 0", usdOf("d"))],
  ["more than can be counted exactly", set(`allocated = ${LARGEST} + 1`, usdOf("lead"))],
  [
    "beginning with more than can be counted",
    insertAgent("x", null, "x", 0),
    insertBudget("x", "usd", `${LARGEST} + 1`),
  ],
  [
    "a raise in both units that fits in one",
    set("reserved = reserved + 190", "agent_id = 'b' AND unit = 'tokens'"),
    set("allocated = allocated + 190", "agent_id = 'c'"),
  ],
  ["a raise of every budget at once", set("allocated = allocated + 200", "state = 'open'")],
  ["a hold at every budget at once that does not fit in one", set("reserved = reserved + 150", "state = 'open'")],
  ["a release at every budget at once that one does not hold", set("reserved = reserved - 11", "state = 'open'")],
  ["a raise that does not fit, or none", `UPDATE OR IGNORE budgets SET allocated = 1000 WHERE ${usdOf("c")}`],
  ["nothing used, by default", `UPDATE OR REPLACE budgets SET used = NULL WHERE ${usdOf("d")}`],
  ["nothing reserved, by default", `UPDATE OR REPLACE budgets SET reserved = NULL WHERE ${usdOf("b")}`],
  ["swapped units", set("unit = iif(unit = 'usd', 'tokens', 'usd')", "agent_id = 'c'")],
  ["another unit", set("unit = 'yen'", usdOf("c"))],
  ["a third unit", insertBudget("c", "yen", 1)],
  ["another owner", set("agent_id = 'new'", "agent_id = 'c'")],
  ["another owner instead of it", "UPDATE OR REPLACE budgets SET agent_id = 'd' WHERE agent_id = 'c'"],
  ["another state", set("state = 'frozen'", usdOf("c"))],
  ["a change that is none", set("change = 'gift'", usdOf("c"))],
  ["deleting a budget", `DELETE FROM budgets WHERE ${usdOf("c")}`],
  ["deleting every budget", "DELETE FROM budgets"],
  ["replacing a budget", insertBudget("c", "usd", 1, "INSERT OR REPLACE")],
  ["replacing a root's budget", insertBudget("lead", "usd", 5000, "REPLACE")],
  ["a second budget", insertBudget("c", "usd", 1)],
  ["a second budget that changes the first", `${insertBudget("c", "usd", 1)} ON CONFLICT DO UPDATE SET reserved = 0`],
];

const ofChildren: readonly Trial[] = [
  ["a budget of nobody", insertBudget("nobody", "usd", 1)],
  ["giving a child one more than is free", insertBudget("new", "usd", 191)],
  ["giving a child one more than is free, or nothing", insertBudget("new", "usd", 191, "INSERT OR IGNORE")],
  ["giving a child all there is", insertBudget("new", "usd", LARGEST)],
  ["giving a child less than nothing", insertBudget("new", "usd", -1)],
  [
    "giving a child what fits in the other unit",
    set("reserved = reserved + 190", "agent_id = 'b' AND unit = 'tokens'"),
    insertBudget("new", "usd", 100),
    insertBudget("new", "tokens", 1),
  ],
  ["giving from a budget that is closed", insertAgent("x", "e", "lead", 3), insertBudget("x", "usd", 0)],
  ["giving without a budget", insertAgent("x", "new", "lead", 4), insertBudget("x", "usd", 0)],
  ...["state = 'closed'", "reserved = 1", "used = 1", "own_used = 1", "overrun = 1"].map((begins): Trial => {
    const [column, value] = begins.split(" = ");
    return [
      `a budget that begins with ${begins}`,
      `INSERT INTO budgets (agent_id, unit, allocated, ${column}, change, changed_at)
       VALUES ('new', 'usd', 9, ${value}, 'allocate', 0)`,
    ];
  }),
  [
    "a budget that begins as something else",
    "INSERT INTO budgets (agent_id, unit, allocated, change, changed_at) VALUES ('new', 'usd', 9, 'reopen', 0)",
  ],
];

const ofClosedOnes: readonly Trial[] = [
  ["closing above an open child", release("b"), close("b")],
  [
    "closing above an open child that was given nothing",
    insertBudget("new", "usd", 0),
    release("c"),
    close("c"),
    release("b"),
    set("state = 'closed'", usdOf("b")),
  ],
  ["closing everything at once, parents first", set("state = 'closed'", "state = 'open'")],
  ["spending from a closed budget", set("used = used + 1, own_used = own_used + 1", usdOf("e"))],
  ["holding from a closed budget", set("reserved = 1", usdOf("e"))],
  ["raising a closed budget", set("allocated = allocated + 1", usdOf("e"))],
  [
    "reopening with one more than the parent has free",
    set(`state = 'open', allocated = used + 1 + ${freeOfParent}`, usdOf("e")),
  ],
  ["reopening with less used", set("state = 'open', used = 0, own_used = 0", usdOf("e"))],
  ["reopening with more used", set("state = 'open', used = 40", usdOf("e"))],
  ["reopening with a hold that does not fit", set("state = 'open', reserved = 71", usdOf("e"))],
  ["reopening below a closed parent", release("d"), close("d"), set("state = 'open'", usdOf("e"))],
];

const ofTheLedger: readonly Trial[] = [
  ["changing the ledger", "UPDATE budget_entries SET used = 0"],
  ["changing the order of the ledger", "UPDATE budget_entries SET seq = seq + 1000"],
  ["deleting from the ledger", "DELETE FROM budget_entries WHERE seq = 1"],
  ["entering what did not happen", enter("NULL, 'c', 'usd', 'settle', 0, 0, 5, 5, 0, 0")],
  ["entering nothing", enter("NULL, 'c', 'usd', 'settle', 0, 0, 0, 0, 0, 0")],
  ["entering for nobody", enter("NULL, 'nobody', 'usd', 'settle', 0, 0, 0, 0, 0, 0")],
  ["replacing an entry", enter("1, 'lead', 'usd', 'allocate', 0, 0, 0, 0, 0, 0", "INSERT OR REPLACE")],
  ["replacing an entry by itself", "INSERT OR REPLACE INTO budget_entries SELECT * FROM budget_entries"],
  [
    "entering again what happened last",
    `INSERT INTO budget_entries SELECT NULL, agent_id, unit, change, allocated, reserved, used, own_used, overrun, reference, at, ${AFTER} FROM budget_entries ORDER BY seq DESC LIMIT 1`,
  ],
  ...["9223372036854775807", "0", "-1", "10000"].map(
    (seq): Trial => [
      `a true entry out of order, at ${seq}`,
      `INSERT INTO budget_entries SELECT ${seq}, agent_id, unit, change, 0, 0, 0, 0, 0, reference, at, ${AFTER} FROM budget_entries ORDER BY seq DESC LIMIT 1`,
    ],
  ),
];

const ofTheTree: readonly Trial[] = [
  ["handing over to a stranger", handOver("c", "d")],
  ["handing over two levels up", handOver("c", "lead")],
  ["handing over to a descendant", handOver("a", "c")],
  ["handing over to itself", handOver("b", "b")],
  ["handing over into another team", handOver("b", "rival")],
  ["handing over into another team, root and all", handOver("b", "rival", ", root_id = 'rival'")],
  ["handing over to nobody", handOver("c", "nobody")],
  ["handing over without saying when", "UPDATE agents SET parent_id = 'a' WHERE id = 'c'"],
  ["handing over what has closed", handOver("e", "lead")],
  ["handing over with a depth of one's own", handOver("c", "a", ", depth = 2")],
  ["handing over everybody, roots too", "UPDATE agents SET parent_id = 'lead', handed_over_at = 1"],
  [
    "making a root of a child",
    "UPDATE agents SET parent_id = NULL, root_id = id, depth = 0, handed_over_at = 1 WHERE id = 'a'",
  ],
  [
    "making a child of a root",
    "UPDATE agents SET parent_id = 'lead', root_id = 'lead', depth = 1, handed_over_at = 1 WHERE id = 'rival'",
  ],
  ["a change of depth", "UPDATE agents SET depth = depth + 1 WHERE id = 'c'"],
  ["a change of every depth", "UPDATE agents SET depth = depth + 1 WHERE depth > 0"],
  ["replacing an agent by one elsewhere", insertAgent("c", "lead", "lead", 1, "INSERT OR REPLACE")],
  ["replacing an agent by a root", insertAgent("c", null, "c", 0, "REPLACE")],
  ["replacing an agent by another's name", "UPDATE OR REPLACE agents SET name = 'a' WHERE id = 'c'"],
  [
    "replacing an agent by a new one of its name",
    insertAgent("x", "lead", "lead", 1, "REPLACE").replace("1, 'x'", "1, 'c'"),
  ],
  ["another id", "UPDATE agents SET id = 'x' WHERE id = 'c'"],
  ["deleting an agent", "DELETE FROM agents WHERE id = 'c'"],
  ["an agent below itself", insertAgent("x", "x", "lead", 1)],
  ["an agent two levels below its parent", insertAgent("x", "lead", "lead", 2)],
  ["an agent of another team than its parent", insertAgent("x", "lead", "rival", 1)],
  ["a root below others", insertAgent("x", null, "lead", 0)],
  ["an ancestor that is none", "INSERT INTO hierarchy VALUES ('d', 'c', 1)"],
  ["a distance instead of another", "INSERT OR REPLACE INTO hierarchy VALUES ('lead', 'c', 1)"],
  ["deleting an ancestor", "DELETE FROM hierarchy WHERE ancestor_id = 'b' AND descendant_id = 'c'"],
  ["deleting the hierarchy", "DELETE FROM hierarchy"],
  ["another distance", "UPDATE hierarchy SET distance = 2 WHERE ancestor_id = 'b' AND descendant_id = 'c'"],
  ["another ancestor", "UPDATE hierarchy SET ancestor_id = 'd' WHERE ancestor_id = 'b' AND descendant_id = 'c'"],
  [
    "another ancestor instead of it",
    "UPDATE OR REPLACE hierarchy SET ancestor_id = 'lead' WHERE ancestor_id = 'b' AND descendant_id = 'c'",
  ],
];

const refused = [
  ...atEachLevel,
  ...ofEachChild,
  ...ofEachParent,
  ...ofEachNumber,
  ...ofRows,
  ...ofChildren,
  ...ofClosedOnes,
  ...ofTheLedger,
  ...ofTheTree,
];

/** Up to the very limit. */
const taken: readonly Trial[] = [
  ["spending all that is free", set("used = used + 390, own_used = own_used + 390", usdOf("ally"))],
  ["holding all that is free", set("reserved = allocated - used", usdOf("c"))],
  ["holding nothing", set("reserved = reserved", usdOf("c"))],
  ["giving a child all that is free", insertBudget("new", "usd", 190)],
  ["giving a child nothing", insertBudget("new", "usd", 0)],
  ["raising a child by all that its parent has free", set(`allocated = allocated + ${freeOfParent}`, usdOf("c"))],
  ["lowering a child to what it has reserved", set("allocated = 10", usdOf("c"))],
  [
    "reopening with all that the parent has free",
    set(`state = 'open', allocated = used + ${freeOfParent}`, usdOf("e")),
  ],
  ["reopening with nothing", set("state = 'open', allocated = used", usdOf("e"))],
  ["closing from below", release("c"), close("c"), release("b"), close("b"), release("a"), close("a")],
  ["handing over one level up, twice", handOver("c", "a"), handOver("c", "lead")],
  ["handing over several at once", "UPDATE agents SET parent_id = 'a', handed_over_at = 1 WHERE parent_id = 'b'"],
  ["handing over with all below it", handOver("b", "lead")],
  [
    "as much as can be counted",
    set(`allocated = ${LARGEST}`, usdOf("lead")),
    set(`allocated = ${LARGEST} - 210`, usdOf("a")),
  ],
  ["a change of every budget at once that fits in each", set("reserved = reserved + 5", "state = 'open'")],
];

test("a ledger that an older version wrote goes on as it would have", async () => {
  const older = (await createScene(3))();
  const newer = (await createScene())();
  for (const database of [older, newer]) {
    expect(breachesIn(database)).toEqual([]);
    database.run(set("reserved = reserved - 10, used = used + 10, own_used = own_used + 10", "state = 'open'"), []);
    database.run(close("c"), []);
  }
  expect(contentOf(older)).toBe(contentOf(newer));
  for (const database of [older, newer]) database.close();
});

let open: () => Sqlite;

beforeAll(async () => {
  open = await createScene();
});

describe.each([
  ["alone", [], []],
  ["in a transaction", ["BEGIN"], ["COMMIT"]],
  ["with recursive triggers", ["PRAGMA recursive_triggers = ON"], []],
  ["with foreign keys looked at last", ["BEGIN", "PRAGMA defer_foreign_keys = ON"], ["COMMIT"]],
])("a statement %s", (_, before, after) => {
  const prepare = (sql: readonly string[]) => {
    const database = open();
    for (const each of [...before, ...sql]) database.run(each, []);
    return database;
  };

  test.each(refused)("is refused: %s", (_, ...sql) => {
    const database = prepare(sql.slice(0, -1));
    const content = contentOf(database);
    expect(() => {
      for (const each of [...sql.slice(-1), ...after]) database.run(each, []);
    }).toThrow(ConstraintError);
    if (after.length === 0) expect(contentOf(database)).toBe(content);
    database.abandon();
    expect(breachesIn(database)).toEqual([]);
    database.close();
  });

  test.each(taken)("is taken: %s", (_, ...sql) => {
    const database = prepare(sql);
    for (const each of after) database.run(each, []);
    expect(breachesIn(database)).toEqual([]);
    database.close();
  });
});
