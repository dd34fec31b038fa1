import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** One window in which a person spawns, shows and stops. */
const lane = editorLane({ keep: "file" });

const taskPrompt = "What should the agent do?";
const modelPrompt = "Which model does it run on?";
const budgetPrompt = "US dollars that the agent and all below it may spend";
const longName = new RegExp(`^${scripts.longName}$`);

let project: Project;
let window: Workbench;
let agents: Tree;

beforeAll(async () => {
  project = await makeRepository(lane, {
    "README.md": "# Commands\n",
    "script/hello.yaml": scripts.hello,
    "script/every-state.yaml": scripts.everyState,
  });
  const settings = { "banyan.model": "script/script/every-state.yaml", "banyan.slots": 2 };
  window = await lane.open(project.folder, { ...withBanyan, settings });
  agents = window.tree("Agents");
  await window.openView("Banyan");
  await agents.message();
});

test("leaving Spawn Agent with Escape, at whichever question, starts nothing and makes no store", async () => {
  const { quickInput } = window;
  for (const answers of [[], ["task"], ["task", "model"]]) {
    await window.runCommand("Banyan: Spawn Agent");
    if (answers.includes("task")) await quickInput.answer("Say hello", taskPrompt);
    if (answers.includes("model")) await quickInput.pick("offline/survey", modelPrompt);
    await expect.poll(() => quickInput.prompt()).toContain(`Spawn Agent (${answers.length + 1} of 3)`);
    await quickInput.cancel();
    await quickInput.closed();
  }
  expect(await project.has(".git/banyan")).toBe(false);
  expect(await window.notifications.all()).toEqual([]);
});

test("Spawn Agent plays a script of the folder, and first says what is wrong with a budget", async () => {
  const { quickInput } = window;
  await window.runCommand("Banyan: Spawn Agent");
  await quickInput.answer("", taskPrompt);
  await expect.poll(() => quickInput.prompt()).toContain("A task is needed.");
  await quickInput.answer("Say hello");
  await quickInput.pick("Script File…", modelPrompt);
  await quickInput.file(join(project.folder, "script", "hello.yaml"), "Script File");
  await quickInput.answer("a lot", budgetPrompt);
  await expect.poll(() => quickInput.prompt()).toContain('"a lot" is no amount of dollars');
  await quickInput.answer("0");
  await expect.poll(() => quickInput.prompt()).toContain("A budget is more than 0.");
  await window.screenshot("spawn-budget-dark");
  await quickInput.answer("0.25");
  await quickInput.closed();

  await agents.row("lead", /^completed · 2 turns/).waitFor();
  const [lead] = await project.tree();
  expect(lead).toMatchObject({ task: "Say hello", model: `script/${join(project.folder, "script", "hello.yaml")}` });
  expect(lead?.figures.allocatedUsd).toBe(250_000);
});

test("Show Agent opens the document of the agent that was picked", async () => {
  await window.runCommand("Banyan: Show Agent");
  await window.quickInput.pick("lead", "Show Agent");
  await window.tab("Preview lead.md").waitFor();
  const document = window.webview();
  await document.getByRole("heading", { name: "lead", exact: true }).waitFor();
  const text = await document.locator("body").textContent();
  for (const part of ["completed", "Say hello", "Wrote a greeting.", "I write a greeting.", "write_file", "hello.txt"])
    expect(text).toContain(part);
  await window.page.setViewportSize({ width: 1280, height: 1600 });
  await window.screenshot("show-agent-dark");
  await window.page.setViewportSize({ width: 1280, height: 800 });
});

test("a team is seen in every state that it has, under names of any length", async () => {
  await window.runCommand("Banyan: Spawn Agent");
  await window.quickInput.answer("Show every state", taskPrompt);
  await window.quickInput.pick("script/script/every-state.yaml", modelPrompt);
  await window.quickInput.answer("1", budgetPrompt);
  await window.quickInput.closed();
  const states = { failing: "failed", planner: "waiting", stuck: "running", queued: "pending", scribe: "pending" };
  for (const [name, state] of Object.entries(states)) await agents.row(name, new RegExp(`^${state}`)).waitFor();
  await agents.row(longName, /^completed/).waitFor();
  await agents.row("lead", /^running/).waitFor();
});

test.for(["light", "hc", "dark"] as const)("its states are told apart in the %s theme", async (theme) => {
  await window.switchTheme(theme);
  await window.screenshot(`states-${theme}`);
  const icons = window.page.locator(".pane .monaco-list-row .custom-view-tree-node-item-icon");
  const looks = await icons.evaluateAll((found) => found.map((icon) => icon.className.match(/codicon-[\w-]+/)?.[0]));
  expect(new Set(looks)).toEqual(
    new Set(["codicon-loading", "codicon-clockface", "codicon-circle-large-outline", "codicon-pass", "codicon-error"]),
  );
});

test("in a side bar as narrow as can be, a row still has its icon and its name", async () => {
  await window.sideBarWidth(170);
  await window.screenshot("states-narrow-dark");
  const name = agents.row("planner").locator(".label-name");
  expect((await name.boundingBox())?.width).toBeGreaterThan(40);
  await window.sideBarWidth(420);
  await window.screenshot("states-wide-dark");
  await window.sideBarWidth(300);
});

test("Stop Agent ends a hanging agent when the user agrees, and not before", async () => {
  await agents.contextAction("stuck", "Stop Agent");
  expect(await window.dialogText()).toContain("Stop “stuck”?");
  await window.answerDialog("Cancel");
  await agents.row("stuck", /^running/).waitFor();

  await agents.inlineAction("stuck", "Stop Agent");
  expect(await window.dialogText()).toContain("Its work is kept");
  await window.screenshot("stop-dialog-dark");
  await window.answerDialog("Stop");
  await agents.row("stuck", /^terminated/).waitFor();
  // The slot goes to the next in line.
  await agents.row("queued", /^running/).waitFor();
});

test("stopping a lead ends all below it", async () => {
  await agents.contextAction("lead", "Stop Agent", /^running/);
  expect(await window.dialogText()).toMatch(/Stop “lead” and 3 agents below it\?[\s\S]*Their work is kept/);
  await window.answerDialog("Stop");
  for (const name of ["lead", "planner", "queued", "scribe"]) await agents.row(name, /^terminated/).waitFor();
  await window.screenshot("stopped-dark");
  expect(window.consoleErrors()).toEqual([]);
});
