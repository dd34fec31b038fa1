import { z } from "zod";
import { ok, type Result } from "../../base/errors.ts";
import { slug } from "../../base/text.ts";
import type { ForecastCommand } from "../../protocol/commands.ts";
import type { Forecast } from "../../protocol/records.ts";
import { forecastOf } from "../budgets/forecast.ts";
import { equalShare } from "../budgets/ledger.ts";
import { suggestedAmount } from "../roles/narrow.ts";
import type { Reader } from "../store/port.ts";
import type { Parts } from "./parts.ts";

/** The newest agents that a forecast rests on, at the most. */
const SAMPLE = 100;

const costRow = z.object({ usd: z.int(), tokens: z.int() });

const sampleOf = (reader: Reader, role: string, model: string) =>
  reader.all(
    costRow,
    `SELECT usd, tokens FROM ended_costs WHERE role = +? AND model = +? ORDER BY ended_at DESC LIMIT ${SAMPLE}`,
    [role, model],
  );

/** What agents may come to before anybody hires them; refuses a model that is not there. */
export async function forecast(parts: Parts, command: ForecastCommand): Promise<Result<Forecast>> {
  const model = await parts.models.open(command.model);
  if (!model.ok) return model;
  const sample = await parts.store.read((reader) => sampleOf(reader, command.role, model.value.id));
  return ok(forecastOf(command, sample, parts.prices.priceOf(model.value.id) !== undefined));
}

/** The same for children of an agent, and what it has free for them. What is not said is as when it hires. */
export async function forecastForParent(
  parts: Parts,
  agentId: string,
  wanted: Pick<ForecastCommand, "agents" | "role"> & {
    readonly model?: string | undefined;
    readonly budgetUsd?: number | undefined;
    readonly budgetTokens?: number | undefined;
  },
): Promise<Result<Forecast & { readonly left: { readonly usd: number; readonly tokens: number } }>> {
  const role = await parts.roles.find(slug(wanted.role));
  if (!role.ok) return role;
  const { agent, left, children } = await parts.store.read(async (reader) => ({
    agent: await parts.agents.require(reader, agentId),
    left: await parts.budgets.free(reader, agentId),
    children: (await parts.agents.children(reader, agentId)).length,
  }));
  const share = (free: number, suggested: number | null | undefined) =>
    suggestedAmount(suggested ?? null, free) ?? equalShare(free, parts.limits.maxChildren - children);
  const made = await forecast(parts, {
    agents: wanted.agents,
    role: wanted.role,
    model: wanted.model ?? role.value?.model ?? agent.model,
    budgetUsd: wanted.budgetUsd ?? share(left.usd, role.value?.budgetUsd),
    budgetTokens: wanted.budgetTokens ?? share(left.tokens, role.value?.budgetTokens),
  });
  return made.ok ? ok({ ...made.value, left }) : made;
}
