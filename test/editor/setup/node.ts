import { LaneSetupError } from "./errors.ts";
import { oldestNode } from "./versions.ts";

/** A Node that is new enough for VS Code's server: the one that runs the tests. */
export function findNode(): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return process.execPath;
  throw new LaneSetupError(
    `Node ${oldestNode.join(".")} or newer is needed, this is ${process.versions.node}: start the lane with npm run test:editor`,
  );
}
