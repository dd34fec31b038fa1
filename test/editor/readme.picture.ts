import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { test } from "vitest";
import { editorLane } from "./lane.ts";
import { repositoryRoot } from "./paths.ts";
import { withBanyan } from "./project.ts";

/** Writes media/readme.png: the demo, run on a clone of this repository, beside the page that its lead wrote. */
const lane = editorLane();

const run = promisify(execFile);

async function cloneWithoutHiddenFolders(folder: string): Promise<void> {
  await run("git", ["clone", "--quiet", repositoryRoot, folder]);
  const git = async (...args: string[]) => (await run("git", args, { cwd: folder })).stdout;
  await git("config", "user.name", "Una User");
  await git("config", "user.email", "una@example.org");
  await git("rm", "-r", "--quiet", "--ignore-unmatch", "--", ":(glob).*/**");
  await git("commit", "--quiet", "--allow-empty", "-m", "Without hidden folders");
}

test("the picture of the README", async () => {
  const folder = join(await lane.temporaryFolder({}), "banyan");
  await cloneWithoutHiddenFolders(folder);
  const window = await lane.open(folder, {
    ...withBanyan,
    theme: "light",
    width: 1200,
    height: 750,
    settings: {
      "window.commandCenter": false,
      "workbench.editorAssociations": { "*.md": "vscode.markdown.preview.editor" },
      "workbench.layoutControl.enabled": false,
      "workbench.statusBar.visible": false,
    },
  });
  const agents = window.tree("Agents");
  await window.openView("Banyan");
  await window.runCommand("Banyan: Run the Demo");
  await agents.row("lead", /^completed/).waitFor();
  await agents.contextAction("lead", "Merge Agent's Work");
  await window.answerDialog("Merge");
  await window.page.keyboard.press("Control+P");
  await window.quickInput.filter("docs/survey/README.md");
  await window.quickInput.pick("README.md");
  // The chart is drawn after the page is there.
  await window.webview().locator("svg").getByText("repository", { exact: true }).waitFor();
  await window.sideBarWidth(470);
  await window.screenshot("readme", join(repositoryRoot, "media"));
});
