import type { ArchivedTeam } from "../../protocol/records.ts";
import { type Line, line, span } from "./line.ts";
import { glyphOf } from "./status.ts";
import { left, right, table } from "./table.ts";
import { formatCount, formatInstant, formatUsdColumn, truncate } from "./text.ts";

/** One line for each team. */
export function archivedLines(teams: readonly ArchivedTeam[], timeZone?: string): Line[] {
  const costs = formatUsdColumn(teams.map(({ costUsd }) => costUsd));
  const rows = teams.map((team, index) => [
    [glyphOf(team.status), span(` ${truncate(team.name, 40)}`, "bold")],
    line(team.rootId, "dim"),
    line(formatCount(team.agents)),
    line(formatCount(team.turns)),
    line(formatCount(team.tokens)),
    line(costs[index] ?? ""),
    line(formatInstant(team.archivedAt, timeZone), "dim"),
    line(truncate(team.task, 72)),
  ]);
  const columns = [left("TEAM"), left("ID"), right("AGENTS"), right("TURNS"), right("TOKENS"), right("COST")];
  return table([...columns, left("ARCHIVED"), left("TASK")], rows);
}
