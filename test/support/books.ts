import type { Backend } from "../../src/engine/remote/backend.ts";
import type { BudgetEntry, BudgetRecord, TurnRecord } from "../../src/protocol/records.ts";
import { expectOk } from "./store.ts";

/** What a balance and an entry of its ledger have in common. */
const columns = ["allocated", "reserved", "used", "ownUsed", "overrun"] as const;

/**
 * What is wrong with the books of all agents: a balance that is not the sum of its ledger, a node that could spend more
 * than it has at any moment, a call that was booked twice or not at all. Call it while nothing runs.
 */
export async function examineBooks(engine: Backend): Promise<readonly string[]> {
  const problems: string[] = [];
  const balances = expectOk(await engine.budgets.list());
  for (const { id, name } of await engine.agents.tree()) {
    const ledger = expectOk(await engine.budgets.ledger(id));
    const turns = expectOk(await engine.agents.turns(id));
    for (const balance of balances.filter(({ agentId }) => agentId === id)) {
      const { unit } = balance;
      const entries = ledger.filter((entry) => entry.unit === unit);
      for (const problem of [...sums(balance, entries), ...moments(entries), ...calls(balance, entries, turns)]) {
        problems.push(`${name} ${unit}: ${problem}`);
      }
    }
  }
  return problems;
}

const sums = (balance: BudgetRecord, entries: readonly BudgetEntry[]): readonly string[] =>
  columns.flatMap((column) => {
    const sum = entries.reduce((total, entry) => total + entry[column], 0);
    return sum === balance[column] ? [] : [`${column} is ${balance[column]}, its ledger adds up to ${sum}`];
  });

/** `used + reserved <= allocated`, after every entry. */
function moments(entries: readonly BudgetEntry[]): readonly string[] {
  let free = 0;
  return entries.flatMap(({ seq, allocated, used, reserved }) => {
    free += allocated - used - reserved;
    return free < 0 ? [`after entry ${seq} it lacks ${-free}`] : [];
  });
}

/** Each attempt is held once, and settled once where it came to an end. */
function calls(
  { unit, unconfirmed }: BudgetRecord,
  entries: readonly BudgetEntry[],
  turns: readonly TurnRecord[],
): readonly string[] {
  const problems: string[] = [];
  let kept = 0;
  for (const turn of turns) {
    const booked = entries.filter(({ reference }) => reference === turn.id);
    const changes = booked.map(({ change }) => change).join();
    const what = `turn ${turn.number}.${turn.attempt} (${turn.status})`;
    const open = turn.status === "unconfirmed" || turn.status === "calling";
    if (!(open ? ["hold"] : ["hold,settle", "hold,release"]).includes(changes)) {
      problems.push(`${what} was booked as ${changes}`);
    }
    if (turn.status === "unconfirmed") kept += booked[0]?.reserved ?? 0;
    const cost = unit === "usd" ? (turn.costUsd ?? 0) : tokensOf(turn);
    const charged = booked.reduce((sum, { ownUsed, overrun }) => sum + ownUsed + overrun, 0);
    if (turn.status === "completed" && charged !== cost)
      problems.push(`${what} cost ${cost} and was charged ${charged}`);
  }
  if (kept !== unconfirmed) problems.push(`${unconfirmed} are unconfirmed, the holds of such turns are ${kept}`);
  return problems;
}

const tokensOf = (turn: TurnRecord): number =>
  turn.inputTokens + turn.outputTokens + turn.cacheReadTokens + turn.cacheWriteTokens;
