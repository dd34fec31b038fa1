import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot } from "../paths.ts";
import { LaneSetupError } from "./errors.ts";
import { oldestNode } from "./versions.ts";

const run = promisify(execFile);

/** A Node that is new enough for VS Code's server: the one that runs the tests, else the repository's own. */
export async function findNode(): Promise<string> {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const own = join(repositoryRoot, "node_modules", ".bin", process.platform === "win32" ? "node.exe" : "node");
  try {
    const { stdout } = await run(own, ["--version"]);
    if (isNewEnough(stdout.trim().replace(/^v/, ""))) return own;
  } catch {
    // Optional dependencies were left out: the error below says the same for both.
  }
  throw new LaneSetupError(
    `Node ${oldestNode.join(".")} or newer is needed, this is ${process.versions.node}; run npm install with optional dependencies, or start the tests with a newer Node`,
  );
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}
