import { z } from "zod";
import type { Backend } from "../../../src/engine/remote/backend.ts";
import type { MessageRecord } from "../../../src/protocol/records.ts";
import { type TranscriptEntry, toolCallsOf } from "../../../src/protocol/transcript.ts";
import { type Called, callsIn } from "../../support/called.ts";
import { expectOk } from "../../support/store.ts";
import { STEPS } from "./levels.ts";

/** What a team came to: the same, however often it was cut off. */
export interface Outcome {
  /** The tree of the lead's branch: every file of the team. */
  readonly tree: string;
  /** Agents' branches that there are, and worktrees with the user's own, without those that are prepared. */
  readonly branches: number;
  readonly worktrees: number;
  readonly agents: readonly {
    readonly name: string;
    readonly parent: string | null;
    readonly depth: number;
    readonly status: string;
    readonly merged: string | undefined;
    readonly summary: string | undefined;
    readonly files: readonly string[] | undefined;
    /** By the number of each turn that was completed, what it cost. */
    readonly turns: readonly (readonly [number: number, costUsd: number | null])[];
  }[];
  /** Who was written to, what for and by whom; what tools sent is left out, since one that was interrupted may not have. */
  readonly messages: readonly string[];
}

export async function outcomeOf(engine: Backend, git: (...args: string[]) => Promise<string>): Promise<Outcome> {
  const rows = await engine.agents.tree();
  const nameOf = new Map(rows.map(({ id, name }) => [id, name]));
  const agents: Outcome["agents"][number][] = [];
  for (const row of rows) {
    const turns = expectOk(await engine.agents.turns(row.id)).filter(({ status }) => status === "completed");
    agents.push({
      name: row.name,
      parent: row.parentId === null ? null : (nameOf.get(row.parentId) ?? "nobody"),
      depth: row.depth,
      status: row.status,
      merged: row.worktree?.status,
      summary: row.result?.summary,
      files: row.result?.files,
      turns: turns.map(({ number, costUsd }) => [number, costUsd] as const),
    });
  }
  const messages = expectOk(await engine.messages.list())
    .filter(({ kind }) => kind !== "note")
    .map(({ kind, senderId, recipientId }) => `${kind} ${nameOf.get(senderId ?? "")} ${nameOf.get(recipientId)}`);
  const branch = rows.find(({ parentId }) => parentId === null)?.worktree?.branch ?? "";
  const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
  const count = async (...args: string[]) => (await git(...args)).split("\n").length;
  return {
    tree: await git("rev-parse", `${branch}^{tree}`),
    branches: await count("for-each-ref", "--format=%(refname)", "refs/heads/banyan"),
    worktrees: (await git("worktree", "list")).split("\n").filter((line) => !line.includes("/.ready-")).length,
    agents: agents.sort(byName),
    messages: messages.sort(),
  };
}

/** What of a team of five levels happened twice, got lost, or stands in a transcript as it can't have been. */
export async function examineTranscripts(engine: Backend): Promise<readonly string[]> {
  const problems: string[] = [];
  const messages = expectOk(await engine.messages.list());
  for (const row of await engine.agents.tree()) {
    const transcript = expectOk(await engine.agents.transcript(row.id));
    const own = messages.filter(({ recipientId }) => recipientId === row.id);
    const found = [...order(transcript), ...readOnce(transcript, own), ...effects(callsIn(transcript), messages)];
    problems.push(...found.map((problem) => `${row.name}: ${problem}`));
  }
  return problems;
}

/** Each call of a reply is answered once, in its order, before the next reply. */
function order(transcript: readonly TranscriptEntry[]): readonly string[] {
  const problems: string[] = [];
  let open: string[] = [];
  for (const [index, entry] of transcript.entries()) {
    if (entry.kind === "tool_result") {
      const expected = open.shift();
      if (entry.callId !== expected) problems.push(`entry ${index} answers ${entry.callId}, not ${expected}`);
    } else {
      if (open.length > 0) problems.push(`entry ${index} comes before the answers to ${open.join()}`);
      open = entry.kind === "reply" ? toolCallsOf(entry).map(({ id }) => id) : [];
    }
  }
  if (open.length > 0) problems.push(`${open.join()} were never answered`);
  return problems;
}

/** What is processed stands in the transcript, once; and nothing else does. */
function readOnce(transcript: readonly TranscriptEntry[], messages: readonly MessageRecord[]): readonly string[] {
  const read = transcript.flatMap((entry) => (entry.kind === "messages" ? entry.messages : []));
  return messages.flatMap(({ id, status, body }) => {
    const times = read.filter((each) => each.id === id).length;
    return times === (status === "processed" ? 1 : 0) ? [] : [`"${body}" is ${status} and was read ${times} times`];
  });
}

const sendInput = z.object({ body: z.string() });
const hireInput = z.object({ name: z.string() });
const pathInput = z.object({ path: z.string() });
const isLog = ({ input }: Called): boolean => pathInput.parse(input).path.startsWith("logs/");

/** Every effect that a tool reported is there once, and one that was interrupted at the most once. */
function effects(called: readonly Called[], messages: readonly MessageRecord[]): readonly string[] {
  const problems: string[] = [];
  const expectTimes = (what: string, times: number, { failed }: Called) => {
    if (times > 1 || (times === 0 && !failed)) problems.push(`${what} is there ${times} times`);
  };
  for (const call of called.filter(({ tool }) => tool === "send_message")) {
    const { body } = sendInput.parse(call.input);
    expectTimes(`the message "${body}"`, messages.filter((each) => each.body === body).length, call);
  }
  const log = called.find(({ tool }) => tool === "read_file")?.answer.split("\n") ?? [];
  const appended = called.filter((call) => call.tool === "edit_file" && isLog(call));
  if (appended.length !== STEPS) problems.push(`${appended.length} lines were to be logged`);
  for (const [index, call] of appended.entries()) {
    expectTimes(`line ${index + 1} of its log`, log.filter((line) => line === `${index + 1}`).length, call);
  }
  const hired = called.filter(({ tool, failed }) => tool === "spawn_agent" && !failed);
  const names = hired.map(({ input }) => hireInput.parse(input).name);
  if (new Set(names).size !== names.length) problems.push(`it hired ${names.join()}`);
  return problems;
}
