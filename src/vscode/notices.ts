import type { EngineEvent } from "../protocol/events.ts";
import { formatUsd } from "../protocol/money.ts";
import type { AgentRecord, AgentTreeRow } from "../protocol/records.ts";
import { isOpen } from "./agentFacts.ts";
import { type BudgetWait, budgetWaitOf } from "./budgetWait.ts";
import { type CommandId, commands } from "./contributions.ts";
import { counted, formatCount } from "./figures.ts";

/** What the user is told of the teams that this window follows, without the editor. */
export interface Notice {
  readonly severity: "info" | "warning";
  readonly text: string;
  readonly offers: readonly Offer[];
}

/** Of what stays a while, and is told once. */
export interface KeyedNotice extends Notice {
  /** Names the happening. Begins with the id of its team, where it is one team's. */
  readonly key: string;
  /** Whether it may pass by itself: it is told where it stands for a while. */
  readonly mayPass: boolean;
}

/** A button, and the command that it runs. */
export interface Offer {
  readonly title: string;
  readonly command: string;
  readonly argument: string;
}

const offer = (command: CommandId, agentId: string, title: string = commands[command].title): Offer => ({
  title,
  command,
  argument: agentId,
});

const openCaps: Offer = {
  title: "Open Settings",
  command: "workbench.action.openSettings",
  argument: "@ext:banyan.banyan cap",
};

/** How a team ended. One that the user stopped needs no notice. */
export function endNotice(lead: AgentRecord, hasChanges: boolean): Notice | undefined {
  if (lead.status === "terminated") return undefined;
  const offers = hasChanges
    ? [offer("banyan.openDiff", lead.id), offer("banyan.reviewAgent", lead.id, "Review")]
    : [offer("banyan.showAgent", lead.id)];
  if (lead.status !== "failed") {
    return { severity: "info", text: `“${lead.name}” has ended: ${lead.status}.`, offers };
  }
  return { severity: "warning", text: `“${lead.name}” failed: ${lead.reason ?? "no reason given"}`, offers };
}

/**
 * What stands in the followed teams now and only the user can help with: waits for budget, and money that was charged
 * beyond what was set aside. `day` names the day: a cap that leaves no room is told once a day, whoever waits for it.
 */
export function standingNotices(
  rows: readonly AgentTreeRow[],
  followed: ReadonlySet<string>,
  day: string,
): readonly KeyedNotice[] {
  const own = rows.filter(({ rootId }) => followed.has(rootId));
  const byId = new Map(own.map((row) => [row.id, row]));
  const capped = new Map<string, AgentTreeRow[]>();
  const notices: KeyedNotice[] = [];
  for (const row of own) {
    if (row.parentId !== null && row.figures.overrunUsd > 0) notices.push(overrunNotice(row));
    const wait = budgetWaitOf(row);
    if (wait?.kind === "cap") capped.set(wait.cap, [...(capped.get(wait.cap) ?? []), row]);
    else if (wait !== undefined && needsUser(row, wait, row.parentId === null ? undefined : byId.get(row.parentId)))
      notices.push(waitNotice(row, wait, byId.get(row.rootId)));
  }
  return [...notices, ...[...capped].map(([cap, waiting]) => capNotice(cap, waiting, day))];
}

/**
 * A lead's budget is the user's. Another agent has asked its parent, which can help unless it rests: then it has let that be,
 * or is about to see it. One that has what it needs by now only queues for a slot.
 */
function needsUser(row: AgentTreeRow, wait: BudgetWait, parent: AgentTreeRow | undefined): boolean {
  if (wait.kind === "budget" && wait.unit === "usd" && row.figures.freeUsd >= wait.needed) return false;
  return parent === undefined || parent.waitingFor === "child" || parent.waitingFor === "message";
}

function waitNotice(row: AgentTreeRow, wait: BudgetWait, lead: AgentTreeRow | undefined): KeyedNotice {
  const team = row.parentId === null || lead === undefined ? "" : ` (team “${lead.name}”)`;
  return {
    key: `${row.rootId}/wait/${row.id}/${row.figures.turns}/${row.reason}`,
    mayPass: row.parentId !== null,
    severity: "warning",
    text: `“${row.name}”${team} waits for budget: ${lackOf(row, wait)}`,
    offers: [offer("banyan.raiseBudget", row.id), offer("banyan.showAgent", row.id)],
  };
}

function lackOf({ reason }: AgentTreeRow, wait: BudgetWait): string {
  if (wait.kind !== "budget") return reason ?? "a model call does not fit.";
  const show = wait.unit === "usd" ? formatUsd : (count: number) => counted(count, "token");
  return `its next model call may take ${show(wait.needed)}, it has ${show(wait.left)} left.`;
}

function capNotice(cap: string, waiting: readonly AgentTreeRow[], day: string): KeyedNotice {
  const [first, ...others] = waiting;
  const who = `“${first?.name}”${others.length === 0 ? "" : ` and ${counted(others.length, "other agent")}`}`;
  return {
    key: `cap/${cap}/${day}`,
    mayPass: false,
    severity: "warning",
    text: `${who} ${others.length === 0 ? "waits" : "wait"} for budget: ${first?.reason}`,
    offers: [openCaps, ...(first === undefined ? [] : [offer("banyan.showAgent", first.id)])],
  };
}

/** Of a lead this is why its team failed, which is told anyway. */
function overrunNotice({ id, rootId, name, figures }: AgentTreeRow): KeyedNotice {
  const more = formatUsd(figures.overrunUsd);
  return {
    key: `${rootId}/overrun/${id}/${figures.overrunUsd}`,
    mayPass: false,
    severity: "warning",
    text: `“${name}” was charged ${more} more than was set aside for a model call, and was stopped.`,
    offers: [offer("banyan.showAgent", id)],
  };
}

export type BudgetAlert = Extract<EngineEvent, { type: "budget.alert" }>;

/** Percent of a budget below which the user is not disturbed. */
const DISTURBING_PERCENT = 80;

/**
 * One notice for all that a lead's budget reached at once: the furthest. None where the team has ended or its lead waits for
 * budget by now: that is told.
 */
export function alertNotice(lead: AgentTreeRow | undefined, alerts: readonly BudgetAlert[]): KeyedNotice | undefined {
  if (lead === undefined || !isOpen(lead) || lead.waitingFor === "budget") return undefined;
  const [alert] = alerts
    .filter(({ percent }) => percent >= DISTURBING_PERCENT)
    .toSorted((a, b) => b.percent - a.percent || Number(b.unit === "usd") - Number(a.unit === "usd"));
  if (alert === undefined) return undefined;
  const { used, allocated, percent, unit } = alert;
  const share = unit === "usd" ? `${formatUsd(used)} of ${formatUsd(allocated)}` : tokensOf(used, allocated);
  const who = lead.figures.subtreeAgents > 1 ? `The team of “${lead.name}”` : `“${lead.name}”`;
  return {
    key: `${lead.id}/alert/${unit}/${allocated}/${percent}`,
    mayPass: false,
    severity: "info",
    text: `${who} has used ${percent >= 100 ? "up its budget" : `${percent} % of its budget`}: ${share}.`,
    offers: [offer("banyan.showAgent", lead.id)],
  };
}

const tokensOf = (used: number, allocated: number): string => `${formatCount(used)} of ${counted(allocated, "token")}`;
