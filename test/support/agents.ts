import { z } from "zod";
import type { Backend } from "../../src/engine/remote/backend.ts";
import type { AgentRecord, AgentTreeRow } from "../../src/protocol/records.ts";
import type { TranscriptEntry } from "../../src/protocol/transcript.ts";
import { until } from "./processes.ts";
import { expectOk } from "./store.ts";

/** Resolves once an agent, which may not be hired yet, is as wanted. */
export const untilIs = (
  engine: Backend,
  agent: string,
  wanted: Partial<Pick<AgentRecord, "status" | "waitingFor">>,
): Promise<void> =>
  until(`${agent} is ${wanted.waitingFor ?? wanted.status}`, async () => {
    const found = await engine.agents.find(agent);
    if (!found.ok) return false;
    const { status, waitingFor } = found.value;
    return (
      status === (wanted.status ?? status) && (wanted.waitingFor === undefined || waitingFor === wanted.waitingFor)
    );
  });

/** Resolves once the model is called for an agent's turn of this number. */
export const untilCalling = (engine: Backend, agent: string, number: number): Promise<void> =>
  until(`${agent} is in its turn ${number}`, async () => {
    const turns = await engine.agents.turns(agent);
    return turns.ok && turns.value.some((turn) => turn.number === number && turn.status === "calling");
  });

/** An agent's row, by its name. */
export async function rowOf(engine: Backend, name: string): Promise<AgentTreeRow> {
  const row = (await engine.agents.tree()).find((each) => each.name === name);
  if (row === undefined) throw new Error(`there is no ${name}`);
  return row;
}

/** `name status` of every agent, depth first. */
export const statuses = async (engine: Backend): Promise<readonly string[]> =>
  (await engine.agents.tree()).map(({ name, status }) => `${name} ${status}`);

/** Each attempt at each turn: `number.attempt status`. */
export const attempts = async (engine: Backend, agent: string): Promise<readonly string[]> =>
  expectOk(await engine.agents.turns(agent)).map(({ number, attempt, status }) => `${number}.${attempt} ${status}`);

/** What each wait of an agent came to: its answer, and the messages that came behind it. */
export async function restsOf(engine: Backend, agent: string, tool: "wait" | "ask"): Promise<readonly unknown[]> {
  const transcript = expectOk(await engine.agents.transcript(agent));
  return transcript.flatMap((entry, index) => {
    if (entry.kind !== "tool_result" || entry.tool !== tool || entry.isError) return [];
    const rest = transcript.slice(index + 1);
    const next = rest.findIndex(({ kind }) => kind === "reply");
    const behind = next < 0 ? rest : rest.slice(0, next);
    const messages = behind.flatMap((each) => (each.kind === "messages" ? each.messages : []));
    return [{ ...z.object({}).loose().parse(JSON.parse(entry.content)), messages }];
  });
}

/** What an agent's tools answered, in order; only of one tool where it is named. */
export const answersOf = async (engine: Backend, agent: string, tool?: string): Promise<readonly string[]> =>
  expectOk(await engine.agents.transcript(agent))
    .filter((entry): entry is Extract<TranscriptEntry, { kind: "tool_result" }> => entry.kind === "tool_result")
    .filter((entry) => tool === undefined || entry.tool === tool)
    .map(({ content, isError }) => `${isError ? "!" : ""}${content}`);
