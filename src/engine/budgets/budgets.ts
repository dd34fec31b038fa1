import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import { type BudgetEntry, type BudgetRecord, budgetEntrySchema, budgetRecordSchema } from "../../protocol/records.ts";
import { type BudgetUnit, budgetUnits } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import { type Amounts, settlement } from "./ledger.ts";

/** The room that owns the tables `budgets` and `budget_entries`; the triggers there move money between agents. */
export interface Budgets {
  /** Opens an agent's budget, which the database takes from its parent's; refuses what the parent hasn't free. */
  open(tx: Transaction, agentId: string, parentId: string | null, amounts: Amounts): Promise<Result<void>>;
  /** Sets the worst case of a call aside; refuses what doesn't fit, saying what is missing. */
  hold(tx: Transaction, agentId: string, worst: Amounts, reference: string): Promise<Result<void>>;
  /** Books what a call came to against its hold; answers what went beyond it. */
  settle(tx: Transaction, agentId: string, held: Amounts, charged: Amounts, reference: string): Promise<Amounts>;
  /** Closes an agent's budget: holds nobody could settle count as used, the rest goes back to the parent. */
  close(tx: Transaction, agentId: string): Promise<void>;
  free(reader: Reader, agentId: string): Promise<Amounts>;
  list(reader: Reader, agentId?: string): Promise<BudgetRecord[]>;
  ledger(reader: Reader, agentId: string): Promise<BudgetEntry[]>;
}

const COLUMNS = `agent_id AS "agentId", unit, state, allocated, reserved, used, own_used AS "ownUsed", overrun`;
const freeSchema = z.object({ unit: z.enum(budgetUnits), free: z.int() });

const describe = (unit: BudgetUnit, amount: number): string =>
  unit === "usd" ? formatUsd(amount) : `${amount} tokens`;

export function createBudgets(clock: Clock): Budgets {
  const free = async (reader: Reader, agentId: string): Promise<Amounts> => {
    const rows = await reader.all(
      freeSchema,
      `SELECT unit, allocated - used - reserved AS free FROM budgets
       WHERE agent_id = +? AND state = 'open' ORDER BY unit`,
      [agentId],
    );
    const of = (unit: BudgetUnit) => rows.find((row) => row.unit === unit)?.free ?? 0;
    return { usd: of("usd"), tokens: of("tokens") };
  };

  const firstMissing = (available: Amounts, wanted: Amounts): BudgetUnit | undefined =>
    budgetUnits.find((unit) => wanted[unit] > available[unit]);

  return {
    free,

    async open(tx, agentId, parentId, amounts) {
      if (parentId !== null) {
        const available = await free(tx, parentId);
        const missing = firstMissing(available, amounts);
        if (missing !== undefined) {
          return refuse(
            "budget_exceeded",
            `A budget of ${describe(missing, amounts[missing])} does not fit: the most that can be given is ${describe(missing, available[missing])}.`,
          );
        }
      }
      for (const unit of budgetUnits) {
        await tx.run(
          `INSERT INTO budgets (agent_id, unit, allocated, change, changed_at)
           VALUES (?, ?, CAST(? AS INTEGER), 'allocate', ?)`,
          [agentId, unit, amounts[unit], clock.now()],
        );
      }
      return ok(undefined);
    },

    async hold(tx, agentId, worst, reference) {
      const available = await free(tx, agentId);
      const missing = firstMissing(available, worst);
      if (missing !== undefined) {
        return refuse(
          "budget_exceeded",
          `The budget is too small: a model call may take ${describe(missing, worst[missing])}, left of it: ${describe(missing, available[missing])}.`,
        );
      }
      for (const unit of budgetUnits) {
        await tx.run(
          `UPDATE budgets SET reserved = reserved + CAST(? AS INTEGER), change = 'hold', reference = ?, changed_at = ?
           WHERE agent_id = ? AND unit = ?`,
          [worst[unit], reference, clock.now(), agentId, unit],
        );
      }
      return ok(undefined);
    },

    async settle(tx, agentId, held, charged, reference) {
      const overrun = { usd: 0, tokens: 0 };
      for (const unit of budgetUnits) {
        const booked = settlement(held[unit], charged[unit]);
        overrun[unit] = booked.overrun;
        await tx.run(
          `UPDATE budgets SET
             reserved = reserved - CAST(?1 AS INTEGER),
             used = used + CAST(?2 AS INTEGER),
             own_used = own_used + CAST(?2 AS INTEGER),
             overrun = overrun + CAST(?3 AS INTEGER),
             change = ?4, reference = ?5, changed_at = ?6
           WHERE agent_id = ?7 AND unit = ?8`,
          [
            held[unit],
            booked.used,
            booked.overrun,
            charged[unit] === 0 ? "release" : "settle",
            reference,
            clock.now(),
            agentId,
            unit,
          ],
        );
      }
      return overrun;
    },

    async close(tx, agentId) {
      await tx.run(
        `UPDATE budgets SET used = used + reserved, own_used = own_used + reserved, reserved = 0,
           change = 'confirm', changed_at = ?
         WHERE agent_id = ? AND state = 'open' AND reserved > 0`,
        [clock.now(), agentId],
      );
      await tx.run(
        `UPDATE budgets SET state = 'closed', change = 'close', reference = NULL, changed_at = ?
         WHERE agent_id = ? AND state = 'open'`,
        [clock.now(), agentId],
      );
    },

    list: (reader, agentId) =>
      agentId === undefined
        ? reader.all(budgetRecordSchema, `SELECT ${COLUMNS} FROM budgets ORDER BY agent_id, unit`)
        : reader.all(budgetRecordSchema, `SELECT ${COLUMNS} FROM budgets WHERE agent_id = +? ORDER BY unit`, [agentId]),

    ledger: (reader, agentId) =>
      reader.all(
        budgetEntrySchema,
        `SELECT seq, agent_id AS "agentId", unit, change, allocated, reserved, used, own_used AS "ownUsed", overrun,
           reference, at
         FROM budget_entries WHERE agent_id = +? ORDER BY seq`,
        [agentId],
      ),
  };
}
