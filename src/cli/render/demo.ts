import type { AgentTreeRow, BudgetRecord, MessageRecord, WorkDiff } from "../../protocol/records.ts";
import type { Calls } from "../calls.ts";
import { statLines } from "./diff.ts";
import { fact, factLines } from "./facts.ts";
import { indent, type Line, line, span } from "./line.ts";
import { messageRows, namesOf } from "./messages.ts";
import { spendingLines } from "./team.ts";
import { plural, shortHash } from "./text.ts";
import { treeLines } from "./tree.ts";

/** What the demo did, as `demo --json` prints it. */
export interface DemoReport {
  /** Root of the checkout that the team worked for. */
  readonly repository: string;
  /** What it is a clone of; null where the team worked in place. */
  readonly source: string | null;
  readonly branch: string;
  readonly agents: readonly AgentTreeRow[];
  readonly messages: readonly MessageRecord[];
  /** Of the root. */
  readonly budget: readonly BudgetRecord[];
  /** Null where there was nothing to merge, or the team did not complete its task. */
  readonly merge: { readonly commit: string; readonly files: readonly string[] } | null;
  readonly diff: WorkDiff | null;
  readonly remaining: {
    /** Paths. */
    readonly worktrees: readonly string[];
    readonly branches: readonly string[];
  };
}

const INDENT = 2;
const MESSAGE_WIDTH = 60;
const MOST_MESSAGES = 24;

/** The whole story of a demo. `calls`: commands about where it was; null where that is to be removed. */
export function demoLines(report: DemoReport, calls: Calls | null, width = Number.POSITIVE_INFINITY): Line[] {
  const sections = [
    section("Agents", treeLines(report.agents, { ids: false, frame: null, width: width - INDENT })),
    section("Budget", spendingLines(report.budget, report.agents)),
    section(`Messages (${report.messages.length})`, messageLines(report)),
    section("Merge", mergeLines(report)),
    section("Left behind", calls === null ? [line("Nothing: the clone is removed.")] : remainingLines(report)),
    section("Try next", calls === null ? [] : nextLines(report, calls)),
  ];
  return sections.flatMap((each, index) => (index === 0 || each.length === 0 ? each : [[], ...each]));
}

const section = (title: string, body: readonly Line[]): Line[] =>
  body.length === 0 ? [] : [line(title, "bold"), ...indent(body, INDENT)];

function messageLines({ messages, agents }: DemoReport): Line[] {
  const rows = messageRows(messages.slice(0, MOST_MESSAGES), namesOf(agents), MESSAGE_WIDTH);
  const rest = messages.length - MOST_MESSAGES;
  return rest > 0 ? [...rows, line(`… and ${plural(rest, "more message")}`, "dim")] : rows;
}

function mergeLines({ merge, diff, branch }: DemoReport): Line[] {
  if (merge === null) return [line("Nothing was merged.", "dim")];
  const heading = [span("✓ ", "green"), span(shortHash(merge.commit), "bold"), span(` on ${branch}`)];
  return diff === null ? [heading] : [heading, ...statLines(diff)];
}

const remainingLines = ({ repository, source, remaining }: DemoReport): Line[] =>
  factLines([
    fact("Worktrees", span(remaining.worktrees.length === 0 ? "none" : plural(remaining.worktrees.length, "worktree"))),
    fact("Branches", span(plural(remaining.branches.length, "branch", "branches")), span("  banyan/*", "dim")),
    fact(source === null ? "Repository" : "Clone", span(repository)),
  ]);

const nextLines = ({ merge, agents }: DemoReport, calls: Calls): Line[] =>
  [
    calls.banyan("tree"),
    calls.banyan("messages"),
    calls.banyan(`budget ${agents[0]?.id ?? ""}`),
    ...(merge === null ? [] : [calls.git(`show --stat ${shortHash(merge.commit)}`)]),
  ].map((command) => line(command, "cyan"));
