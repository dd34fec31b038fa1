// Runs a tool of node_modules on VS Code's own version of Node, whatever Node started npm:
//   node test/node.mjs vitest run …
//   node test/node.mjs ./test/bench/run.ts store
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const LEAST = [22, 18];

const isEnough = (version) => {
  const [major, minor] = version.split(".").map(Number);
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1]);
};

/** From its package: not every npm links the command of an optional one. */
function findNode() {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const names = [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`];
  const file = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  const found = names.map((name) => resolve("node_modules", name, file)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (isEnough(process.versions.node)) return process.execPath;
  process.stderr.write(
    `Node ${LEAST.join(".")} or newer is needed, this is ${process.versions.node}, and no ${names[0]} is in node_modules: run npm ci with optional dependencies, or start with a newer Node.\n`,
  );
  process.exit(1);
}

/** The script behind a tool's name; a path stands for itself. */
function findTool(name) {
  if (name.startsWith(".")) return resolve(name);
  const folder = resolve("node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[name]);
}

const node = findNode();
const [tool = "", ...args] = process.argv.slice(2);
const env = { ...process.env, PATH: `${dirname(node)}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}` };
// The collector is exposed for what measures memory; nothing else asks for it.
const child = spawn(node, ["--expose-gc", findTool(tool), ...args], { stdio: "inherit", env });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
