import * as vscode from "vscode";
import { ok, type Refusal, type Result, refuse } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { MergeCommandInput } from "../../protocol/commands.ts";
import type { AgentTreeRow, MergeReport, Review } from "../../protocol/records.ts";
import { canMerge } from "../agentFacts.ts";
import type { ShownDiff } from "../changePages.ts";
import { type CommandId, commands } from "../contributions.ts";
import { openWorkDiff } from "../diffEditor.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { conflictWords, mergeQuestion } from "../merging/choices.ts";
import { type Command, type CommandServices, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** *Merge Agent's Work*: merges a lead's work into the user's branch, after the user agreed and said how. */
export const mergeAgent: Command = async (services, argument) => {
  const picked = await pickAgent(services, argument, {
    title: "Merge Agent's Work",
    fits: canMerge,
    none: "Nothing to merge: no lead has ended with work that is not merged yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const found = await withViewProgress(() => engine.reviews.get(row.id));
  if (!found.ok) return found;
  const review = found.value;
  if (review.files.length === 0) return refuse("nothing_to_merge", `“${row.name}” has no changes to merge.`);
  if (review.resolution === null && review.conflicts.length > 0) {
    const text = conflictWords(row.name, review.worktree.targetBranch, review.conflicts);
    void offerWaysOut(row, text);
    return undefined;
  }
  const command = await askHow(engine, review);
  if (command === undefined) return undefined;
  const merged = await withViewProgress(() => engine.worktrees.merge(row.id, command));
  return merged.ok
    ? tellMerged(engine, { row, review, command }, merged.value)
    : explain(services, row, merged.refusal);
};

interface Merging {
  readonly row: AgentTreeRow;
  readonly review: Review;
  readonly command: MergeCommandInput;
}

function tellMerged(engine: Engine, { row, review, command }: Merging, report: MergeReport): Result<MergeReport> {
  const { files, mergeCommit } = report;
  const into = command.into ?? review.worktree.targetBranch;
  const text = `Merged ${counted(files.length, "file")} of “${row.name}” into ${into} as ${mergeCommit.slice(0, 10)}.`;
  const { baseCommit, headCommit, files: changed } = review;
  void offerDiff(text, engine.repository.root, row.name, { baseCommit, headCommit, files: changed });
  return ok(report);
}

async function offerDiff(text: string, root: string, name: string, diff: ShownDiff): Promise<void> {
  const show = "Show Diff";
  if ((await vscode.window.showInformationMessage(noticeText(text), show)) === show)
    await openWorkDiff(root, name, diff);
}

/** A refusal that can be acted on offers that itself; every other one is shown by whoever runs the command. */
function explain(services: CommandServices, row: AgentTreeRow, refusal: Refusal): Result<never> | undefined {
  if (refusal.code === "conflict") {
    void offerWaysOut(row, refusal.message);
    return undefined;
  }
  const [first = "", ...said] = refusal.message.split("\n");
  const output = said.join("\n").trim();
  if (output === "") return { ok: false, refusal };
  void services.outputs.offer(first, { name: `Hook of ${row.name}`, text: output });
  return undefined;
}

/** Nothing has been touched: the agent resolves the conflicts, the user does, or neither for now. */
async function offerWaysOut(row: AgentTreeRow, text: string): Promise<void> {
  const byAgent = commands["banyan.letAgentResolve"].title;
  const byUser = commands["banyan.resolveInMergeEditor"].title;
  const chosen = await vscode.window.showWarningMessage(noticeText(text), byAgent, byUser, "Not Now");
  const command: CommandId | undefined =
    chosen === byAgent ? "banyan.letAgentResolve" : chosen === byUser ? "banyan.resolveInMergeEditor" : undefined;
  if (command !== undefined) await vscode.commands.executeCommand(command, row.id);
}

/** Undefined where the user leaves it. */
async function askHow(engine: Engine, review: Review): Promise<MergeCommandInput | undefined> {
  const { text, detail, choices } = mergeQuestion(review);
  const titles = choices.map(([title]) => title);
  const answer = await vscode.window.showWarningMessage(noticeText(text), { modal: true, detail }, ...titles);
  const chosen = choices.find(([title]) => title === answer);
  if (chosen === undefined) return undefined;
  return chosen[1] ?? askMore(engine, review);
}

interface Choice extends vscode.QuickPickItem {
  readonly command: MergeCommandInput;
}

async function askMore(engine: Engine, { worktree, files }: Review): Promise<MergeCommandInput | undefined> {
  const title = "Merge Agent's Work";
  const branches = await engine.worktrees.branches();
  const usual = worktree.targetBranch;
  const items = [usual, ...branches.filter((each) => each !== usual)];
  const into = await vscode.window.showQuickPick(
    items.map((label) => ({ label, description: label === usual ? "where it is meant for" : "" })),
    { title, placeHolder: "Into which branch?", ignoreFocusOut: true },
  );
  if (into === undefined) return undefined;
  const hasDecisions = files.some(({ decision, marks }) => decision !== null || Object.keys(marks).length > 0);
  const picked = await vscode.window.showQuickPick([...ways, ...(hasDecisions ? acceptedWays : [])], {
    title,
    placeHolder: "How?",
    ignoreFocusOut: true,
  });
  return picked && { ...picked.command, ...(into.label === usual ? {} : { into: into.label }) };
}

const ways: readonly Choice[] = [
  { label: "Merge", detail: "A commit with both histories", command: { manner: "merge" } },
  { label: "Squash", detail: "One commit, without the agent's own", command: { manner: "squash" } },
];
const acceptedWays: readonly Choice[] = ways.map(({ label, detail, command }) => ({
  label: `${label} What I Accepted`,
  detail: `${detail}; the rest stays on the agent's branch`,
  command: { ...command, acceptedOnly: true },
}));
