import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import {
  type BudgetEntry,
  type BudgetRecord,
  budgetEntrySchema,
  budgetRecordSchema,
  type SpendingRecord,
} from "../../protocol/records.ts";
import { type BudgetUnit, budgetUnits } from "../../protocol/words.ts";
import type { Reader, Transaction } from "../store/port.ts";
import type { TeamTable } from "../store/teamTable.ts";
import { dayOf } from "./calendar.ts";
import type { SpendingCaps } from "./caps.ts";
import { type Amounts, raisesAlong, settlement } from "./ledger.ts";
import { addSpending, checkCaps, spentOn } from "./spending.ts";

/** The model call that a change is for. */
export interface Booking {
  /** Id of the turn. */
  readonly turnId: string;
  /** Milliseconds since the Unix epoch. Its money counts on the day on which it began. */
  readonly beganAt: number;
}

/** Who pays for a raise, and what it is known by, so that it takes effect once. */
export interface Raise {
  /** A way down the tree: from the one who gives to the one who gets. */
  readonly path: readonly string[];
  readonly amounts: Amounts;
  /** `user`: the first of the path gets what is missing from the user; `first`: it gives what it has free, no more. */
  readonly from: "user" | "first";
  readonly reference: string;
}

/** What an agent and all below it have used, at a moment. */
export interface Use {
  readonly unit: BudgetUnit;
  readonly used: number;
  readonly allocated: number;
}

/** The room that owns the tables `budgets`, `budget_entries`, `budget_alerts` and `spending`; triggers move the money. */
export interface Budgets {
  /** Opens an agent's budget, which the database takes from its parent's; refuses what the parent hasn't free. */
  open(tx: Transaction, agentId: string, parentId: string | null, amounts: Amounts): Promise<Result<void>>;
  /** Sets the worst case of a call aside; refuses what doesn't fit in the budget, or under the user's caps. */
  hold(tx: Transaction, agentId: string, worst: Amounts, booking: Booking): Promise<Result<void>>;
  /** Books what a call came to against its hold; answers what went beyond it. */
  settle(tx: Transaction, agentId: string, held: Amounts, charged: Amounts, booking: Booking): Promise<Amounts>;
  /** Gives an agent more to spend. What those above it lack for it is raised with it, as far as the first one has it. */
  raise(tx: Transaction, raise: Raise): Promise<Result<void>>;
  /** Opens an ended agent's budget again, with so much to spend on top of what it has used. */
  reopen(tx: Transaction, agentId: string, parentId: string | null, amounts: Amounts): Promise<Result<void>>;
  /** Closes an agent's budget: holds nobody could settle count as used, the rest goes back to the parent. */
  close(tx: Transaction, agentId: string): Promise<void>;
  free(reader: Reader, agentId: string): Promise<Amounts>;
  /** What it was given since it was opened the last time, on top of what it had used by then. */
  givenLast(reader: Reader, agentId: string): Promise<Amounts>;
  /** Of an agent and all below it: visits the whole subtree. */
  use(reader: Reader, agentId: string): Promise<Use[]>;
  /** Notes that a percentage of an allocation was reached; false where that was noted before. */
  noteAlert(tx: Transaction, agentId: string, use: Use, percent: number): Promise<boolean>;
  spending(reader: Reader): Promise<SpendingRecord>;
  list(reader: Reader, agentId?: string): Promise<BudgetRecord[]>;
  ledger(reader: Reader, agentId: string): Promise<BudgetEntry[]>;
}

const COLUMNS = `agent_id AS "agentId", unit, state, allocated, reserved, used, own_used AS "ownUsed", overrun,
  unconfirmed`;
const amountRow = z.object({ unit: z.enum(budgetUnits), amount: z.int() });
const useRow = z.object({ unit: z.enum(budgetUnits), used: z.int(), allocated: z.int() });

const byUnit = (rows: readonly z.infer<typeof amountRow>[]): Amounts => {
  const of = (unit: BudgetUnit) => rows.find((row) => row.unit === unit)?.amount ?? 0;
  return { usd: of("usd"), tokens: of("tokens") };
};
export const budgetTables: readonly TeamTable[] = [
  { name: "budgets", owner: "agent_id", key: ["agent_id", "unit"] },
  { name: "budget_entries", owner: "agent_id", key: ["seq"] },
  { name: "budget_alerts", owner: "agent_id", key: ["agent_id", "unit", "allocated", "percent"] },
];

const describe = (unit: BudgetUnit, amount: number): string =>
  unit === "usd" ? formatUsd(amount) : `${amount} tokens`;

/** What is given in all is a number that is read exactly; all that is spent of it is no larger. */
const isCountable = (amount: number): boolean => amount <= Number.MAX_SAFE_INTEGER;
const tooLarge = (unit: BudgetUnit): Result<never> =>
  refuse("limit_reached", `No budget is larger than ${describe(unit, Number.MAX_SAFE_INTEGER)}.`);

const firstMissing = (available: Amounts, wanted: Amounts): BudgetUnit | undefined =>
  budgetUnits.find((unit) => wanted[unit] > available[unit]);

/** In SQL: the amount of a row's unit. */
const byUnitOf = (usd: string, tokens: string): string =>
  `iif(unit = 'usd', CAST(${usd} AS INTEGER), CAST(${tokens} AS INTEGER))`;

export function createBudgets(clock: Clock, caps: SpendingCaps): Budgets {
  const free = async (reader: Reader, agentId: string): Promise<Amounts> =>
    byUnit(
      await reader.all(
        amountRow,
        `SELECT unit, allocated - used - reserved AS amount FROM budgets
         WHERE agent_id = +? AND state = 'open' ORDER BY unit`,
        [agentId],
      ),
    );

  const sumOf = async (reader: Reader, agentId: string, column: "allocated" | "used"): Promise<Amounts> =>
    byUnit(
      await reader.all(amountRow, `SELECT unit, ${column} AS amount FROM budgets WHERE agent_id = +? ORDER BY unit`, [
        agentId,
      ]),
    );

  /** Refuses what a parent hasn't free; a root's money is the user's. */
  const fitsInto = async (tx: Transaction, parentId: string | null, amounts: Amounts): Promise<Result<void>> => {
    if (parentId === null) return ok(undefined);
    const available = await free(tx, parentId);
    const missing = firstMissing(available, amounts);
    if (missing === undefined) return ok(undefined);
    return refuse(
      "budget_exceeded",
      `A budget of ${describe(missing, amounts[missing])} does not fit: the most that can be given is ${describe(missing, available[missing])}.`,
    );
  };

  const raiseUnit = async (tx: Transaction, unit: BudgetUnit, raise: Raise): Promise<Result<void>> => {
    const { path, amounts, reference } = raise;
    const left: number[] = [];
    for (const agentId of path.slice(0, -1)) left.push((await free(tx, agentId))[unit]);
    const raises = raisesAlong(left, amounts[unit]);
    const missing = raises[0] ?? 0;
    if (raise.from === "first" && missing > 0) {
      return refuse(
        "budget_exceeded",
        `${describe(unit, amounts[unit])} more can't be given: ${describe(unit, missing)} are missing.`,
      );
    }
    const given = await sumOf(tx, path[0] ?? "", "allocated");
    if (!isCountable(given[unit] + missing)) return tooLarge(unit);
    for (const [index, agentId] of path.entries()) {
      if (raises[index] === 0) continue;
      await tx.run(
        `UPDATE budgets SET allocated = allocated + CAST(? AS INTEGER), change = 'reallocate', reference = ?,
           changed_at = ? WHERE agent_id = ? AND unit = ?`,
        [raises[index] ?? 0, reference, clock.now(), agentId, unit],
      );
    }
    return ok(undefined);
  };

  const wasRaised = async (reader: Reader, agentId: string, reference: string): Promise<boolean> => {
    const entry = await reader.get(
      z.object({ seq: z.int() }),
      "SELECT seq FROM budget_entries WHERE agent_id = +? AND change = 'reallocate' AND reference = ? ORDER BY seq LIMIT 1",
      [agentId, reference],
    );
    return entry !== undefined;
  };

  return {
    free,

    givenLast: async (reader, agentId) =>
      byUnit(
        await reader.all(
          amountRow,
          `SELECT unit, allocated - used + (
             SELECT coalesce(sum(entry.used), 0) FROM budget_entries AS entry
             WHERE entry.agent_id = budgets.agent_id AND entry.unit = budgets.unit AND entry.seq > (
               SELECT coalesce(max(seq), 0) FROM budget_entries AS opening
               WHERE opening.agent_id = budgets.agent_id AND opening.unit = budgets.unit AND opening.change = 'reopen'
             )
           ) AS amount
           FROM budgets WHERE agent_id = +? ORDER BY unit`,
          [agentId],
        ),
      ),

    async raise(tx, raise) {
      const agentId = raise.path.at(-1);
      if (agentId === undefined) throw new Error("a raise is for somebody");
      if (await wasRaised(tx, agentId, raise.reference)) return ok(undefined);
      for (const unit of budgetUnits) {
        const raised = await raiseUnit(tx, unit, raise);
        if (!raised.ok) return raised;
      }
      await tx.emit({ type: "budget.raised", agentId, ...raise.amounts });
      return ok(undefined);
    },

    async reopen(tx, agentId, parentId, amounts) {
      const fits = await fitsInto(tx, parentId, amounts);
      if (!fits.ok) return fits;
      const used = await sumOf(tx, agentId, "used");
      const large = budgetUnits.find((unit) => !isCountable(used[unit] + amounts[unit]));
      if (large !== undefined) return tooLarge(large);
      for (const unit of budgetUnits) {
        await tx.run(
          `UPDATE budgets SET state = 'open', allocated = used + CAST(? AS INTEGER), change = 'reopen',
             reference = NULL, changed_at = ? WHERE agent_id = ? AND unit = ?`,
          [amounts[unit], clock.now(), agentId, unit],
        );
      }
      return ok(undefined);
    },

    use: (reader, agentId) =>
      reader.all(useRow, "SELECT unit, used, allocated FROM budget_use WHERE agent_id = +? ORDER BY unit", [agentId]),

    async noteAlert(tx, agentId, { unit, used, allocated }, percent) {
      const noted = await tx.run(
        `INSERT INTO budget_alerts (agent_id, unit, allocated, percent, used, at)
         VALUES (?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER), ?) ON CONFLICT DO NOTHING`,
        [agentId, unit, allocated, percent, used, clock.now()],
      );
      if (noted === 0) return false;
      await tx.emit({ type: "budget.alert", agentId, unit, percent, used, allocated });
      return true;
    },

    async open(tx, agentId, parentId, amounts) {
      const fits = await fitsInto(tx, parentId, amounts);
      if (!fits.ok) return fits;
      for (const unit of budgetUnits) {
        await tx.run(
          `INSERT INTO budgets (agent_id, unit, allocated, change, changed_at)
           VALUES (?, ?, CAST(? AS INTEGER), 'allocate', ?)`,
          [agentId, unit, amounts[unit], clock.now()],
        );
      }
      return ok(undefined);
    },

    async hold(tx, agentId, worst, { turnId, beganAt }) {
      const available = await free(tx, agentId);
      const missing = firstMissing(available, worst);
      if (missing !== undefined) {
        return refuse(
          "budget_exceeded",
          `The budget is too small: a model call may take ${describe(missing, worst[missing])}, left of it: ${describe(missing, available[missing])}.`,
        );
      }
      const day = dayOf(beganAt);
      const capped = await checkCaps(tx, caps, day, worst.usd);
      if (!capped.ok) return capped;
      await addSpending(tx, day, worst.usd);
      await tx.run(
        `UPDATE budgets SET reserved = reserved + ${byUnitOf("?1", "?2")}, change = 'hold', reference = ?3, changed_at = ?4
         WHERE agent_id = ?5`,
        [worst.usd, worst.tokens, turnId, clock.now(), agentId],
      );
      return ok(undefined);
    },

    async settle(tx, agentId, held, charged, { turnId, beganAt }) {
      await addSpending(tx, dayOf(beganAt), charged.usd - held.usd);
      const usd = settlement(held.usd, charged.usd);
      const tokens = settlement(held.tokens, charged.tokens);
      const change = (amount: number) => (amount === 0 ? "release" : "settle");
      await tx.run(
        `UPDATE budgets SET
           reserved = reserved - ${byUnitOf("?1", "?2")},
           used = used + ${byUnitOf("?3", "?4")},
           own_used = own_used + ${byUnitOf("?3", "?4")},
           overrun = overrun + ${byUnitOf("?5", "?6")},
           change = iif(unit = 'usd', ?7, ?8), reference = ?9, changed_at = ?10
         WHERE agent_id = ?11`,
        [
          held.usd,
          held.tokens,
          usd.used,
          tokens.used,
          usd.overrun,
          tokens.overrun,
          change(charged.usd),
          change(charged.tokens),
          turnId,
          clock.now(),
          agentId,
        ],
      );
      return { usd: usd.overrun, tokens: tokens.overrun };
    },

    async close(tx, agentId) {
      await tx.run(
        `UPDATE budgets SET used = used + reserved, own_used = own_used + reserved, reserved = 0,
           change = 'confirm', reference = NULL, changed_at = ?
         WHERE agent_id = ? AND state = 'open' AND reserved > 0`,
        [clock.now(), agentId],
      );
      await tx.run(
        `UPDATE budgets SET state = 'closed', change = 'close', reference = NULL, changed_at = ?
         WHERE agent_id = ? AND state = 'open'`,
        [clock.now(), agentId],
      );
    },

    async spending(reader) {
      const spent = await spentOn(reader, dayOf(clock.now()));
      return {
        day: { usd: spent.day, capUsd: caps.perDayUsd },
        month: { usd: spent.month, capUsd: caps.perMonthUsd },
      };
    },

    list: (reader, agentId) =>
      agentId === undefined
        ? reader.all(budgetRecordSchema, `SELECT ${COLUMNS} FROM budget_balances ORDER BY agent_id, unit`)
        : reader.all(budgetRecordSchema, `SELECT ${COLUMNS} FROM budget_balances WHERE agent_id = +? ORDER BY unit`, [
            agentId,
          ]),

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
