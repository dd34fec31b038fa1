import { expect, test } from "vitest";
import { editorLane } from "./lane.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";

/** Folders open in Restricted Mode. */
const lane = editorLane({ workspaceTrust: "on" });

async function openRestricted(project: Project) {
  const window = await lane.open(project.folder, withBanyan);
  const agents = window.tree("Agents");
  await window.openView("Banyan");
  expect(await agents.message()).toBe(
    "Agents change files and run git. They stay off until you trust this folder.\n\nManage Workspace Trust",
  );
  return { window, agents };
}

test("in a folder that is not trusted nothing is opened; when it is, agents can be spawned", async () => {
  const project = await makeRepository(lane);
  const { window, agents } = await openRestricted(project);
  await window.screenshot("untrusted-dark");
  expect(await project.has(".git/banyan")).toBe(false);
  await window.trustFolder();
  await window.openView("Banyan");
  await expect.poll(() => agents.message()).toMatch(/^No agents yet/);
  expect(await project.has(".git/banyan")).toBe(false);
});

test("agents that worked in a folder are not shown or gone on with before it is trusted", async () => {
  const project = await makeRepository(lane);
  await project.banyan("spawn", "Survey this repository");
  const { window, agents } = await openRestricted(project);
  expect(await agents.rows()).toEqual([]);
  expect((await project.lead()).holder).toBeNull();
  await window.trustFolder();
  await window.openView("Banyan");
  await agents.row("lead", /^completed/).waitFor();
  expect((await project.lead()).holder?.label).toBe("a VS Code window");
});
