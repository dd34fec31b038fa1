import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { LaneSetupError } from "./errors.ts";

const run = promisify(execFile);

/** Codes by which npm says that it didn't get through to its registry, as opposed to any other failure. */
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|E403|E407|E5\d\d)\b/;

/** `npm install` in `folder`, without running any package's scripts. `packages` may be empty: then what the folder's manifest lists. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<void> {
  // The prefix is said outright: under `npm run` the environment carries the prefix of this repository.
  const args = [
    "install",
    ...packages,
    "--prefix",
    folder,
    "--omit=dev",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  try {
    await run("npm", [...args, "--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"], {
      cwd: folder,
      env: withoutNpmRun(process.env),
      maxBuffer: 64 * 1024 * 1024,
      shell: process.platform === "win32",
    });
  } catch (error) {
    throw explained(error, packages.length > 0 ? packages.join(" ") : "the editor's own packages");
  }
}

function explained(error: unknown, wanted: string): LaneSetupError {
  const output =
    error instanceof Error ? `${error.message}\n${"stderr" in error ? String(error.stderr) : ""}` : String(error);
  const code = unreachable.exec(output)?.[1];
  if (code !== undefined) {
    return new LaneSetupError(
      `npm could not fetch ${wanted} (${code}); make npm's registry reachable (npm ping) and run again, or set BANYAN_EDITOR_CACHE to a cache that is filled`,
      { cause: error },
    );
  }
  const line = output.split("\n").find((text) => /npm (error|ERR!)/.test(text)) ?? output.split("\n")[0] ?? "";
  return new LaneSetupError(`npm install of ${wanted} failed: ${line.trim()}`, { cause: error });
}

/** What npm itself put into the environment describes this repository and must not steer an install elsewhere. */
function withoutNpmRun(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const steering =
    /^(npm_config_local_prefix|npm_config_workspaces?|npm_config_ignore_scripts|npm_package_|npm_lifecycle_)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !steering.test(name)));
}
