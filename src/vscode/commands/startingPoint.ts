import * as vscode from "vscode";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { SpawnCommandInput } from "../../protocol/commands.ts";
import { counted } from "../figures.ts";
import { uncommittedFiles } from "../merging/uncommitted.ts";
import { ask } from "./ask.ts";

/** What a new team starts from, and where its work goes. */
export type StartingPoint = Pick<SpawnCommandInput, "base" | "target" | "withChanges">;

const changesTitle = "Your Uncommitted Changes";

/**
 * Whether the team starts from what the user hasn't committed, where there is any: a clean checkout is not asked about.
 * Undefined where the user leaves it.
 */
export async function askChanges(folder: string | undefined): Promise<StartingPoint | undefined> {
  const count = folder === undefined ? 0 : await uncommittedFiles(folder);
  if (count === 0) return {};
  const without = { label: "Without", detail: "It starts from your last commit", withChanges: false };
  const items = [
    without,
    { label: "With Them", detail: "They are never merged back: only what comes after them is", withChanges: true },
  ];
  const placeHolder = `You have uncommitted changes in ${counted(count, "file")}. What does the team start from?`;
  const picked = await vscode.window.showQuickPick(items, { title: changesTitle, placeHolder, ignoreFocusOut: true });
  return picked && { withChanges: picked.withChanges };
}

/** The same, and first from where it starts and into which branch its work goes. */
export async function askEverything(folder: string | undefined): Promise<StartingPoint | undefined> {
  const base = await ask({
    title: "Start From",
    prompt: "A branch, tag or commit that the team starts from. Left empty: the branch that you are on.",
    placeHolder: "For instance: v1.2",
    parse: parseRef,
  });
  if (base === undefined) return undefined;
  const target = await ask({
    title: "Merge Into",
    prompt: "The branch of yours that its work is merged into. Left empty: the branch that you are on.",
    placeHolder: "For instance: main",
    parse: parseRef,
  });
  if (target === undefined) return undefined;
  const changes = base === "" ? await askChanges(folder) : {};
  return changes && { ...changes, ...(base === "" ? {} : { base }), ...(target === "" ? {} : { target }) };
}

const MAX_REF = 250;

/** Whether there is such a one is for the engine to say. */
function parseRef(text: string): Result<string> {
  const ref = text.trim();
  if (/[\s:?*[\\]/.test(ref)) return refuse("bad_input", "That is no name of a branch, a tag or a commit.");
  return ref.length > MAX_REF ? refuse("bad_input", "That name is too long.") : ok(ref);
}
