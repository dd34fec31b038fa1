import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { runCli, startCli } from "../support/cli.ts";
import { report, write } from "../support/engine.ts";
import { isRunning, until } from "../support/processes.ts";
import { createRepository } from "../support/repository.ts";

test("a set-up whose leader was killed is ended by the next one, and runs again from the start", async () => {
  const repository = await createRepository({ files: { "a.txt": "a\n", ".gitignore": "*.log\n" } });
  const outside = dirname(repository.root);
  const file = join(outside, "team.json");
  await writeFile(file, JSON.stringify({ agents: [{ turns: [write("b.txt", "b\n"), report("Done.")] }] }));
  const setUp = `cd "$BANYAN_CHECKOUT/.."; echo $$ >> pids; test -e go || { sleep 1000; }; touch "$OLDPWD/made.log"`;
  const settings = join(outside, "config", "banyan", "settings.json");
  await mkdir(dirname(settings), { recursive: true });
  await writeFile(settings, JSON.stringify({ "banyan.worktrees.setUp": setUp }));
  const options = { cwd: repository.root, env: { XDG_CONFIG_HOME: join(outside, "config") } };
  const pids = async () =>
    (await repository.has("../pids")) ? (await repository.read("../pids")).trim().split("\n").map(Number) : [];

  const killed = startCli(["spawn", "Work", "--model", `script/${file}`], options);
  await killed.says(/setting up its worktree/);
  await until("the command runs", async () => (await pids()).length === 1);
  const [first = 0] = await pids();
  killed.child.kill("SIGKILL");
  await killed.ended;
  expect(await isRunning(first)).toBe(true);

  await writeFile(join(outside, "go"), "");
  const resumed = await runCli(["resume"], options);
  expect(resumed.code).toBe(0);
  expect(await isRunning(first)).toBe(false);
  expect(await pids()).toHaveLength(2);
  const [agent] = JSON.parse((await runCli(["tree", "--json"], options)).stdout);
  expect(agent).toMatchObject({ status: "completed" });
  const worktree = join(repository.root, ".banyan", "worktrees", `${agent.name}-${agent.id}`);
  expect(await repository.has(join("..", worktree.slice(outside.length + 1), "made.log"))).toBe(true);
});
