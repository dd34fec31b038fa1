import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Disk } from "./disk.ts";
import type { Sqlite } from "./sqlite.ts";

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

const appliedSchema = z.object({ version: z.int(), name: z.string(), checksum: z.string() });

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/** Reads `0001_initial.sql`, `0002_….sql`, … in order; throws when a number is missing or doubled. */
export async function readMigrations(disk: Disk, folder: string): Promise<readonly Migration[]> {
  const files = (await disk.list(folder)).filter((file) => file.endsWith(".sql"));
  return Promise.all(
    files.map(async (file, index) => {
      const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file);
      if (match === null || Number(match[1]) !== index + 1) {
        throw new Error(`${file} is not migration ${index + 1}: name it NNNN_what_it_does.sql, without a gap`);
      }
      const content = (await disk.read(join(folder, file))) ?? new Uint8Array();
      return {
        version: index + 1,
        name: match[2] ?? "",
        sql: new TextDecoder().decode(content),
        checksum: createHash("sha256").update(content).digest("hex"),
      };
    }),
  );
}

/**
 * Brings a database to the newest version, each migration in a transaction of its own. Refuses a database from a newer
 * Banyan, or one that a different migration made, without touching it. Answers how many migrations it applied.
 */
export function migrate(database: Sqlite, migrations: readonly Migration[], now: number): Result<number> {
  const applied = appliedMigrations(database);
  const newest = applied.at(-1);
  if (newest !== undefined && newest.version > migrations.length) {
    return refuse(
      "store_newer",
      `The store is of version ${newest.version}, made by a newer Banyan; this one knows ${migrations.length}. Update Banyan.`,
    );
  }
  const changed = applied.find((row) => migrations[row.version - 1]?.checksum !== row.checksum);
  if (changed !== undefined) {
    return refuse(
      "store_damaged",
      `The store was made by another migration ${changed.version} (${changed.name}) than this Banyan has. Use the Banyan that made it.`,
    );
  }
  database.script(MIGRATIONS_TABLE);
  const missing = migrations.slice(applied.length);
  for (const migration of missing) apply(database, migration, now);
  return ok(missing.length);
}

function appliedMigrations(database: Sqlite) {
  const [table] = database.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'",
    [],
  );
  if (table === undefined) return [];
  const rows = database.all("SELECT version, name, checksum FROM schema_migrations ORDER BY version", []);
  return rows.map((row) => appliedSchema.parse(row));
}

function apply(database: Sqlite, migration: Migration, now: number): void {
  database.begin();
  try {
    database.script(migration.sql);
    database.run("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)", [
      migration.version,
      migration.name,
      migration.checksum,
      now,
    ]);
    database.commit();
  } catch (error) {
    database.rollback();
    throw new Error(`migration ${migration.version} (${migration.name}) failed: ${messageOf(error)}`, { cause: error });
  }
}
