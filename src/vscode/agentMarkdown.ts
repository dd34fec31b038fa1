import { formatCost, formatUsd } from "../protocol/money.ts";
import type { AgentTreeRow, BudgetRecord, WorktreeRecord } from "../protocol/records.ts";
import type { InboxMessage, ReplyEntry, ToolResultEntry, TranscriptEntry } from "../protocol/transcript.ts";
import { stateOf } from "./agentRow.ts";
import { codeSpan, escapeMarkdown, oneLine, quote } from "./escape.ts";
import { formatCount } from "./figures.ts";

/** Everything that the document of one agent shows. */
export interface AgentDetail {
  readonly row: AgentTreeRow;
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
    `## Task\n\n${quote(row.task, MAX_TASK)}`,
    ...(row.result === null ? [] : [resultSection(row.result)]),
    figuresSection(row),
    ...(detail.budgets.length === 0 ? [] : [budgetSection(detail.budgets)]),
    ...(row.worktree === null ? [] : [worktreeSection(row.worktree, detail.worktree)]),
    transcriptSection(detail.transcript),
  ];
  return `${sections.join("\n\n")}\n`;
}

function stateLine(row: AgentTreeRow): string {
  const reason = row.reason === null ? "" : `: ${escapeMarkdown(oneLine(row.reason, 500))}`;
  return `**${stateOf(row)}**${reason} · ${escapeMarkdown(oneLine(row.role, 60))} · ${codeSpan(row.model)}`;
}

function resultSection(result: NonNullable<AgentTreeRow["result"]>): string {
  const files = result.files.slice(0, 100).map((file) => `- ${codeSpan(file)}`);
  return ["## Result", quote(result.summary, MAX_TASK), ...(files.length === 0 ? [] : [files.join("\n")])].join("\n\n");
}

function figuresSection({ figures }: AgentTreeRow): string {
  return [
    "## Figures",
    table(
      ["", "Own", "With all below"],
      [
        ["Agents", "1", formatCount(figures.subtreeAgents)],
        ["Turns", formatCount(figures.turns), formatCount(figures.subtreeTurns)],
        ["Tokens", formatCount(figures.tokens), formatCount(figures.subtreeTokens)],
        [
          "Cost",
          escapeMarkdown(formatCost(figures.costUsd, figures.costKnown)),
          escapeMarkdown(formatCost(figures.subtreeCostUsd, figures.subtreeCostKnown)),
        ],
      ],
    ),
  ].join("\n\n");
}

function budgetSection(budgets: readonly BudgetRecord[]): string {
  const rows = budgets.map((budget) => {
    const show = budget.unit === "usd" ? dollars : formatCount;
    const free = budget.allocated - budget.used - budget.reserved;
    const amounts = [budget.allocated, budget.used, budget.reserved, free, budget.overrun].map(show);
    return [budget.unit === "usd" ? "US dollars" : "Tokens", ...amounts, budget.state];
  });
  return ["## Budget", table(["", "Allocated", "Used", "Reserved", "Free", "Overrun", "State"], rows)].join("\n\n");
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
