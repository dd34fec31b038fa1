import { expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import { makeRepository, withBanyan } from "./project.ts";
import { twoWriters } from "./scripts.ts";
import type { Workbench } from "./workbench.ts";

const lane = editorLane();
const settings = { "banyan.model": "script/script/two-writers.yaml" };

/** A window whose team is at work: both writers took their first turn and are in their second. */
async function openAtWork() {
  const project = await makeRepository(lane, { "README.md": "# Reload\n", "script/two-writers.yaml": twoWriters });
  const window = await open(project.folder);
  await window.runCommand("Banyan: Spawn Agent");
  await window.quickInput.answer("Write two files", "What should the agent do?");
  await window.quickInput.pick(settings["banyan.model"], "Which model does it run on?");
  await window.quickInput.answer("1", "US dollars");
  const agents = window.tree("Agents");
  for (const name of ["first", "second"]) await agents.row(name, /^running · 1 turn · /).waitFor();
  return { project, window };
}

async function open(folder: string): Promise<Workbench> {
  const window = await lane.open(folder, { ...withBanyan, settings });
  await window.openView("Banyan");
  return window;
}

async function completes(window: Workbench): Promise<void> {
  const agents = window.tree("Agents");
  await agents.row("lead", /^completed · 4 turns · /).waitFor();
  const rows = await agents.rows();
  expect(rows.map(({ label, description }) => `${label} ${description.split(" · ", 2).join(" · ")}`)).toEqual([
    "lead completed · 4 turns",
    "first completed · 2 turns",
    "second completed · 2 turns",
  ]);
  expect(window.consoleErrors()).toEqual([]);
}

test("a team whose window is closed in the middle goes on when it is opened again, and completes", async () => {
  const { project, window } = await openAtWork();
  await lane.close(window);
  expect((await project.lead()).holder).toBeNull();
  const parked = await project.tree();
  expect(parked.some(({ status }) => status === "completed")).toBe(false);

  await completes(await open(project.folder));
  const [lead] = await project.tree();
  const branch = lead?.worktree?.branch ?? "";
  expect(await project.git("ls-tree", "--name-only", branch)).toBe("README.md\nfirst.txt\nscript\nsecond.txt");
});

test("a team whose window is reloaded in the middle goes on in it, and completes", async () => {
  const { window } = await openAtWork();
  await window.reload();
  await window.openView("Banyan");
  await completes(window);
  // The window remembers that it started the team.
  await window.notifications.waitFor("“lead” has ended: completed.");
});
