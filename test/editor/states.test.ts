import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands } from "../../src/vscode/contributions.ts";
import { editorLane } from "./lane.ts";
import type { Tree } from "./pages/tree.ts";
import { makeProject, makeRepository, type Project, withBanyan } from "./project.ts";
import type { Workbench } from "./workbench.ts";

/** What the view says where agents can't work yet, and how one gets out of it. */
const lane = editorLane();

let window: Workbench;
let agents: Tree;

async function open(project: Project | undefined): Promise<void> {
  window = await lane.open(project?.folder, withBanyan);
  agents = window.tree("Agents");
  await window.openView("Banyan");
}

const needARepository = Object.entries(commands).filter(([id]) => id !== "banyan.showLog");

test("without a folder the view asks for one, and the palette offers nothing that needs it", async () => {
  await open(undefined);
  expect(await agents.message()).toBe("Agents work in the git repository of an open folder.\n\nOpen Folder");
  await window.screenshot("no-folder-dark");
  await window.page.keyboard.press("F1");
  await window.quickInput.filter(">Banyan: ");
  await window.quickInput.row("Banyan: Show Log").waitFor();
  const offered = await window.quickInput.labels();
  for (const [, { title }] of needARepository) expect(offered).not.toContain(`Banyan: ${title}`);
  expect(window.consoleErrors()).toEqual([]);
});

test("without a repository the view says so, and follows git init and the first commit", async () => {
  const project = await makeProject(lane);
  await open(project);
  expect(await agents.message()).toMatch(/^This folder is not in a git repository[^\n]*\n\nInitialize Repository$/);
  await window.screenshot("no-repository-dark");
  await project.init();
  await expect.poll(() => agents.message()).toMatch(/^This repository has no commit yet/);
  await project.commitAll("First");
  await expect.poll(() => agents.message()).toMatch(/^No agents yet/);
  expect(window.consoleErrors()).toEqual([]);
});

test("a store that is no database is told in one line, with Retry, which opens it when it is mended", async () => {
  const project = await makeRepository(lane);
  const store = join(project.folder, ".git", "banyan");
  await mkdir(store);
  await writeFile(join(store, "image-00000001.sqlite"), "garbage, longer than the header of a database\n".repeat(40));
  await open(project);
  await expect.poll(() => agents.message()).toMatch(/store/i);
  expect(await agents.message()).not.toMatch(/\n|\bat .+:\d+:\d+|Error:/);
  await expect.poll(async () => (await agents.rows()).map(({ label }) => label)).toEqual(["Retry", "Show Log"]);
  await window.screenshot("broken-dark");
  for (const theme of ["light", "hc"] as const) {
    await window.switchTheme(theme);
    await window.screenshot(`broken-${theme}`);
  }
  expect(window.consoleErrors().join("\n")).not.toMatch(/\bat .+:\d+:\d+/);

  await rm(store, { recursive: true });
  await agents.click("Retry");
  await expect.poll(() => agents.message()).toMatch(/^No agents yet/);
});
