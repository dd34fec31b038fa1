import type { AgentTreeRow } from "../../protocol/records.ts";

/** What stands before each agent's mark: `├─ `, `│  └─ `, nothing for a root. By agent id. */
export function branchesOf(rows: readonly Pick<AgentTreeRow, "id" | "parentId">[]): ReadonlyMap<string, string> {
  const known = new Set(rows.map(({ id }) => id));
  const lastChild = new Map(rows.map(({ parentId, id }) => [parentId, id]));
  const stems = new Map<string, string>();
  const branches = new Map<string, string>();
  for (const { id, parentId } of rows) {
    if (parentId === null || !known.has(parentId)) {
      branches.set(id, "");
      stems.set(id, "");
      continue;
    }
    const stem = stems.get(parentId) ?? "";
    const isLast = lastChild.get(parentId) === id;
    branches.set(id, `${stem}${isLast ? "└─ " : "├─ "}`);
    stems.set(id, `${stem}${isLast ? "   " : "│  "}`);
  }
  return branches;
}

/** What stands before a line that belongs to an agent, below its own: its branch goes on, and so do those below it. */
export function stemsBelow(rows: readonly Pick<AgentTreeRow, "id" | "parentId">[]): ReadonlyMap<string, string> {
  const parents = new Set(rows.map(({ parentId }) => parentId));
  const branches = branchesOf(rows);
  return new Map(
    rows.map(({ id }) => {
      const own = (branches.get(id) ?? "").replace("├─ ", "│  ").replace("└─ ", "   ");
      return [id, parents.has(id) ? `${own}│` : `${own} `];
    }),
  );
}
