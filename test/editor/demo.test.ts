import { beforeAll, expect, test } from "vitest";
import { formatUsd } from "../../src/protocol/money.ts";
import { editorLane } from "./lane.ts";
import { MultiDiff } from "./pages/multi-diff.ts";
import type { Tree } from "./pages/tree.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import type { Workbench } from "./workbench.ts";

/** One window, from the first look at it to the merged survey. */
const lane = editorLane({ keep: "file" });
/** The last one is what the window had before. */
const themes = ["light", "hc", "dark"] as const;
const surveyPages = ["README.md", "docs.md", "src.md", "test.md"].map((name) => `docs/survey/${name}`);

let project: Project;
let window: Workbench;
let agents: Tree;

beforeAll(async () => {
  project = await makeRepository(lane);
  window = await lane.open(project.folder, { ...withBanyan, height: 900 });
  agents = window.tree("Agents");
  await window.openView("Banyan");
});

test("where no agent has worked, the view offers the demo, and makes no store", async () => {
  expect(await agents.message()).toBe(
    "No agents yet. The demo surveys this repository with a team of agents: no key, no network, nothing to pay.\n\n" +
      "Run the Demo\nSpawn Agent",
  );
  await window.screenshot("empty-dark");
  expect(await project.has(".git/banyan")).toBe(false);
});

test("the demo fills the tree while its team works, until the lead completes", async () => {
  await window.runCommand("Banyan: Run the Demo");
  const working = await agents.until(
    (rows) => rows.length === 4 && rows.some(({ description }) => !description.startsWith("completed")),
  );
  await window.screenshot("demo-running-dark");
  expect(working.map(({ label, level }) => `${level} ${label}`)).toEqual([
    "1 lead",
    "2 survey-src",
    "2 survey-docs",
    "2 survey-test",
  ]);
  await agents.row("lead", /^completed/).waitFor();
});

test("its rows have the figures of banyan tree --json, read while the window leads", async () => {
  const rows = await agents.until((shown) => shown.every(({ description }) => description.startsWith("completed")));
  const told = await project.tree();
  expect(rows.map(({ label, description }) => [label, ...description.split(" · ").slice(0, 3)])).toEqual(
    told.map(({ name, status, figures }) => [name, status, `${figures.turns} turns`, formatUsd(figures.costUsd)]),
  );
  expect(told).toHaveLength(4);
});

test("a screen reader says each row's name and state, and a button's title", async () => {
  const names = (await agents.rows()).map(({ accessibleName }) => accessibleName);
  expect(names[0]).toMatch(/^lead, completed, \d+ turns, \$[\d.]+$/);
  expect(names[1]).toMatch(/^survey-src, completed, \d+ turns, \$[\d.]+, surveyor$/);
  expect(await window.page.locator(".sidebar").getByRole("button", { name: "Spawn Agent" }).isVisible()).toBe(true);
});

test("a notice says that the team has ended and opens its diff: the survey, added", async () => {
  const notice = await window.notifications.waitFor("“lead” has ended: completed.");
  expect(notice).toMatchObject({ severity: "info", actions: ["Open Diff", "Review"] });
  await window.notifications.press("“lead” has ended", "Open Diff");
  await window.tab(/^Changes of “lead”/).waitFor();
  const diff = new MultiDiff(window.page);
  await diff.loaded();
  for (const theme of themes) {
    await window.switchTheme(theme);
    await window.screenshot(`demo-diff-${theme}`);
  }
  await diff.foldAll();
  await expect.poll(() => diff.entries()).toEqual(surveyPages.map((path) => ({ path, status: "A" })));
});

test("an agent's diff opens from its row: one survey page", async () => {
  await agents.inlineAction("survey-src", "Open Diff");
  await window.tab(/^Changes of “survey-src”/).waitFor();
  const diff = new MultiDiff(window.page);
  await expect.poll(() => diff.entries()).toEqual([{ path: "docs/survey/src.md", status: "A" }]);
});

test("the lead's work is merged when the user agrees, and not before", async () => {
  const before = await project.git("rev-parse", "main");
  await agents.contextAction("lead", "Merge Agent's Work");
  expect(await window.dialogText()).toContain("Merge 4 changed files of “lead” into main?");
  await window.answerDialog("Cancel");
  expect(await project.git("rev-parse", "main")).toBe(before);

  await agents.inlineAction("lead", "Merge Agent's Work");
  expect(await window.dialogText()).toContain("merged whole or");
  await window.screenshot("merge-dialog-dark");
  await window.answerDialog("Merge");
  const notice = await window.notifications.waitFor("Merged 4 files of “lead” into main");
  expect(notice.severity).toBe("info");
  expect(await project.git("log", "-1", "--format=%s")).toMatch(/^Merge lead: /);
  expect(await project.git("log", "-1", "--format=%P")).toMatch(new RegExp(`^${before} [0-9a-f]{40}$`));
  expect(await project.git("show", "--name-only", "--format=", "-m", "--first-parent", "HEAD")).toBe(
    surveyPages.join("\n"),
  );
  expect(await project.git("status", "--porcelain")).toBe("");
});

test("after that there is nothing to merge, and no error was reported", async () => {
  expect(window.consoleErrors()).toEqual([]);
  await window.runCommand("Banyan: Merge Agent's Work");
  const notice = await window.notifications.waitFor("Nothing to merge");
  expect(notice.severity).toBe("error");
});
