import { z } from "zod";
import type { Store } from "../../src/engine/store/port.ts";

const nameRow = z.object({ name: z.string() });
const rowText = z.object({ row: z.string() });

/** Every row of every table but the event log and what migrations leave, as JSON text, in order. */
export async function dumpTables(store: Pick<Store, "read">): Promise<ReadonlyMap<string, readonly string[]>> {
  return store.read(async (reader) => {
    const tables = await reader.all(
      nameRow,
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
         AND name NOT IN ('events', 'schema_migrations') ORDER BY name`,
    );
    const dump = new Map<string, readonly string[]>();
    for (const { name } of tables) {
      const columns = await reader.all(nameRow, "SELECT name FROM pragma_table_info(?) ORDER BY cid", [name]);
      const values = columns.map((column) => `"${column.name}"`).join(", ");
      const rows = await reader.all(rowText, `SELECT json_array(${values}) AS row FROM ${name} ORDER BY 1`);
      dump.set(
        name,
        rows.map(({ row }) => row),
      );
    }
    return dump;
  });
}

const balance = z.object({ agent_id: z.string(), unit: z.string(), same: z.int().nullable() });

/** Every balance that differs from the sum of its ledger. */
export async function unbalanced(store: Pick<Store, "read">) {
  const rows = await store.read((reader) =>
    reader.all(
      balance,
      `SELECT b.agent_id, b.unit, (sum(e.allocated) = b.allocated AND sum(e.reserved) = b.reserved
         AND sum(e.used) = b.used AND sum(e.own_used) = b.own_used AND sum(e.overrun) = b.overrun) AS same
       FROM budgets AS b LEFT JOIN budget_entries AS e ON e.agent_id = b.agent_id AND e.unit = b.unit
       GROUP BY b.agent_id, b.unit ORDER BY b.agent_id, b.unit`,
    ),
  );
  return rows.filter((row) => row.same !== 1);
}
