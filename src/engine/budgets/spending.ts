import { z } from "zod";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import type { Reader, Transaction } from "../store/port.ts";
import { monthOf } from "./calendar.ts";
import type { SpendingCaps } from "./caps.ts";

/** SQL of the table `spending`: what all teams came to on each day, calls under way at their worst case. Micro-dollars. */

const sums = z.object({ day: z.int(), month: z.int() });

export async function spentOn(reader: Reader, day: string): Promise<{ readonly day: number; readonly month: number }> {
  const row = await reader.get(
    sums,
    `SELECT coalesce(sum(usd) FILTER (WHERE day = ?1), 0) AS day, coalesce(sum(usd), 0) AS month
     FROM spending WHERE day >= ?2 AND day <= ?1`,
    [day, monthOf(day)],
  );
  return row ?? { day: 0, month: 0 };
}

/** Books a change of what a day came to; what is taken off it was booked on it before. */
export async function addSpending(tx: Transaction, day: string, usd: number): Promise<void> {
  if (usd === 0) return;
  if (usd < 0) {
    await tx.run("UPDATE spending SET usd = usd + CAST(? AS INTEGER) WHERE day = ?", [usd, day]);
    return;
  }
  await tx.run(
    `INSERT INTO spending (day, usd) VALUES (?1, CAST(?2 AS INTEGER))
     ON CONFLICT (day) DO UPDATE SET usd = usd + CAST(?2 AS INTEGER)`,
    [day, usd],
  );
}

/** Refuses what would pass a cap, saying which. */
export async function checkCaps(
  reader: Reader,
  caps: SpendingCaps,
  day: string,
  usd: number,
): Promise<Result<undefined>> {
  if (usd === 0 || (caps.perDayUsd === null && caps.perMonthUsd === null)) return ok(undefined);
  const spent = await spentOn(reader, day);
  const reached = [
    { cap: caps.perDayUsd, spent: spent.day, each: "day" },
    { cap: caps.perMonthUsd, spent: spent.month, each: "month" },
  ].find(({ cap, spent }) => cap !== null && spent + usd > cap);
  if (reached?.cap == null) return ok(undefined);
  return refuse(
    "cap_reached",
    `Your cap of ${formatUsd(reached.cap)} a ${reached.each} leaves no room: ${formatUsd(reached.spent)} are spent, a model call may take ${formatUsd(usd)}. Raise banyan.cap.${reached.each === "day" ? "perDay" : "perMonth"} in your settings, or wait until the next ${reached.each}.`,
  );
}
