import { z } from "zod";
import type { Reader } from "../../src/engine/store/port.ts";

/** What the database holds of budgets, and the laws over it, in SQL that shares nothing with the engine's. */

const textRow = z.object({ text: z.string().nullable() });

const BALANCES = `SELECT concat_ws(char(10),
  (SELECT group_concat(concat_ws(' ', b.agent_id, coalesce(a.parent_id, '-'), a.depth, b.unit, b.state, b.allocated,
      b.reserved, b.used, b.own_used, b.overrun), char(10) ORDER BY b.agent_id, b.unit)
    FROM budgets AS b JOIN agents AS a ON a.id = b.agent_id),
  (SELECT group_concat(concat_ws(' ', agent_id, turns, calling), char(10) ORDER BY agent_id)
    FROM (SELECT agent_id, count(*) AS turns, max(id) FILTER (WHERE status = 'calling') AS calling
      FROM turns GROUP BY agent_id)),
  (SELECT group_concat(concat_ws(' ', day, usd), char(10) ORDER BY day) FROM spending)) AS text`;

/**
 * Every balance in a line: agent, parent, depth, unit, state, and its numbers. Then how many calls each agent made, and
 * which is under way. Then what was spent on each day.
 */
export async function balancesIn(reader: Reader): Promise<string> {
  return (await reader.get(textRow, BALANCES))?.text ?? "";
}

const OVERSPENT = `
  SELECT concat_ws(' ', agent_id, unit, 'used + reserved > allocated') AS text FROM budgets
  WHERE used + reserved > allocated`;

const UNBALANCED = `
  SELECT concat_ws(' ', b.agent_id, b.unit, 'is not the sum of its ledger')
  FROM budgets AS b LEFT JOIN (
    SELECT agent_id, unit, sum(allocated) AS allocated, sum(reserved) AS reserved, sum(used) AS used,
      sum(own_used) AS own_used, sum(overrun) AS overrun
    FROM budget_entries GROUP BY agent_id, unit
  ) AS e ON e.agent_id = b.agent_id AND e.unit = b.unit
  WHERE (b.allocated, b.reserved, b.used, b.own_used, b.overrun)
    IS NOT (e.allocated, e.reserved, e.used, e.own_used, e.overrun)`;

/** Below an agent that has ended nothing is open, and what its parent counts is what its children are. */
const ENTANGLED = `
  SELECT concat_ws(' ', b.agent_id, b.unit, 'is open below a closed one')
  FROM budgets AS b JOIN agents AS a ON a.id = b.agent_id
    JOIN budgets AS p ON p.agent_id = a.parent_id AND p.unit = b.unit
  WHERE b.state = 'open' AND p.state = 'closed'
  UNION ALL
  SELECT concat_ws(' ', p.agent_id, p.unit, 'does not add up with its children')
  FROM budgets AS p
    LEFT JOIN agents AS a ON a.parent_id = p.agent_id
    LEFT JOIN budgets AS c ON c.agent_id = a.id AND c.unit = p.unit
  GROUP BY p.agent_id, p.unit
  HAVING p.reserved < coalesce(sum(c.allocated) FILTER (WHERE c.state = 'open'), 0)
    OR p.used - p.own_used <> coalesce(sum(c.used) FILTER (WHERE c.state = 'closed'), 0)`;

/** Depth, root and hierarchy as the parents make them. */
const MISPLACED = `
  SELECT concat_ws(' ', line.descendant, 'is not placed as its parents are')
  FROM (
    WITH RECURSIVE line (ancestor, descendant, distance) AS (
      SELECT id, id, 0 FROM agents
      UNION ALL
      SELECT a.parent_id, line.descendant, line.distance + 1
      FROM line JOIN agents AS a ON a.id = line.ancestor WHERE a.parent_id IS NOT NULL
    )
    SELECT line.*, a.root_id, a.depth, above.parent_id AS further FROM line
      JOIN agents AS a ON a.id = line.descendant JOIN agents AS above ON above.id = line.ancestor
  ) AS line LEFT JOIN hierarchy AS h ON h.ancestor_id = line.ancestor AND h.descendant_id = line.descendant
  WHERE h.distance IS NOT line.distance
    OR line.further IS NULL AND (line.root_id <> line.ancestor OR line.depth <> line.distance)
  UNION ALL
  SELECT 'the hierarchy has pairs that are none'
  WHERE (SELECT count(*) FROM hierarchy) <> (SELECT coalesce(sum(depth + 1), 0) FROM agents)`;

/**
 * What a root was given is what its tree has spent, holds for calls that are under way or were never answered, and has
 * free.
 */
const LOST = `
  SELECT concat_ws(' ', root, unit, 'was given', given, 'but has', spent, '+', held, '+', free)
  FROM (
    WITH RECURSIVE tree (root, id) AS (
      SELECT id, id FROM agents WHERE parent_id IS NULL
      UNION ALL SELECT tree.root, a.id FROM tree JOIN agents AS a ON a.parent_id = tree.id
    )
    SELECT tree.root, b.unit,
      sum(b.allocated) FILTER (WHERE tree.id = tree.root) AS given,
      sum(b.own_used) AS spent,
      sum(CASE WHEN b.state = 'open' THEN coalesce((
        SELECT sum(iif(b.unit = 'usd', t.held_usd, t.held_tokens)) FROM turns AS t JOIN agents AS a ON a.id = t.agent_id
        WHERE t.agent_id = b.agent_id AND t.status IN ('calling', 'unconfirmed') AND t.number > a.turns_before
      ), 0) ELSE 0 END) AS held,
      sum(CASE WHEN b.state = 'open' OR tree.id = tree.root THEN b.allocated - b.used - b.reserved ELSE 0 END) AS free
    FROM tree JOIN budgets AS b ON b.agent_id = tree.id GROUP BY tree.root, b.unit
  ) WHERE given <> spent + held + free`;

const breachRow = z.object({ text: z.string() });
const breaches = (...laws: readonly string[]) => laws.join("\nUNION ALL\n");

/** Breaches of what the database holds by itself, whoever writes to it: one row each, `text`. */
export const databaseLaws = breaches(OVERSPENT, UNBALANCED, ENTANGLED, MISPLACED);
const ALL_LAWS = breaches(databaseLaws, LOST);

/** Every breach of a law, in words. */
export const breachesIn = async (reader: Reader): Promise<string[]> =>
  (await reader.all(breachRow, ALL_LAWS)).map(({ text }) => text);
