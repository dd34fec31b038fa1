import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import type { BenchReport } from "./report.ts";

/** Of Node, of sql.js, and of the SQLite that Node brings. */
export async function versions(): Promise<BenchReport["versions"]> {
  const packageJson: unknown = JSON.parse(await readFile("node_modules/sql.js/package.json", "utf8"));
  const sqlJs =
    typeof packageJson === "object" && packageJson !== null && "version" in packageJson
      ? String(packageJson.version)
      : "?";
  const sqlite = new DatabaseSync(":memory:").prepare("SELECT sqlite_version() AS version").get();
  return { node: process.version, "sql.js": sqlJs, "node:sqlite": String(sqlite?.version) };
}
