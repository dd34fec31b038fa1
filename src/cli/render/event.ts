import type { EngineEvent } from "../../protocol/events.ts";
import { formatUsd } from "../../protocol/money.ts";
import { isEnded } from "../../protocol/words.ts";
import { formatAmount } from "./budget.ts";
import { type Line, type Span, span } from "./line.ts";
import { type NameOf, USER } from "./messages.ts";
import { statusOf } from "./status.ts";
import { formatClock, formatDuration, oneLine, plural, widthOf } from "./text.ts";

const NARROWEST_NAME = 18;

interface Known {
  readonly id: string;
  readonly name: string;
}

/**
 * Turns events into lines of a log, `+0.42s  survey-src    running`, with times since `start` (milliseconds since the
 * Unix epoch). It learns names from the events, and from `agents` those that were there before. What tells a reader
 * nothing is left out.
 */
export function createEventLog(
  start: number,
  agents: readonly Known[] = [],
  timeZone?: string,
): (event: EngineEvent) => Line | undefined {
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  const nameOf: NameOf = (agentId) => (agentId === null ? USER : (names.get(agentId) ?? agentId));
  let width = NARROWEST_NAME;
  return (event) => {
    if (event.type === "agent.spawned") names.set(event.agentId, event.name);
    const what = describe(event, nameOf, timeZone);
    if (what === undefined) return undefined;
    const name = oneLine(nameOf(event.agentId));
    width = Math.max(width, widthOf(name));
    const time = `+${(Math.max(0, event.at - start) / 1000).toFixed(2)}s`.padStart(8);
    return [span(time, "dim"), span("  "), span(name), span(" ".repeat(width - widthOf(name) + 2)), what];
  };
}

/** What the log says of a tool; `files`: each call is one file. The others tell nothing that an event of their own doesn't. */
const verbs: Readonly<Record<string, { readonly verb: string; readonly files: boolean }>> = {
  read_file: { verb: "read", files: true },
  list_files: { verb: "listed files", files: false },
  search: { verb: "searched", files: false },
  write_file: { verb: "wrote", files: true },
  edit_file: { verb: "edited", files: true },
  diff: { verb: "looked at changes", files: false },
  commit: { verb: "committed", files: false },
};

function describe(event: EngineEvent, nameOf: NameOf, timeZone: string | undefined): Span | undefined {
  switch (event.type) {
    case "agent.spawned":
      return span(event.parentId === null ? "started" : `hired by ${nameOf(event.parentId)}`, "bold");
    case "agent.moved":
      return describeMove(event, timeZone);
    case "turn.replied":
      return describeTools(event.tools);
    case "turn.failed":
      return span(`turn ${event.number} failed: ${oneLine(event.failure)}`, "yellow");
    case "message.sent":
      return describeMessage(event, nameOf);
    case "message.returned":
      return describeReturn(event);
    case "message.dead":
      return span(`a message from ${nameOf(event.senderId)} is dead: ${oneLine(event.error)}`, "red");
    case "message.sent_again":
      return span("a dead message is sent again", "blue");
    case "message.discarded":
      return span("a dead message is discarded", "dim");
    case "worktree.moved":
      return describeWork(event);
    case "team.archived":
      return span("archived with its team", "dim");
    case "team.restored":
      return span("brought back with its team", "dim");
    case "budget.refused":
      return span(`budget refused: ${oneLine(event.missing)}`, "red");
    case "budget.raised":
      return describeRaise(event);
    case "budget.alert":
      return describeAlert(event);
    case "agent.handed_over":
      return span(`handed over from ${nameOf(event.from)} to ${nameOf(event.to)}`, "blue");
    default:
      return undefined;
  }
}

function describeMove(
  event: Extract<EngineEvent, { type: "agent.moved" }>,
  timeZone: string | undefined,
): Span | undefined {
  if (event.to === "pending" && event.from === "paused") return span("resumed", "green");
  if (event.to === "pending" && isEnded(event.from)) return span(withReason("reopened", event.reason), "bold");
  const { text, tone } = statusOf({ status: event.to, waitingFor: event.waitingFor });
  const tells = event.to === "failed" || event.to === "terminated" || event.to === "paused";
  if (tells) return span(withReason(text, event.reason), tone);
  const { waitsUntil } = event;
  if (waitsUntil === undefined) return span(text, tone);
  return span(withReason(`${text} until ${formatClock(waitsUntil, timeZone)}`, event.reason), tone);
}

const withReason = (text: string, reason: string | null): string =>
  reason === null ? text : `${text}: ${oneLine(reason)}`;

function describeRaise({ usd, tokens }: Extract<EngineEvent, { type: "budget.raised" }>): Span {
  const amounts = [...(usd > 0 ? [formatUsd(usd)] : []), ...(tokens > 0 ? [plural(tokens, "token")] : [])];
  return span(`budget raised by ${amounts.join(" and ")}`, "green");
}

/** What an agent and all below it have used, of what it was given. */
function describeAlert(event: Extract<EngineEvent, { type: "budget.alert" }>): Span {
  const { unit, percent } = event;
  const [used, allocated] = [formatAmount(event.used, unit), formatAmount(event.allocated, unit)];
  const what = unit === "usd" ? "budget" : "tokens";
  return span(`${percent} % of its ${what} used: ${used} of ${allocated}`, percent < 100 ? "yellow" : "red");
}

function describeTools(tools: readonly string[]): Span | undefined {
  const parts = Object.entries(verbs).flatMap(([tool, { verb, files }]) => {
    const calls = tools.filter((each) => each === tool).length;
    if (calls === 0) return [];
    return files ? `${verb} ${plural(calls, "file")}` : verb;
  });
  return parts.length === 0 ? undefined : span(parts.join(", "));
}

function describeMessage(event: Extract<EngineEvent, { type: "message.sent" }>, nameOf: NameOf): Span | undefined {
  const to = nameOf(event.recipientId);
  switch (event.kind) {
    case "task":
      return undefined;
    case "report":
      return span(`reported to ${to}`, "green");
    case "question":
      return span(`asked ${to}`, "blue");
    case "answer":
      return span(`answered ${to}`, "blue");
    case "note":
      return span(`note to ${to}`, "blue");
  }
}

/** Without an error nothing was tried, and it is taken with the next turn. */
function describeReturn({ error, dueAt, at }: Extract<EngineEvent, { type: "message.returned" }>): Span | undefined {
  if (error === null) return undefined;
  const when = formatDuration(dueAt - at);
  return span(`a message could not be delivered, the next try is in ${when}: ${oneLine(error)}`, "yellow");
}

function describeWork(event: Extract<EngineEvent, { type: "worktree.moved" }>): Span | undefined {
  const isSetUp = event.to === "creating" || event.to === "isolated";
  if (isSetUp && event.reason !== null) return span(oneLine(event.reason), "dim");
  if (event.to === "merged") return span("merged", "green");
  if (event.to !== "conflicted" && event.to !== "quarantined" && event.to !== "orphaned") return undefined;
  return span(event.reason === null ? event.to : `${event.to}: ${oneLine(event.reason)}`, "red");
}
