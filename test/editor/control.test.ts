import { beforeAll, expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** One window in which a person holds teams on their way: pause, raise, try again, more work, stop. */
const lane = editorLane({ keep: "file" });

const model = "script/script/control.yaml";
const longName = new RegExp(`^${scripts.longName}$`);

let project: Project;
let window: Workbench;
let agents: Tree;

beforeAll(async () => {
  project = await makeRepository(lane, { "README.md": "# Control\n", "script/control.yaml": scripts.control });
  window = await lane.open(project.folder, { ...withBanyan, settings: { "banyan.model": model } });
  agents = window.tree("Agents");
  await window.openView("Banyan");
  await agents.message();
});

async function spawn(task: string, budget: string): Promise<void> {
  await window.runCommand("Banyan: Spawn Agent");
  await window.quickInput.answer(task, "What should the agent do?");
  await window.quickInput.pick(model, "Which model does it run on?");
  await window.quickInput.answer(budget, "US dollars that the agent and all below it may spend");
  await window.quickInput.closed();
}

const agent = async (task: string) => (await project.tree()).find((row) => row.task === task);

test("Pause Agent lets the step under way be done, and nothing more happens until Resume Agent", async () => {
  await spawn("Work slowly.", "1");
  await agents.row("lead", /^running/).waitFor();
  await agents.inlineAction("lead", "Pause Agent");
  await agents.row("lead", /^paused · [01] turns?/).waitFor();
  const before = await agent("Work slowly.");
  await window.screenshot("paused-dark");
  expect(before).toMatchObject({ status: "paused", reason: "paused by the user" });
  expect(await agent("Work slowly.")).toEqual(before);

  await agents.inlineAction("lead", "Resume Agent");
  await agents.row("lead", /^completed · 3 turns/).waitFor();
});

test("Give More Work… asks for a task and offers the budget that the agent had", async () => {
  await agents.contextAction("lead", "Give More Work…");
  await window.quickInput.answer("", "What should “lead” do next?");
  await expect.poll(() => window.quickInput.prompt()).toContain("A task is needed.");
  await window.quickInput.answer("Do more.");
  await expect.poll(() => window.quickInput.prompt()).toContain("may spend from now on");
  await window.screenshot("more-work-dark");
  await window.quickInput.accept();
  await window.quickInput.closed();
  await agents.row("lead", /^completed · 4 turns/).waitFor();
});

test("a lead whose budget is too small waits and says so once; with Raise Budget… it completes", async () => {
  await window.notifications.clear();
  await spawn("Spend.", "0.0005");
  await agents.row("lead", /^waiting for budget/).waitFor();
  const notice = await window.notifications.waitFor("“lead” waits for budget: its next model call may take $0.00");
  expect(notice).toMatchObject({ severity: "warning", actions: ["Raise Budget…", "Show Agent"] });
  await window.notifications.whileOpen(() => window.screenshot("budget-notice-dark"));

  await agents.contextAction("lead", "Show Agent", /^waiting for budget/);
  await window.webview().getByText("Raise Budget… lets it go on.").waitFor();
  await window.screenshot("budget-document-dark");

  await window.notifications.press("waits for budget", "Raise Budget…");
  await expect.poll(() => window.quickInput.prompt()).toContain("“lead” has $0.0005, $0.0005 of it left.");
  await window.screenshot("raise-dark");
  await window.quickInput.answer("nothing");
  await expect.poll(() => window.quickInput.prompt()).toContain('"nothing" is no amount of dollars');
  await window.quickInput.answer("0.5");
  await window.quickInput.closed();
  await agents.row("lead", /^completed · 1 turn /).waitFor();
  // Nor is it said again.
  expect((await window.notifications.all()).map(({ message }) => message)).toEqual(["“lead” has ended: completed."]);
});

test("Try Again lets an agent that failed go on with what it knows", async () => {
  await spawn("Fail at first.", "1");
  await agents.row("lead", /^failed/).waitFor();
  await agents.inlineAction("lead", "Try Again", /^failed/);
  await agents.row("lead", /^completed · 2 turns/).waitFor();
  expect((await agent("Fail at first."))?.result?.summary).toBe("It starts now.");
});

test("what keeps an agent of a team from going on is seen in the tree", async () => {
  await window.notifications.clear();
  await spawn("Lead.", "1");
  await agents.row("short-of-money", /^waiting for budget/).waitFor();
  await agents.row("failing", /^failed/).waitFor();
  // While its team is still in motion a row is drawn anew under the pointer: a menu stays.
  await agents.contextAction(longName, "Pause Agent", /^waiting for message/);
  await agents.row(longName, /^paused/).waitFor();
});

test.for(["light", "hc", "dark"] as const)("its states are told apart in the %s theme", async (theme) => {
  await window.switchTheme(theme);
  await window.sideBarWidth(300);
  await agents.row("short-of-money").hover();
  await window.screenshot(`control-${theme}`);
  const icons = window.page.locator(".pane .monaco-list-row .custom-view-tree-node-item-icon");
  const looks = await icons.evaluateAll((found) => found.map((icon) => icon.className.match(/codicon-[\w-]+/)?.[0]));
  expect(looks.slice(-5)).toEqual([
    "codicon-clockface",
    "codicon-debug-pause",
    "codicon-credit-card",
    "codicon-error",
    "codicon-loading",
  ]);
});

test("an agent that its lead does not help is told by its name", async () => {
  const notice = await window.notifications.waitFor("“short-of-money” (team “lead”) waits for budget");
  expect(notice).toMatchObject({ severity: "warning", actions: ["Raise Budget…", "Show Agent"] });
});

test("Stop Everything says how much it stops, and does when the user agrees", async () => {
  await window.runCommand("Banyan: Stop Everything");
  expect(await window.dialogText()).toMatch(/^Stop 4 agents of 1 team\?/);
  await window.screenshot("stop-everything-dark");
  await window.answerDialog("Cancel");
  await agents.row("stuck", /^running/).waitFor();
  await window.runCommand("Banyan: Stop Everything");
  await window.answerDialog("Stop Everything");
  for (const name of ["short-of-money", longName, "stuck"]) await agents.row(name, /^terminated/).waitFor();
  expect((await project.tree()).filter(({ endedAt }) => endedAt === null)).toEqual([]);
  expect(window.consoleErrors()).toEqual([]);
});
