import type { AgentRecord, MessageRecord } from "../../protocol/records.ts";
import type { InboxMessage } from "../../protocol/transcript.ts";
import type { Reader } from "../store/port.ts";
import type { WaitUntil } from "../tools/tool.ts";
import { openChildren } from "./children.ts";
import type { Move } from "./lifecycle.ts";
import type { Parts } from "./parts.ts";

/** What a call of `wait` or `ask` waits for. */
export interface Wait {
  readonly until: WaitUntil;
  /** Null: for as long as it takes. */
  readonly timeoutMs: number | null;
  /** When it first began to wait; null: it does now. Milliseconds since the Unix epoch. */
  readonly since: number | null;
}

/** What is there for an agent that waits. */
export interface Look {
  readonly due: readonly InboxMessage[];
  readonly openChildren: readonly AgentRecord[];
  /** To the question whose answer it waits for. */
  readonly answer: MessageRecord | undefined;
  /** Why the wait ends; null: it goes on. */
  readonly over: "timed_out" | "came" | null;
}

/** Says whether a wait is over, and what it brings. */
export async function lookAround(parts: Parts, agent: AgentRecord, reader: Reader, wait: Wait): Promise<Look> {
  const { until } = wait;
  const look = {
    due: await parts.inbox.due(reader, agent.id, "all"),
    openChildren: await openChildren(parts, reader, agent.id),
    answer: until.for === "answer" ? await parts.inbox.answerTo(reader, until.questionId) : undefined,
  };
  if (await hasCome(parts, agent, reader, wait, look)) return { ...look, over: "came" };
  const now = parts.clock.now();
  const deadline = deadlineOf(wait, now);
  return { ...look, over: deadline !== null && now >= deadline ? "timed_out" : null };
}

async function hasCome(
  { inbox }: Parts,
  { id, parentId }: AgentRecord,
  reader: Reader,
  { until, timeoutMs }: Wait,
  look: Omit<Look, "over">,
): Promise<boolean> {
  if (until.for === "message") {
    if (look.due.length > 0) return true;
    // A root without agents at work would wait for nobody, and for ever.
    const isAlone = parentId === null && look.openChildren.length === 0;
    return isAlone && timeoutMs === null && (await inbox.nextDueAt(reader, id)) === null;
  }
  if (until.for === "children" ? look.openChildren.length === 0 : look.answer !== undefined) return true;
  return look.due.length > 0 && (await inbox.due(reader, id, "pressing")).length > 0;
}

/** When a wait ends at the latest; null: never by itself. */
const deadlineOf = ({ timeoutMs, since }: Wait, now: number): number | null =>
  timeoutMs === null ? null : (since ?? now) + timeoutMs;

/** What a wait answers: how it ended, and which of the agent's children still work. What came is taken by the next turn. */
export function waitResult({ until }: Wait, { openChildren, answer, over }: Look): string {
  const how = {
    ...(over === "timed_out" ? { timedOut: true } : {}),
    ...(until.for === "answer" ? { answered: answer !== undefined } : {}),
  };
  return JSON.stringify({ ...how, openChildren: openChildren.map(({ name }) => name) });
}

/** How an agent goes to rest for a wait that is not over, and why. */
export function waitingMove(wait: Wait, look: Look, now: number): { move: Move; reason: string | null } {
  const { until } = wait;
  const atWork = look.openChildren.length === 0 ? null : `${look.openChildren.length} of its agents at work`;
  return {
    move: {
      type: "wait",
      for: until.for === "children" ? "child" : "message",
      until: deadlineOf(wait, now),
      answerTo: until.for === "answer" ? until.questionId : null,
    },
    reason: until.for === "answer" ? `asked ${until.name}` : atWork,
  };
}
