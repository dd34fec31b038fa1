import { settingKeys } from "../../protocol/settings.ts";
import type { UserSettings } from "../settings/file.ts";
import { type Line, line, span, stacked } from "./line.ts";
import { left, table } from "./table.ts";

/** What counts, one line for each setting, as it is written in the file. */
export function settingLines({ file, values, given }: UserSettings): Line[] {
  const rows = settingKeys.map((key) => [
    line(key),
    line(JSON.stringify(values[key]), given.has(key) ? "bold" : null),
    line(given.has(key) ? "file" : "default", given.has(key) ? "cyan" : "dim"),
  ]);
  return stacked(table([left("SETTING"), left("VALUE"), left("FROM")], rows), [[span("File  ", "dim"), span(file)]]);
}
