import { rm } from "node:fs/promises";
import { beforeAll, expect, test } from "vitest";
import type { CliRun } from "../support/cli.ts";
import { editorLane } from "./lane.ts";
import { MultiDiff } from "./pages/multi-diff.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import * as scripts from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

/** Windows on repositories that a terminal leads. */
const lane = editorLane({ keep: "file" });
const settings = { "banyan.model": "script/script/hello.yaml" };

let project: Project;
let terminal: CliRun;
let window: Workbench;
let agents: Tree;

/** A terminal that can't be reached, and a window on its repository, which says so after 15 s. */
let silent: { readonly terminal: CliRun; readonly window: Workbench };

const files = {
  "README.md": "# Client\n",
  "script/hang.yaml": scripts.hang,
  "script/hello.yaml": scripts.hello,
};
const spawnHanging = ({ startBanyan }: Project) =>
  startBanyan("spawn", "Hang", "--name", "hanging", "--model", "script/script/hang.yaml");

async function openSilent(): Promise<typeof silent> {
  const other = await makeRepository(lane, files);
  const leading = spawnHanging(other);
  await leading.says(/hanging\s+running/);
  await rm((await other.lead()).holder?.address ?? "");
  return { terminal: leading, window: await openWindow(other) };
}

async function openWindow({ folder }: Project): Promise<Workbench> {
  const opened = await lane.open(folder, { ...withBanyan, settings });
  await opened.openView("Banyan");
  return opened;
}

beforeAll(async () => {
  project = await makeRepository(lane, files);
  [silent, window] = await Promise.all([openSilent(), openWindow(project)]);
  agents = window.tree("Agents");
  expect(await agents.message()).toMatch(/^No agents yet/);
});

test("a window says that it opens its repository when that takes long", async () => {
  await expect.poll(() => silent.window.tree("Agents").message()).toBe("Opening the repository…");
});

test("a window shows the first team when a terminal spawns it, and says who leads", async () => {
  terminal = spawnHanging(project);
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
  expect(notice).toMatchObject({ severity: "info", actions: ["Open Diff", "Review"] });
  expect((await project.lead()).holder?.pid).toBe(terminal.child.pid);
});

test.for(["light", "hc", "dark"] as const)("who leads is to be read in the %s theme", async (theme) => {
  await window.switchTheme(theme);
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

test("a terminal that can't be reached is told with its number, and Retry leads when it has ended", async () => {
  const tree = silent.window.tree("Agents");
  await expect
    .poll(() => tree.message())
    .toBe(
      `Banyan runs for this repository in a terminal (process ${silent.terminal.child.pid}), which does not answer. Wait for it, or close it.`,
    );
  await tree.row("Show Log").waitFor();
  await silent.window.screenshot("silent-dark");
  silent.terminal.child.kill("SIGINT");
  await silent.terminal.ended;
  await tree.click("Retry");
  // What it parked goes on.
  await tree.row("hanging", /^completed/).waitFor();
});
