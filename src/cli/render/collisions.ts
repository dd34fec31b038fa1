import type { Collision } from "../../protocol/records.ts";
import { type Line, line } from "./line.ts";
import type { NameOf } from "./messages.ts";
import { left, table } from "./table.ts";

/** One line for each file of each collision: whose work, with what, in which file. */
export function collisionLines(collisions: readonly Collision[], nameOf: NameOf): Line[] {
  const rows = collisions.flatMap(({ agentId, otherId, otherBranch, files }) =>
    files.map((file, index) => [
      line(index === 0 ? nameOf(agentId) : ""),
      line(index > 0 ? "" : otherId === null ? `${otherBranch} (your branch)` : nameOf(otherId)),
      line(file),
    ]),
  );
  return table([left("AGENT"), left("COLLIDES WITH"), left("IN")], rows);
}
