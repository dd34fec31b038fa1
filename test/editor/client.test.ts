import { beforeAll, expect, test } from "vitest";
import type { CliRun } from "../support/cli.ts";
import { editorLane } from "./lane.ts";
import { MultiDiff } from "./pages/multi-diff.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** One window on a repository that a terminal leads. */
const lane = editorLane({ keep: "file" });
const settings = { "banyan.model": "script/script/hello.yaml" };

let project: Project;
let terminal: CliRun;
let window: Workbench;
let agents: Tree;

beforeAll(async () => {
  project = await makeRepository(lane, {
    "README.md": "# Client\n",
    "script/hang.yaml": scripts.hang,
    "script/hello.yaml": scripts.hello,
  });
  window = await lane.open(project.folder, { ...withBanyan, settings });
  agents = window.tree("Agents");
  await window.openView("Banyan");
  expect(await agents.message()).toMatch(/^No agents yet/);
});

test("a window shows the first team when a terminal spawns it, and says who leads", async () => {
  terminal = project.startBanyan("spawn", "Hang", "--name", "hanging", "--model", "script/script/hang.yaml");
  await agents.row("hanging", /^running/).waitFor();
  await expect.poll(() => agents.message()).toBe(`Led by a terminal (process ${terminal.child.pid}).`);
  expect((await project.lead()).holder?.pid).toBe(terminal.child.pid);
});

test("a team that is spawned in it runs where the terminal is, from the script that lies in the window's folder", async () => {
  await window.runCommand("Banyan: Spawn Agent");
  await window.quickInput.answer("Say hello", "What should the agent do?");
  await window.quickInput.pick(settings["banyan.model"], "Which model does it run on?");
  await window.quickInput.answer("1", "US dollars");
  await window.quickInput.closed();
  await agents.row("lead", /^completed · 2 turns/).waitFor();
  const notice = await window.notifications.waitFor("“lead” has ended: completed.");
  expect(notice).toMatchObject({ severity: "info", actions: ["Open Diff", "Merge"] });
  expect((await project.lead()).holder?.pid).toBe(terminal.child.pid);
});

test.for(["light", "hc", "dark"] as const)("who leads is to be read in the %s theme", async (theme) => {
  await window.useTheme(theme);
  await window.sideBarWidth(300);
  await window.screenshot(`client-${theme}`);
  expect(await agents.message()).toMatch(/^Led by a terminal/);
});

test("in a side bar as narrow as can be, it goes over two lines", async () => {
  await window.sideBarWidth(170);
  await window.screenshot("client-narrow-dark");
  await window.sideBarWidth(300);
});

test("diff, document and merge work as in a window that leads", async () => {
  await agents.inlineAction("lead", "Open Diff");
  await window.tab(/^Changes of “lead”/).waitFor();
  const diff = new MultiDiff(window.page);
  await diff.loaded();
  expect(await diff.entries()).toEqual([{ path: "hello.txt", status: "A" }]);
  await agents.contextAction("lead", "Show Agent");
  await window.tab("Preview lead.md").waitFor();
  await window.webview().getByRole("heading", { name: "lead", exact: true }).waitFor();
  await agents.inlineAction("lead", "Merge Agent's Work");
  await window.answerDialog("Merge");
  await window.notifications.waitFor("Merged 1 file of “lead” into main");
  expect(await project.git("show", "main:hello.txt")).toBe("Hello");
});

test("when the terminal has gone the window leads, and what was parked goes on in it", async () => {
  terminal.child.kill("SIGINT");
  await terminal.ended;
  await agents.row("hanging", /^completed/).waitFor();
  expect((await project.lead()).holder?.label).toBe("a VS Code window");
  await expect.poll(() => agents.hasMessage()).toBe(false);
  await window.screenshot("client-leads-dark");
  expect(window.consoleErrors()).toEqual([]);
});
