import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests, TestRunFailedError } from "@vscode/test-electron";
import { makeFolder } from "./folders.ts";
import { bundleFacts } from "./host/bundle.ts";
import { repositoryRoot } from "./paths.ts";

/**
 * The facts of every `*.host.ts`, in a desktop VS Code: `node test/editor/desktop.ts [name of a file]…`.
 * BANYAN_VSCODE_EXECUTABLE names an installed VS Code; without it, the latest one is downloaded.
 */
const executable = process.env.BANYAN_VSCODE_EXECUTABLE;
const wanted = process.argv.slice(2);
const modules = (await readdir(import.meta.dirname)).filter(
  (name) => name.endsWith(".host.ts") && name !== "failing.host.ts",
);
let failed = 0;
for (const name of wanted.length > 0 ? wanted : modules) failed += await runModule(name);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs one module's facts, prints them and returns how many fail. */
async function runModule(name: string): Promise<number> {
  const temporary = await mkdtemp(join(tmpdir(), "banyan-desktop-"));
  try {
    const folder = await makeFolder(temporary, { "readme.md": "a folder of the lane\n" });
    const bundle = await bundleFacts(join(import.meta.dirname, name), temporary);
    await startVSCode(bundle.testsPath, folder);
    const results = await bundle.results();
    for (const { name: fact, durationMs, failure } of results) {
      console.log(
        `${failure === undefined ? "ok  " : "FAIL"} ${fact} (${durationMs} ms)${failure ? `\n${failure}` : ""}`,
      );
    }
    return results.filter((result) => result.failure !== undefined).length;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function startVSCode(extensionTestsPath: string, folder: string): Promise<void> {
  try {
    await runTests({
      ...(executable ? { vscodeExecutablePath: executable } : {}),
      extensionDevelopmentPath: repositoryRoot,
      extensionTestsPath,
      launchArgs: [folder, "--disable-workspace-trust", "--disable-extensions", "--skip-welcome"],
    });
  } catch (error) {
    // A failed fact ends VS Code with an error too; which one it was stands in the report.
    if (!(error instanceof TestRunFailedError)) throw error;
  }
}
