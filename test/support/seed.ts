import type { Store, Transaction } from "../../src/engine/store/port.ts";

/** Inserts an agent by SQL, for tests of rooms below `agents`. */
export async function insertAgent(tx: Transaction, id: string, parentId: string | null = null): Promise<void> {
  await tx.run(
    `INSERT INTO agents (id, parent_id, root_id, depth, name, role, task, model, status, created_at)
     SELECT ?1, ?2, coalesce((SELECT root_id FROM agents WHERE id = ?2), ?1),
       coalesce((SELECT depth + 1 FROM agents WHERE id = ?2), 0), ?1, 'coder', 'a task', 'offline/survey', 'pending', 0`,
    [id, parentId],
  );
}

/** A chain or tree of agents, as `[id, parent]`. */
export const insertAgents = (store: Store, agents: readonly (readonly [string, string | null])[]): Promise<void> =>
  store.transaction(async (tx) => {
    for (const [id, parent] of agents) await insertAgent(tx, id, parent);
  });
