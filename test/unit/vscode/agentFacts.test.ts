import { describe, expect, test } from "vitest";
import type { AgentTreeRow } from "../../../src/protocol/records.ts";
import {
  canDiff,
  canMerge,
  canPause,
  canReopen,
  canResolve,
  canResume,
  canTryAgain,
  canUndo,
  factsOf,
  isConflicted,
  isOpen,
  liveBelow,
} from "../../../src/vscode/agentFacts.ts";
import { contextValueOf, itemMenus } from "../../../src/vscode/contributions.ts";
import { agentRow } from "./builders.ts";

const worktree = (changes: object) => {
  const base = { branch: "banyan/x", path: "/w/x", status: "isolated", mergeCommit: null } as const;
  return { ...base, ...changes };
};
const openLead = agentRow({ status: "waiting", waitingFor: "child" });
const child = { id: "b000000000", parentId: openLead.id } as const;
const lacksBudget = { status: "waiting", waitingFor: "budget" } as const;
const capped = "Your cap of $5.00 a day leaves no room: $5.00 are spent, a model call may take $0.01.";

/** What the menu of an agent's item offers. */
function offered(row: AgentTreeRow, parent: AgentTreeRow | undefined): readonly string[] {
  const value = contextValueOf(factsOf(row, parent));
  const fits = (when: string) => new RegExp(/=~ \/(?<pattern>.+)\/$/.exec(when)?.groups?.pattern ?? "^$").test(value);
  const commands = itemMenus.filter(({ when }) => fits(when)).map(({ command }) => command.replace("banyan.", ""));
  return [...new Set(commands)].sort();
}

/** The same, by what the palette's pickers go by. */
function possible(row: AgentTreeRow, parent: AgentTreeRow | undefined): readonly string[] {
  const can = {
    reviewAgent: canDiff(row),
    openDiff: canDiff(row),
    requestChanges: canDiff(row),
    mergeAgent: canMerge(row),
    undoMerge: canUndo(row),
    letAgentResolve: canResolve(row),
    resolveInMergeEditor: canResolve(row),
    finishResolving: isConflicted(row),
    abandonResolving: isConflicted(row),
    pushBranch: canDiff(row),
    openPullRequest: canDiff(row),
    pauseAgent: canPause(row),
    resumeAgent: canResume(row),
    raiseBudget: isOpen(row),
    stopAgent: isOpen(row),
    giveMoreWork: canReopen(row, parent),
    tryAgain: canTryAgain(row, parent),
    showAgent: true,
    sendMessage: true,
  };
  return Object.entries(can)
    .flatMap(([command, holds]) => (holds ? [command] : []))
    .sort();
}

describe("what can be done with an agent", () => {
  test.each<[string, AgentTreeRow, AgentTreeRow | undefined]>([
    ["root.ended.work.more", agentRow(), undefined],
    ["root.ended.work.again", agentRow({ status: "failed" }), undefined],
    ["child.ended.work.more", agentRow(child), openLead],
    ["child.ended.work.again", agentRow({ ...child, status: "terminated" }), openLead],
    ["child.ended.work.none", agentRow({ ...child, status: "failed" }), agentRow()],
    ["root.live.work.none", agentRow({ status: "running" }), undefined],
    ["root.paused.work.none", agentRow({ status: "paused" }), undefined],
    ["root.live.work.budget", agentRow(lacksBudget), undefined],
    ["root.live.work.none", agentRow({ ...lacksBudget, reason: capped }), undefined],
    ["root.live.none.none", agentRow({ status: "pending", worktree: null }), undefined],
    ["root.ended.none.more", agentRow({ worktree: worktree({ status: "creating" }) }), undefined],
    ["root.ended.merged.more", agentRow({ worktree: worktree({ status: "removed", mergeCommit: "abc" }) }), undefined],
    ["root.ended.conflict.more", agentRow({ worktree: worktree({ status: "conflicted" }) }), undefined],
    [
      "root.live.conflict.none",
      agentRow({ status: "running", worktree: worktree({ status: "conflicted" }) }),
      undefined,
    ],
  ])("stands in its context value: %s", (value, row, parent) => {
    expect(contextValueOf(factsOf(row, parent))).toBe(`agent.${value}`);
    expect(offered(row, parent)).toEqual(possible(row, parent));
  });
});

test("counts the live agents below one, through an ended one between", () => {
  const rows = [
    agentRow({ id: "a", status: "running" }),
    agentRow({ id: "b", parentId: "a", status: "completed" }),
    agentRow({ id: "c", parentId: "b", status: "running" }),
    agentRow({ id: "d", parentId: "a", status: "waiting" }),
    agentRow({ id: "e", status: "running" }),
  ];
  expect(liveBelow(rows, "a")).toBe(2);
  expect(liveBelow(rows, "e")).toBe(0);
});
