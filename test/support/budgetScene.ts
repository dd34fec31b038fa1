import { readFile } from "node:fs/promises";
import { realDisk } from "../../src/engine/store/disk.ts";
import { migrate, readMigrations } from "../../src/engine/store/migrate.ts";
import { loadSqlite, Sqlite } from "../../src/engine/store/sqlite.ts";
import { databaseLaws } from "./budgetLaws.ts";
import { assets, expectOk } from "./store.ts";

/** Agents by id: who hired them, and what they were given in each unit. `new` has no budget yet. */
const agents: readonly (readonly [id: string, parent: string | null, allocated: number | null])[] = [
  ["lead", null, 1000],
  ["a", "lead", 500],
  ["b", "a", 300],
  ["c", "b", 100],
  ["new", "b", null],
  ["d", "lead", 200],
  ["e", "d", 100],
  ["rival", null, 1000],
  ["ally", "rival", 500],
];

export const insertAgent = (id: string, parent: string | null, root: string, depth: number, verb = "INSERT"): string =>
  `${verb} INTO agents (id, parent_id, root_id, depth, name, role, task, model, status, created_at)
   VALUES ('${id}', ${parent === null ? "NULL" : `'${parent}'`}, '${root}', ${depth}, '${id}', '', '', '', 'pending', 0)`;

export const insertBudget = (id: string, unit: string, allocated: number | string, verb = "INSERT"): string =>
  `${verb} INTO budgets (agent_id, unit, allocated, change, changed_at)
   VALUES ('${id}', '${unit}', ${allocated}, 'allocate', 0)`;

/** Of `e`, 30 were used of what it was given, and it has closed. Everybody else holds 10 for a call. */
const SPENDING = [
  "UPDATE budgets SET used = 30, own_used = 30, change = 'settle' WHERE agent_id = 'e'",
  "UPDATE budgets SET state = 'closed', change = 'close' WHERE agent_id = 'e'",
  "UPDATE budgets SET reserved = reserved + 10, change = 'hold' WHERE state = 'open'",
];

function script(): readonly string[] {
  const placed = new Map<string | null, { root: string | undefined; depth: number }>([
    [null, { root: undefined, depth: -1 }],
  ]);
  const hired = agents.flatMap(([id, parent, allocated]) => {
    const above = placed.get(parent);
    const at = { root: above?.root ?? id, depth: (above?.depth ?? -1) + 1 };
    placed.set(id, at);
    const budgets = allocated === null ? [] : ["usd", "tokens"].map((unit) => insertBudget(id, unit, allocated));
    return [insertAgent(id, parent, at.root, at.depth), ...budgets];
  });
  return [...hired, ...SPENDING];
}

/**
 * Opens databases in which the same two teams have the same budgets. `version`: of the schema that they were written
 * under, before they were brought to the newest.
 */
export async function createScene(version?: number): Promise<() => Sqlite> {
  const engine = await loadSqlite(await readFile(assets.wasm));
  const database = new Sqlite(engine);
  const migrations = await readMigrations(realDisk, assets.migrations);
  expectOk(migrate(database, migrations.slice(0, version), 0));
  for (const sql of script()) database.run(sql, []);
  expectOk(migrate(database, migrations, 0));
  const image = Buffer.concat([...database.image()].map((piece) => piece.slice()));
  database.close();
  const readNow = (into: Uint8Array, offset: number) => into.set(image.subarray(offset, offset + into.length));
  return () => new Sqlite(engine, { size: image.length, readNow, close() {} });
}

/** Breaches of the laws that the database holds by itself. */
export const breachesIn = (database: Sqlite): readonly unknown[] => database.all(databaseLaws, []);

/** All that a statement on budgets can change. */
export const contentOf = (database: Sqlite): string =>
  JSON.stringify(
    ["agents", "hierarchy", "budgets", "budget_entries"].map((table) =>
      database.all(`SELECT * FROM ${table} ORDER BY 1, 2`, []),
    ),
  );
