import { ok, type Result, refuse } from "../../base/errors.ts";
import type { BudgetRecord } from "../../protocol/records.ts";
import { type BudgetUnit, budgetUnits } from "../../protocol/words.ts";
import { agentArgument, defineCommand } from "../command.ts";
import { amountIn, formatAmount, freeOf } from "../render/budget.ts";
import { type Line, span } from "../render/line.ts";
import { parseBudget, parseTokens } from "../request.ts";
import { commanding } from "../session.ts";
import { leavesIdle, noteIdle } from "../team.ts";

export const raiseCommand = defineCommand({
  name: "raise",
  summary: "Give an agent more to spend; one that waits for budget goes on",
  details: [
    "The amount is added to what it has. Of an agent below another one it is taken from what those above it have free,\nand only what they lack is added to theirs.",
    "--json prints an array of the agent's balances. Money is in micro-dollars.",
  ],
  examples: ["raise lead 0.50", "raise parser --tokens 200000"],
  arguments: {
    agent: agentArgument,
    usd: { placeholder: "USD", help: "Dollars to add", presence: "optional" },
  },
  values: { tokens: { placeholder: "N", example: "200000", help: "Tokens to add" } },
  flags: {},
  async run(input, context) {
    const amounts = parseAmounts(input.optional("usd"), input.value("tokens"));
    if (!amounts.ok) return amounts;
    const word = input.argument("agent");
    const raised = await commanding(context, word, async (engine) => {
      const agent = await engine.agents.find(word);
      if (!agent.ok) return agent;
      const balances = await engine.budgets.raise({ agent: agent.value.id, ...amounts.value });
      if (!balances.ok) return balances;
      const { name, status } = agent.value;
      return ok({ name, balances: balances.value, idle: leavesIdle(engine) && status !== "paused" });
    });
    if (!raised.ok) return raised;
    const { name, balances, idle } = raised.value;
    if (context.json) context.terminal.json(balances);
    else context.terminal.print(...raisedLines(name, amounts.value, balances));
    if (idle && !context.json) noteIdle(context);
    return ok(0);
  },
});

type Amounts = Readonly<Record<BudgetUnit, number>>;

function parseAmounts(usd: string | undefined, tokens: string | undefined): Result<Amounts> {
  if (usd === undefined && tokens === undefined) {
    return refuse("bad_input", "Say by how much: banyan raise AGENT 0.50, or banyan raise AGENT --tokens 200000.");
  }
  const dollars = parseBudget(usd, 0, "for instance banyan raise AGENT 0.50");
  if (!dollars.ok) return dollars;
  const count = parseTokens(tokens, 0);
  return count.ok ? ok({ usd: dollars.value, tokens: count.value }) : count;
}

const raisedLines = (name: string, amounts: Amounts, balances: readonly BudgetRecord[]): Line[] =>
  budgetUnits.flatMap((unit) => {
    const balance = balances.find((each) => each.unit === unit);
    if (amounts[unit] === 0 || balance === undefined) return [];
    const now = `: ${formatAmount(balance.allocated, unit)} in all, ${formatAmount(freeOf(balance), unit)} free`;
    return [[span("✓ ", "green"), span(name, "bold"), span(` has ${amountIn(amounts[unit], unit)} more${now}`)]];
  });
