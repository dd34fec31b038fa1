import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import { readLead } from "../../../src/engine/leader/holder.ts";
import type { Backend } from "../../../src/engine/remote/backend.ts";
import { budgetRecordSchema } from "../../../src/protocol/records.ts";
import { examineBooks } from "../../support/books.ts";
import { type CliRun, runCli, startCli } from "../../support/cli.ts";
import { startEngine } from "../../support/engine.ts";
import { processesNaming } from "../../support/leadership.ts";
import { endGroup, until } from "../../support/processes.ts";
import { createRandom } from "../../support/random.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";
import { examineTranscripts, outcomeOf } from "./examine.ts";
import { fiveLevels, leadBudget, membersOf, scriptOf, turnCost, wholeLog } from "./levels.ts";

const isLong = process.env.BANYAN_LONG === "1";
const KILLS = isLong ? 20 : 4;
const SEED = Number(process.env.BANYAN_SEED ?? 20_261_122);
const SEEDS = isLong ? [SEED, SEED + 1, SEED + 2] : [SEED];
/** What a model call takes. Long enough, in the long run, that most of the time between two kills goes to work. */
const CALL_MS = isLong ? 500 : 40;
/** Of each call of a tool: that many kills less one may interrupt it. */
const TIMES = isLong ? 3 : 2;
/** Kills come within this part of what a command tells of the team when nobody disturbs it. */
const KILLED_WITHIN = 0.85;
/** Milliseconds after a line in which a kill comes, at the most. */
const AFTER_MS = 100;

const lead = fiveLevels();
const members = membersOf(lead);

async function setUp() {
  const repository = await createRepository();
  const file = join(repository.root, "..", "team.json");
  await writeFile(file, JSON.stringify({ agents: scriptOf(lead, { delayMs: CALL_MS, times: TIMES }) }));
  return { repository, model: `script/${file}` };
}

/** Starts a command that leads; resolves when it does. What it started ends with the test. */
async function startLeading(repository: TestRepository, args: readonly string[]): Promise<CliRun> {
  const run = startCli(args, { cwd: repository.root, group: true });
  onTestFinished(() => endGroup(run.child.pid ?? 0));
  const store = join(repository.root, ".git", "banyan");
  const leads = until("it leads", async () => (await readLead(store)).holder?.pid === run.child.pid);
  await Promise.race([leads, run.ended]);
  return run;
}

const spawnTeam = ({ repository, model }: Awaited<ReturnType<typeof setUp>>): Promise<CliRun> => {
  const { usd, tokens } = leadBudget;
  const team = ["--name", "lead", "--model", model, "--budget", usd, "--tokens", tokens];
  return startLeading(repository, ["spawn", "The whole", ...team]);
};

const looking = async (repository: TestRepository): Promise<Backend> =>
  (await startEngine(repository, { start: false })).engine;

/** The team as it is when nobody disturbs it, and how many lines a command tells of it. */
async function undisturbed() {
  const team = await setUp();
  const { code, stdout } = await (await spawnTeam(team)).ended;
  expect(code).toBe(0);
  const engine = await looking(team.repository);
  expect(await examineTranscripts(engine)).toEqual([]);
  expect(await examineBooks(engine)).toEqual([]);
  return { outcome: await outcomeOf(engine, team.repository.git), lines: stdout.match(/^ +\+/gm)?.length ?? 0 };
}

/** When one after the other is killed: so many milliseconds after it has told so many lines. */
interface Instant {
  readonly lines: number;
  readonly afterMs: number;
}

function randomInstants(count: number, lines: number, random: () => number): readonly Instant[] {
  const told = Array.from({ length: count }, () => Math.floor(random() * lines)).sort((a, b) => a - b);
  return told.map((each, index) => ({
    lines: each - (told[index - 1] ?? 0),
    afterMs: Math.floor(random() * AFTER_MS),
  }));
}

/** Kills whoever leads, with its group, again and again; lets the last one end. Answers when each was killed. */
async function killAgainAndAgain(team: Awaited<ReturnType<typeof setUp>>, instants: readonly Instant[]) {
  const killedAt: number[] = [];
  let run = await spawnTeam(team);
  await run.says(/lead +running/);
  for (const { lines, afterMs } of instants) {
    await run.says(new RegExp(`^(?:.*\n){${lines}}`));
    await systemClock.sleep(afterMs);
    endGroup(run.child.pid ?? 0);
    expect(await run.ended).toMatchObject({ code: null });
    killedAt.push(systemClock.now());
    run = await startLeading(team.repository, ["resume"]);
  }
  expect(await run.ended).toMatchObject({ code: 0 });
  return killedAt;
}

/** Holds of calls that were cut off, by agent and unit, as the ledger has them. */
async function heldByCutOff(engine: Backend): Promise<ReadonlyMap<string, number>> {
  const held = new Map<string, number>();
  for (const { id } of await engine.agents.tree()) {
    const turns = expectOk(await engine.agents.turns(id)).filter(({ status }) => status === "unconfirmed");
    for (const { unit, change, reference, reserved } of expectOk(await engine.budgets.ledger(id))) {
      if (change !== "hold" || !turns.some((turn) => turn.id === reference)) continue;
      held.set(`${id} ${unit}`, (held.get(`${id} ${unit}`) ?? 0) + reserved);
    }
  }
  return held;
}

/** What the kills did, for whoever reads the log of a long run. */
async function figuresOf(engine: Backend, killedAt: readonly number[]) {
  const rows = await engine.agents.tree();
  const turns = (await Promise.all(rows.map(({ id }) => engine.agents.turns(id)))).flatMap(expectOk);
  const transcripts = (await Promise.all(rows.map(({ id }) => engine.agents.transcript(id)))).flatMap(expectOk);
  const completed = turns.filter(({ status }) => status === "completed");
  const done = killedAt.map((at) => completed.filter(({ endedAt }) => (endedAt ?? at) < at).length);
  return {
    turns: completed.length,
    doneAtEachKill: done,
    unconfirmedCalls: turns.filter(({ status }) => status === "unconfirmed").length,
    interruptedTools: transcripts.filter(
      (entry) => entry.kind === "tool_result" && / was interrupted when the engine stopped/.test(entry.content),
    ).length,
  };
}

test(`a team of ${members.length} agents that is killed ${KILLS} times comes to what it comes to undisturbed`, {
  timeout: 1_800_000,
}, async () => {
  expect([members.length, Math.max(...members.map(({ depth }) => depth))]).toEqual([30, 4]);
  const { outcome, lines } = await undisturbed();
  expect(outcome.agents.map(({ status }) => status)).toEqual(members.map(() => "completed"));
  expect(outcome).toMatchObject({ branches: members.length, worktrees: members.length + 1 });
  for (const seed of SEEDS) {
    const team = await setUp();
    const { repository } = team;
    const untouched = await repository.fingerprint();
    const instants = randomInstants(KILLS, lines * KILLED_WITHIN, createRandom(seed));
    console.info(JSON.stringify({ seed, lines, instants: instants.map((each) => `${each.lines}+${each.afterMs}ms`) }));
    const killedAt = await killAgainAndAgain(team, instants);
    await until("nothing runs any more", async () => (await processesNaming(repository.root)).length === 0);

    const engine = await looking(repository);
    console.info(JSON.stringify(await figuresOf(engine, killedAt)));
    expect(await outcomeOf(engine, repository.git)).toEqual(outcome);
    expect(await repository.fingerprint()).toBe(untouched);
    expect(await examineTranscripts(engine)).toEqual([]);
    expect(await examineBooks(engine)).toEqual([]);
    const shown = await runCli(["budget", "--json"], { cwd: repository.root });
    const balances = z.array(budgetRecordSchema).parse(JSON.parse(shown.stdout));
    const held = await heldByCutOff(engine);
    for (const { agentId, unit, unconfirmed, ownUsed, state } of balances) {
      const turns = expectOk(await engine.agents.turns(agentId)).filter(({ status }) => status === "completed");
      expect({ state, unconfirmed, ownUsed }).toEqual({
        state: "closed",
        unconfirmed: held.get(`${agentId} ${unit}`) ?? 0,
        ownUsed: turns.length * turnCost[unit] + unconfirmed,
      });
    }
    const [root] = await engine.agents.tree();
    for (const { name } of members) {
      expect(await repository.git("show", `${root?.worktree?.branch}:logs/${name}.txt`)).toBe(wholeLog.trim());
    }
  }
});
