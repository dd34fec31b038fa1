import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { emptyExtension } from "./folders.ts";
import { editorLane } from "./lane.ts";

const lane = editorLane();
const files = { "readme.md": "a folder of the lane\n" };

test("runs code in the extension host of the VS Code whose version it reports", async () => {
  const extensionDevelopmentPath = await lane.temporaryFolder(emptyExtension);
  const folder = await lane.temporaryFolder(files);
  const results = await lane.runInHost(new URL("lane.host.ts", import.meta.url), { folder, extensionDevelopmentPath });
  expect(results).toHaveLength(3);
  expect(await readFile(join(folder, "version.txt"), "utf8")).toBe(lane.vscodeVersion);
});

test("a fact that fails in the extension host fails the test with its name and its line", async () => {
  const extensionDevelopmentPath = await lane.temporaryFolder(emptyExtension);
  const folder = await lane.temporaryFolder(files);
  const run = lane.runInHost(new URL("failing.host.ts", import.meta.url), { folder, extensionDevelopmentPath });
  await expect(run).rejects.toThrow(
    /2 facts fail[\s\S]*is wrong[\s\S]*failing\.host\.ts:7:[\s\S]*never ends\n.*200 ms/,
  );
});

test.for(["light", "dark", "hc"] as const)("drives a window in the %s theme and finds no error", async (theme) => {
  const extensionDevelopmentPath = await lane.temporaryFolder(emptyExtension);
  const folder = await lane.temporaryFolder(files);
  const workbench = await lane.open(folder, { extensionDevelopmentPath, theme });

  await workbench.openView("Explorer");
  await workbench.page.getByRole("treeitem", { name: /^readme\.md/ }).dblclick();
  await workbench.tab("readme.md").waitFor();
  expect(await workbench.editorText()).toContain("a folder of the lane");

  await workbench.runCommand("Lane: Nothing");
  expect(await workbench.dialogText()).toContain("command 'lane.nothing' not found");
  await workbench.screenshot(`lane-${theme}`);
  await workbench.answerDialog("OK");
  expect(workbench.consoleErrors()).toEqual([]);
});
