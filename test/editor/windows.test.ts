import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../src/base/clock.ts";
import { systemIds } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/log.ts";
import { defaultSettings } from "../../src/engine/engine.ts";
import { readEngine } from "../../src/engine/join/read.ts";
import { nameOf } from "../../src/engine/leader/holder.ts";
import { agentRecordSchema, messageRecordSchema } from "../../src/protocol/records.ts";
import { ageLastSign, type LeadershipWatch, processesNaming, watchLeadership } from "../support/leadership.ts";
import { examineTeams, listeningTeam, steadyTeam } from "../support/steadyTeam.ts";
import { assets, expectOk } from "../support/store.ts";
import { editorLane } from "./lane.ts";
import { makeRepository, type Project, withBanyan } from "./project.ts";
import type { Workbench } from "./workbench.ts";

/** Two windows and terminals on one repository: the steps of one story in which teams are at work all the time. */
const lane = editorLane({ keep: "file" });

const isLong = process.env.BANYAN_LONG === "1";
const RELOADS = isLong ? 50 : 4;
/** How long a leader is stopped; in the short run its last sign of life is made as old as that. */
const STOPPED_MS = isLong ? 60_000 : 0;
const ORPHANS_END_MS = 10_000;
const timeout = isLong ? 20 * 60_000 : 120_000;

const settings = { "banyan.model": "script/script/listening.json" };

let project: Project;
let store: string;
let windows: readonly [Workbench, Workbench];
let watch: LeadershipWatch;
/** What terminals were told has happened: ids of teams, ids of messages with their bodies. */
const told = { teams: [] as string[], messages: new Map<string, string>(), failures: [] as string[] };

beforeAll(async () => {
  project = await makeRepository(lane, {
    "README.md": "# Windows\n",
    "script/listening.json": JSON.stringify({ agents: listeningTeam }),
    "script/team.json": JSON.stringify({ agents: steadyTeam(200) }),
  });
  store = join(project.folder, ".git", "banyan");
  const open = () => lane.open(project.folder, { ...withBanyan, settings });
  windows = await Promise.all([open(), open()]);
  const [first] = windows;
  for (const window of windows) await window.openView("Banyan");
  watch = watchLeadership(store);
  await first.runCommand("Banyan: Spawn Agent");
  await first.quickInput.answer("Listen", "What should the agent do?");
  await first.quickInput.pick(settings["banyan.model"], "Which model does it run on?");
  await first.quickInput.answer("5", "US dollars");
  for (const window of windows) await listens(window);
});

const listens = (window: Workbench) =>
  window
    .tree("Agents")
    .row("listener", /^waiting for message/)
    .waitFor();

const spawnedSchema = z.object({ agent: agentRecordSchema });

/** Spawns one team after the other while `work` is done, each from a terminal of its own that stays until its end. */
async function whileSpawning(work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const spawning = keepSpawning(over.signal);
  try {
    await work();
  } finally {
    over.abort();
    await spawning;
  }
}

async function keepSpawning(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const name = `team-${told.teams.length + 1}`;
    const model = "script/script/team.json";
    const { code, stdout, stderr } = await project.banyan("spawn", "--json", "Work", "--name", name, "--model", model);
    if (code !== 0) told.failures.push(`spawn ${name} ended with ${code}: ${stderr}`);
    told.teams.push(stdout === "" ? name : spawnedSchema.parse(JSON.parse(stdout)).agent.id);
  }
}

async function send(body: string): Promise<void> {
  const { code, stdout, stderr } = await project.banyan("send", "--json", "listener", body);
  if (code !== 0) told.failures.push(`send ${body} ended with ${code}: ${stderr}`);
  else for (const { id } of z.array(messageRecordSchema).parse(JSON.parse(stdout))) told.messages.set(id, body);
}

async function reload(window: Workbench): Promise<void> {
  await window.reload();
  await window.openView("Banyan");
  await window.tree("Agents").row("listener").waitFor();
}

/** The rows on screen, of which there may be more than fit, are the first ones of the tree that a terminal prints. */
async function showsTheTree(window: Workbench): Promise<void> {
  const tree = (await project.tree()).map(({ name, status }) => `${name} ${status}`);
  await window.tree("Agents").until((rows) => {
    const shown = rows.map(({ label, description }) => `${label} ${description.split(/ · | for /, 1)[0]}`);
    return shown.length > 0 && shown.join() === tree.slice(0, shown.length).join();
  });
}

/** The process that leads, once it is one of the windows. */
async function leadingWindow() {
  await expect.poll(async () => (await project.lead()).holder?.label).toBe("a VS Code window");
  const { holder } = await project.lead();
  if (holder === null) throw new Error("the window that led has gone");
  return holder;
}

test(`${RELOADS} reloads in a row leave both windows with the teams as they are`, { timeout }, async () => {
  const start = performance.now();
  await whileSpawning(async () => {
    let reloads = 0;
    for (let round = 0; reloads < RELOADS; round++) {
      const sending = send(`<before ${round}>`).then(() => send(`<after ${round}>`));
      // One, the other, and both at once: then a terminal leads, or for a moment nobody.
      const reloaded = round % 3 === 2 ? windows : windows.slice(round % 3, (round % 3) + 1);
      await Promise.all(reloaded.map(reload));
      reloads += reloaded.length;
      await sending;
    }
  });
  const seconds = Math.round((performance.now() - start) / 1000);
  const gaps = watch.leads.flatMap(({ gapMs }) => gapMs ?? []).sort((a, b) => a - b);
  console.info(
    `${RELOADS} reloads in ${seconds} s; ${watch.leads.length} leads, ${watch.leads.filter(({ label }) => label === "a terminal").length} of terminals; ` +
      `nobody led for ${gaps[Math.floor(gaps.length / 2)]} ms in the middle, ${gaps.at(-1)} ms at most; ` +
      `${told.teams.length} teams and ${told.messages.size} messages from terminals`,
  );
  for (const window of windows) await showsTheTree(window);
});

test("a window whose host hangs is replaced, and is a client when it goes on", { timeout }, async () => {
  const { pid } = await leadingWindow();
  const { epoch } = await project.lead();
  const others = await Promise.all(windows.map((window) => window.tree("Agents").hasMessage()));
  const [hanging, other] = others[0] ? [windows[1], windows[0]] : windows;
  watch.excuse(pid);
  try {
    await whileSpawning(async () => {
      const atWork = async () =>
        (await project.tree()).some(({ parentId, status }) => parentId && status === "running");
      await expect.poll(atWork).toBe(true);
      process.kill(pid, "SIGSTOP");
      const start = performance.now();
      if (!isLong) await ageLastSign(store);
      await expect.poll(async () => (await project.lead()).epoch, { timeout: 45_000 }).toBeGreaterThan(epoch);
      console.info(`replaced after ${Math.round(performance.now() - start)} ms`);
      await send("<while it hangs>");
      await systemClock.sleep(Math.max(0, STOPPED_MS - (performance.now() - start)));
    });
    await leadingWindow();
  } finally {
    process.kill(pid, "SIGCONT");
  }
  const next = await leadingWindow();
  expect(next.pid).not.toBe(pid);
  await expect.poll(() => hanging.tree("Agents").message()).toBe(`Led by ${nameOf(next)}.`);
  await hanging.screenshot("hung-window-dark");
  await send("<when it goes on>");
  await showsTheTree(hanging);
  await showsTheTree(other);
});

test("when all is closed nothing runs any more, nobody wrote beside another, and nothing is lost or done twice", async () => {
  for (const window of windows) {
    const own = window.consoleErrors().filter((error) => /\/dist\/(extension|engine)\.cjs|banyan\.banyan/.test(error));
    expect(own).toEqual([]);
    await lane.close(window);
  }
  await expect.poll(() => processesNaming(project.folder), { timeout: ORPHANS_END_MS }).toEqual([]);
  expect((await project.lead()).holder).toBeNull();
  const { problems } = await watch.end();
  expect(problems).toEqual([]);
  expect(told.failures).toEqual([]);

  const host = { assets, label: "a test", clock: systemClock, ids: systemIds, log: silentLogger };
  const options = { folder: project.folder, settings: { ...defaultSettings, scriptFolder: project.folder } };
  const engine = expectOk(await readEngine(options, host));
  const roots = (await engine.agents.tree()).filter(({ parentId }) => parentId === null);
  expect(roots.slice(1).map(({ id }) => id)).toEqual(told.teams);
  expect(await examineTeams(engine, project.git)).toEqual([]);
  const messages = expectOk(await engine.messages.list("listener"));
  const read = JSON.stringify(expectOk(await engine.agents.transcript("listener")));
  for (const [id, body] of told.messages) {
    expect(messages.filter((message) => message.body === body)).toMatchObject([{ id, status: "processed" }]);
    expect(read.split(body)).toHaveLength(2);
  }
  await engine.stop();
});
