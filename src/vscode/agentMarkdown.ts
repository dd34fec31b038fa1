import { formatUsd } from "../protocol/money.ts";
import type { AgentTreeRow, BudgetRecord, WorktreeRecord } from "../protocol/records.ts";
import type { InboxMessage, ReplyEntry, ToolResultEntry, TranscriptEntry } from "../protocol/transcript.ts";
import { canReopen } from "./agentFacts.ts";
import { ownCost, stateOf, subtreeCost } from "./agentRow.ts";
import { budgetWaitOf } from "./budgetWait.ts";
import { commands } from "./contributions.ts";
import { asSentence, codeSpan, escapeMarkdown, oneLine, quote } from "./escape.ts";
import { formatCount } from "./figures.ts";

/** Everything that the document of one agent shows. */
export interface AgentDetail {
  readonly row: AgentTreeRow;
  /** Undefined for a root. */
  readonly parent: AgentTreeRow | undefined;
  readonly worktree: WorktreeRecord | undefined;
  readonly budgets: readonly BudgetRecord[];
  readonly transcript: readonly TranscriptEntry[];
}

const MAX_TASK = 20_000;
const MAX_TEXT = 1500;
const MAX_CALL = 160;
const MAX_ENTRIES = 200;

/** The agent as a Markdown document. What a model, a file or a peer made is escaped: it is shown, never rendered. */
export function agentMarkdown(detail: AgentDetail): string {
  const { row } = detail;
  const sections = [
    `# ${escapeMarkdown(oneLine(row.name, 60))}`,
    stateLine(row),
    ...reasonOf(detail),
    `## Task\n\n${quote(row.task, MAX_TASK)}`,
    ...(row.result === null ? [] : [resultSection(row.result)]),
    figuresSection(row),
    ...(detail.budgets.length === 0 ? [] : [budgetSection(detail.budgets)]),
    ...(row.worktree === null ? [] : [worktreeSection(row.worktree, detail.worktree)]),
    transcriptSection(detail.transcript),
  ];
  return `${sections.join("\n\n")}\n`;
}

const stateLine = (row: AgentTreeRow): string =>
  `**${stateOf(row)}** · ${escapeMarkdown(oneLine(row.role, 60))} · ${codeSpan(row.model)}`;

/** Why it is in its state, and which command lets it go on where it can't by itself. */
function reasonOf(detail: AgentDetail): readonly string[] {
  const { reason } = detail.row;
  const sentences = [reason === null ? "" : escapeMarkdown(asSentence(oneLine(reason, 500))), hintOf(detail)];
  const text = sentences.filter((sentence) => sentence !== "").join(" ");
  return text === "" ? [] : [text];
}

function hintOf({ row, parent }: AgentDetail): string {
  const { resumeAgent, raiseBudget, tryAgain, giveMoreWork } = titles;
  if (row.status === "paused") return `${resumeAgent} lets it go on from where it stands.`;
  const wait = budgetWaitOf(row);
  if (wait?.kind === "cap") return "It goes on when the cap begins anew, or with a higher one in the settings.";
  if (wait !== undefined) return `${raiseBudget} lets it go on.`;
  if (!canReopen(row, parent) || row.status === "completed") return "";
  return `${tryAgain} lets it go on with its transcript and its branch; ${giveMoreWork} tells it to do something else.`;
}

const titleOf = (command: keyof typeof commands): string => `**${commands[command].title}**`;
const titles = {
  resumeAgent: titleOf("banyan.resumeAgent"),
  raiseBudget: titleOf("banyan.raiseBudget"),
  tryAgain: titleOf("banyan.tryAgain"),
  giveMoreWork: titleOf("banyan.giveMoreWork"),
} as const;

function resultSection({ summary, files, cost }: NonNullable<AgentTreeRow["result"]>): string {
  const listed = files.slice(0, 100).map((file) => `- ${codeSpan(file)}`);
  const came =
    cost === null ? [] : [`It came to ${dollars(cost.usd)} and ${formatCount(cost.tokens)} tokens, with all below it.`];
  return ["## Result", quote(summary, MAX_TASK), ...(listed.length === 0 ? [] : [listed.join("\n")]), ...came].join(
    "\n\n",
  );
}

function figuresSection(row: AgentTreeRow): string {
  const { figures } = row;
  return [
    "## Figures",
    table(
      ["", "Own", "With all below"],
      [
        ["Agents", "1", formatCount(figures.subtreeAgents)],
        ["Turns", formatCount(figures.turns), formatCount(figures.subtreeTurns)],
        ["Tokens", formatCount(figures.tokens), formatCount(figures.subtreeTokens)],
        ["Cost", escapeMarkdown(ownCost(row)), escapeMarkdown(subtreeCost(row))],
      ],
    ),
  ].join("\n\n");
}

function budgetSection(budgets: readonly BudgetRecord[]): string {
  const dollarsFirst = budgets.toSorted((a, b) => Number(b.unit === "usd") - Number(a.unit === "usd"));
  const rows = dollarsFirst.map((budget) => {
    const show = budget.unit === "usd" ? dollars : formatCount;
    const { allocated, used, reserved, overrun, unconfirmed, state } = budget;
    const free = state === "open" ? show(allocated - used - reserved) : "";
    const amounts = [allocated, used, reserved].map(show);
    return [budget.unit === "usd" ? "US dollars" : "Tokens", ...amounts, free, show(overrun), show(unconfirmed), state];
  });
  const head = ["", "Allocated", "Used", "Reserved", "Left", "Overrun", "Unconfirmed", "State"];
  return ["## Budget", table(head, rows), ...budgetNotes(budgets)].join("\n\n");
}

/** What the two columns mean that stand apart, where there is something in them. */
function budgetNotes(budgets: readonly BudgetRecord[]): readonly string[] {
  const notes = [
    ...(budgets.some(({ overrun }) => overrun > 0)
      ? ["Overrun was charged beyond what was set aside for a call."]
      : []),
    ...(budgets.some(({ unconfirmed }) => unconfirmed > 0)
      ? ["Unconfirmed is what was set aside for calls that were cut off: nobody knows what they cost."]
      : []),
  ];
  return notes.length === 0 ? [] : [notes.join(" ")];
}

const dollars = (micro: number): string => escapeMarkdown(formatUsd(micro));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

function worktreeSection(worktree: NonNullable<AgentTreeRow["worktree"]>, record: WorktreeRecord | undefined): string {
  const merged = worktree.mergeCommit === null ? "" : ` as ${codeSpan(worktree.mergeCommit.slice(0, 12))}`;
  const target = record === undefined ? [] : [`- Into: ${codeSpan(record.targetBranch)}${merged}`];
  return [
    "## Worktree",
    [
      `- Branch: ${codeSpan(worktree.branch)}`,
      ...target,
      ...(worktree.status === "creating"
        ? ["- State: not made, since the agent has not worked on files"]
        : [`- State: ${worktree.status}`, `- Folder: ${codeSpan(worktree.path, 1000)}`]),
    ].join("\n"),
  ].join("\n\n");
}

function transcriptSection(entries: readonly TranscriptEntry[]): string {
  const shown = entries.slice(-MAX_ENTRIES);
  const left = entries.length - shown.length;
  const results = new Map(shown.filter((entry) => entry.kind === "tool_result").map((entry) => [entry.callId, entry]));
  let reply = entries.slice(0, left).filter((entry) => entry.kind === "reply").length;
  const blocks = shown.flatMap((entry) => {
    if (entry.kind === "messages") return entry.messages.map(messageBlock);
    if (entry.kind === "reply") return [replyBlock(entry, ++reply, results)];
    return [];
  });
  const notice = left === 0 ? [] : [`*${formatCount(left)} earlier entries are not shown.*`];
  const none = blocks.length === 0 ? ["*Nothing was said yet.*"] : [];
  return ["## Transcript", ...notice, ...none, ...blocks].join("\n\n");
}

function messageBlock({ from, kind, body }: InboxMessage): string {
  const sender = from.relation === "user" ? "the user" : `${escapeMarkdown(oneLine(from.name, 60))} (${from.relation})`;
  return `**${kind}** from ${sender}\n\n${quote(body, MAX_TEXT)}`;
}

function replyBlock(reply: ReplyEntry, number: number, results: ReadonlyMap<string, ToolResultEntry>): string {
  const texts = reply.content.flatMap((block) =>
    block.type === "text" && block.text.trim() !== "" ? [block.text] : [],
  );
  const calls = reply.content.flatMap((block) =>
    block.type === "tool_call" ? [callLine(block.tool, block.input, results.get(block.id))] : [],
  );
  return [`### Turn ${number}`, ...texts.map((text) => quote(text, MAX_TEXT)), calls.join("\n")]
    .filter((part) => part !== "")
    .join("\n\n");
}

function callLine(tool: string, input: unknown, result: ToolResultEntry | undefined): string {
  const call = `- **${escapeMarkdown(oneLine(tool, 60))}** ${codeSpan(JSON.stringify(input) ?? "", MAX_CALL)}`;
  if (result === undefined) return `${call} … no result yet`;
  const firstLine = result.content.trimStart().split("\n", 1)[0] ?? "";
  return `${call} → ${result.isError ? "**error** " : ""}${codeSpan(firstLine, MAX_CALL) || "nothing"}`;
}
