import { z } from "zod";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";

/**
 * SQL of the table `archived_rows`: rows of any table as JSON arrays, moved there and back inside the database. Integers
 * and texts come back as they were; the journal holds one statement for each table, not the rows.
 */

/** Of a team by its root, the parameter `?1`. */
const MEMBERS = "SELECT id FROM agents WHERE root_id = +?1";

const columnRow = z.object({ name: z.string() });

/** What a table has now: later versions of it may have more. */
export async function columnsOf(reader: Reader, table: string): Promise<readonly string[]> {
  const rows = await reader.all(columnRow, "SELECT name FROM pragma_table_info(?) ORDER BY cid", [table]);
  return rows.map(({ name }) => name);
}

const listed = (columns: readonly string[]): string => columns.map((name) => `"${name}"`).join(", ");

const valueAt = (index: number): string => `json_extract(row, '$[${index}]')`;

export async function copyRows(
  tx: Transaction,
  { name, owner, key, order = key }: TeamTable,
  columns: readonly string[],
  rootId: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO archived_rows (source, key, root_id, ordinal, row)
     SELECT '${name}', CAST(${key.join(" || '/' || ")} AS TEXT), ?1, row_number() OVER (ORDER BY ${listed(order)}),
       json_array(${listed(columns)})
     FROM ${name} WHERE ${owner} IN (${MEMBERS}) ORDER BY ${listed(order)}`,
    [rootId],
  );
}

export async function deleteRows(tx: Transaction, { name, owner }: TeamTable, rootId: string): Promise<void> {
  await tx.run(`DELETE FROM ${name} WHERE ${owner} IN (${MEMBERS})`, [rootId]);
}

/** Puts a team's rows back where they were; columns that the table got since have their defaults. */
export async function bringBackRows(
  tx: Transaction,
  table: string,
  columns: readonly string[],
  rootId: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO ${table} (${listed(columns)}) SELECT ${columns.map((_, index) => valueAt(index)).join(", ")}
     FROM archived_rows WHERE root_id = +?1 AND source = '${table}' ORDER BY ordinal`,
    [rootId],
  );
}

export async function deleteCopies(tx: Transaction, rootId: string): Promise<void> {
  await tx.run("DELETE FROM archived_rows WHERE root_id = +?1", [rootId]);
}

/** Of all agents of all archived teams. */
export async function archivedAgentIds(reader: Reader): Promise<readonly string[]> {
  const rows = await reader.all(keyRow, "SELECT key FROM archived_rows WHERE source = 'agents' ORDER BY key", []);
  return rows.map(({ key }) => key);
}

const keyRow = z.object({ key: z.string() });

/** A team's rows as a table to select from, with `?1` as its root; a column that they have not is null. */
export function copiesAsTable(source: string, columns: readonly string[], copied: readonly string[]): string {
  const values = columns.map(
    (name) => `${copied.includes(name) ? valueAt(copied.indexOf(name)) : "NULL"} AS "${name}"`,
  );
  return `(SELECT ${values.join(", ")} FROM archived_rows WHERE root_id = +?1 AND source = '${source}')`;
}
