import { z } from "zod";
import { formatUsd } from "../../protocol/money.ts";
import { succeed, type TeamStatus, type Tool } from "./tool.ts";

const input = z.strictObject({});

export const teamStatusTool: Tool<z.infer<typeof input>> = {
  name: "team_status",
  description:
    "What you have left of your budget, and of each agent that you hired its status, what it and all below it have used, " +
    "and its result; with the sum of all. To wait for them use wait.",
  input,
  effect: "reads",
  needsWorktree: false,
  run: async (_, { team }) => succeed(JSON.stringify(described(await team.status()), null, 1)),
};

const amounts = ({ usd, tokens }: { readonly usd: number; readonly tokens: number }) => ({
  usd: formatUsd(usd),
  tokens,
});

const described = ({ left, children, total: { open, ended, ...sum } }: TeamStatus) => ({
  left: amounts(left),
  agents: children.map(({ used, result, ...child }) => ({
    ...child,
    used: amounts(used),
    ...(result === null ? {} : { summary: result.summary, files: result.files }),
  })),
  total: { open, ended, ...amounts(sum) },
});
