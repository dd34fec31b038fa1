import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { readLead } from "../../../src/engine/leader/holder.ts";
import { type CliRun, startCli } from "../../support/cli.ts";
import { startEngine } from "../../support/engine.ts";
import { ageLastSign, processesNaming, watchLeadership } from "../../support/leadership.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { examineTeams, steadyTeam } from "../../support/steadyTeam.ts";

const isLong = process.env.BANYAN_LONG === "1";
/** In the short run the last sign of life of the one that is stopped is made as old as half a minute. */
const STOPPED_MS = isLong ? 60_000 : 0;
const REPLACED_MS = 45_000;

test("a terminal that is stopped is replaced by its client, and is the client of that one when it goes on", {
  timeout: 180_000,
}, async () => {
  const repository = await createRepository();
  const store = join(repository.root, ".git", "banyan");
  const file = join(repository.root, "..", "team.json");
  await writeFile(file, JSON.stringify({ agents: steadyTeam(isLong ? 15_000 : 800) }));
  const spawn = (name: string): CliRun => {
    const run = startCli(["spawn", "Work", "--name", name, "--model", `script/${file}`], { cwd: repository.root });
    onTestFinished(() => void run.child.kill("SIGKILL"));
    return run;
  };
  const stopped = spawn("first");
  await stopped.says(/two +wrote/);
  const { epoch, holder } = await readLead(store);
  expect(holder?.pid).toBe(stopped.child.pid);
  const client = spawn("second");
  await client.says(/second +running/);

  const watch = watchLeadership(store);
  watch.excuse(stopped.child.pid ?? 0);
  stopped.child.kill("SIGSTOP");
  const start = systemClock.now();
  if (!isLong) await ageLastSign(store);
  const isReplaced = async () => (await readLead(store)).epoch === epoch + 1;
  while (!(await isReplaced()) && systemClock.now() < start + REPLACED_MS) await systemClock.sleep(20);
  expect((await readLead(store)).holder?.pid).toBe(client.child.pid);
  await systemClock.sleep(Math.max(0, start + STOPPED_MS - systemClock.now()));
  stopped.child.kill("SIGCONT");

  expect(await client.ended).toMatchObject({ code: 0 });
  expect(await stopped.ended).toMatchObject({ code: 0 });
  const { problems, segments } = await watch.end();
  expect(problems).toEqual([]);
  const epochs = segments.flatMap((segment) => segment.epochs);
  expect(epochs).toEqual(expect.arrayContaining([epoch, epoch + 1]));
  expect(epochs.slice(epochs.indexOf(epoch + 1))).not.toContain(epoch);
  await until("nothing runs any more", async () => (await processesNaming(repository.root)).length === 0);

  const { engine } = await startEngine(repository, { start: false });
  const roots = (await engine.agents.tree()).filter(({ parentId }) => parentId === null);
  expect(roots.map(({ name, status }) => [name, status])).toEqual([
    ["first", "completed"],
    ["second", "completed"],
  ]);
  expect(await examineTeams(engine, repository.git)).toEqual([]);
});
