import { beforeAll, expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import { MultiDiff } from "./pages/multi-diff.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** One window in which a person comments on work in the editor's own diff, and resolves a conflict in its merge editor. */
const lane = editorLane({ keep: "file" });
const themes = ["light", "hc", "dark"] as const;

const dial = "src/dial.ts";

let project: Project;
let window: Workbench;
let agents: Tree;

beforeAll(async () => {
  project = await makeRepository(lane, {
    "README.md": "# Dial\n",
    [dial]: scripts.dialWith({}),
    "script/review.yaml": scripts.review,
  });
  window = await lane.open(project.folder, { ...withBanyan, height: 900 });
  agents = window.tree("Agents");
  await window.openView("Banyan");
  await spawn("Add minutes.", "minutes");
  await spawn("Add seconds.", "seconds");
});

/** A team of one that the terminal starts, to its end. */
async function spawn(task: string, name: string): Promise<void> {
  const ended = await project.banyan("spawn", task, "--name", name, "--model", "script/script/review.yaml");
  expect(ended.code, ended.stderr).toBe(0);
}

test("the rows of work that collides say so, in the theme's colour for warnings", async () => {
  const collides = /^completed · collides with/;
  await agents.row("minutes", /^completed · collides with seconds in 1 file/).waitFor();
  await agents.row("seconds", collides).waitFor();
  for (const theme of themes) {
    await window.switchTheme(theme);
    await window.screenshot(`radar-${theme}`);
  }
  const { stdout } = await project.banyan("collisions");
  expect(stdout).toMatch(/minutes +seconds +src\/dial\.ts/);
});

test("a comment written in the editor's own diff is the review's", async () => {
  await agents.inlineAction("minutes", "Open Diff");
  await window.tab(/^Changes of “minutes”/).waitFor();
  const diff = new MultiDiff(window.page);
  await diff.loaded();
  await diff.commentOn("hour3 = 3 * 60", "Why sixty?");
  await diff.thread("Why sixty?").getByText("Not sent").waitFor();
  const { stdout } = await project.banyan("review", "minutes", "--json");
  expect(JSON.parse(stdout).comments).toMatchObject([
    { path: dial, side: "work", line: 3, body: "Why sixty?", sentAt: null },
  ]);
  for (const theme of themes) {
    await window.switchTheme(theme);
    await window.screenshot(`comment-${theme}`);
  }
});

test("it is edited until it is sent, and one that is deleted is gone", async () => {
  const diff = new MultiDiff(window.page);
  await diff.edit("Why sixty?", "Why *60*?");
  await diff.thread("Why *60*?").waitFor();
  await diff.commentOn("hour30 = 30", "Delete me.");
  await diff.act("Delete me.", "Delete Comment");
  await diff.thread("Delete me.").waitFor({ state: "detached" });
  const { stdout } = await project.banyan("review", "minutes", "--json");
  expect(JSON.parse(stdout).comments).toMatchObject([{ body: "Why *60*?" }]);
});

test("requested changes are sent, and the agent's answer stands in the thread", async () => {
  const diff = new MultiDiff(window.page);
  await diff.thread("Why *60*?").getByRole("button", { name: "Request Changes…" }).click();
  await window.quickInput.answer("Nearly there.", "1 comment to “minutes”");
  await window.quickInput.closed();
  await diff.thread("Why *60*?").getByText("An hour has **60** minutes; I say so above it now.").waitFor();
  await diff.thread("Why *60*?").getByText("Sent").waitFor();
  await window.screenshot("answer-dark");
});

test("the diff that is opened again shows the work as it is now, and the thread where its line went", async () => {
  await agents.row("minutes", /^completed/).waitFor();
  await window.runCommand("View: Close All Editors");
  await agents.inlineAction("minutes", "Open Diff");
  const diff = new MultiDiff(window.page);
  await diff.loaded();
  await diff.thread("Why *60*?").waitFor();
  await window.screenshot("answer-moved-dark");
  await diff.thread("Why *60*?").getByRole("button", { name: "Mark as Resolved" }).click();
  await expect
    .poll(async () => JSON.parse((await project.banyan("review", "minutes", "--json")).stdout).comments[0].resolvedAt)
    .not.toBeNull();
});
test("the first work is merged, and of the second the user is told what it conflicts with", async () => {
  await window.runCommand("View: Close All Editors");
  await agents.inlineAction("minutes", "Merge Agent's Work");
  await window.answerDialog("Merge");
  await window.notifications.waitFor("Merged 2 files of “minutes” into main");
  await agents.inlineAction("seconds", "Merge Agent's Work");
  const notice = await window.notifications.waitFor("“seconds” conflicts with main in 1 file: src/dial.ts.");
  expect(notice).toMatchObject({
    severity: "warning",
    actions: ["Let the Agent Resolve", "Resolve in Merge Editor", "Not Now"],
  });
  expect(await project.git("status", "--porcelain")).toBe("");
});

test("its conflict is resolved in the merge editor, in the agent's worktree", async () => {
  await window.notifications.press("“seconds” conflicts", "Resolve in Merge Editor");
  const editor = window.page.locator(".merge-editor");
  await editor.waitFor();
  await window.notifications.clear();
  for (const theme of themes) {
    await window.switchTheme(theme);
    await window.screenshot(`merge-editor-${theme}`);
  }
  expect(await project.git("status", "--porcelain")).toBe("");
  await window.runCommand("Banyan: Finish Resolving");
  expect(await window.dialogText()).toContain("1 file is not marked as complete. Finish as they are?");
  await window.answerDialog("Cancel");
  await editor.getByText("Accept Current", { exact: true }).click();
  await editor.getByText("0 Conflicts Remaining").waitFor();
  await editor.getByRole("button", { name: "Complete Merge" }).click();
  await window.notifications.waitFor("All conflicts of “seconds” with main are resolved.");
  await window.openView("Banyan");
  await window.screenshot("merge-editor-resolved-dark");
  await window.notifications.press("All conflicts of “seconds”", "Finish Resolving");
  await window.notifications.waitFor("The work of “seconds” merges cleanly now.");
});

test("then it merges, and the merge is taken back again", async () => {
  await window.notifications.press("merges cleanly now", "Merge Agent's Work");
  await window.answerDialog("Merge");
  await window.notifications.waitFor("of “seconds” into main");
  const merged = await project.git("rev-parse", "main");
  const before = await project.git("rev-parse", "main^1");
  expect(await project.git("show", "main:src/dial.ts")).toContain("hour3 = 3 * 3600");
  // Completing a merge has the editor show its own source control, at a moment of its own.
  await window.openView("Banyan");
  await agents.contextAction("seconds", "Undo Merge…");
  expect(await window.dialogText()).toContain("Undo the merge of “seconds” into main?");
  await window.answerDialog("Undo Merge");
  await window.notifications.waitFor("without the work of “seconds”");
  expect(await project.git("rev-parse", "main")).toBe(before);
  expect(merged).not.toBe(before);
});
