import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { startEngine } from "../../support/engine.ts";
import { processesNaming } from "../../support/leadership.ts";
import { endGroup, until } from "../../support/processes.ts";
import { createRandom } from "../../support/random.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";
import { check, flawless, type Sending } from "./checker.ts";
import { linesOf } from "./floodTeam.ts";
import { historyOf } from "./history.ts";
import { bodyOf, lettersOf, type Plan, sendersOf } from "./plan.ts";

const isLong = process.env.BANYAN_LONG === "1";
const plan: Plan = {
  seed: Number(process.env.BANYAN_SEED ?? 20_261_122),
  senders: 20,
  recipients: 10,
  messages: isLong ? 50_000 : 2_000,
  perTurn: 50,
};
const KILLS = isLong ? 30 : 3;

/** Kills come within this part of what there is to tell. */
const KILLED_WITHIN = 0.7;
/** Milliseconds after a line in which a kill comes, at the most. */
const AFTER_MS = 50;

/** When one process after the other is killed: so many milliseconds after it has told so many lines. */
interface Instant {
  readonly lines: number;
  readonly afterMs: number;
}

function randomInstants(): readonly Instant[] {
  const random = createRandom(plan.seed);
  const lines = linesOf(plan) * KILLED_WITHIN;
  const told = Array.from({ length: KILLS }, () => Math.floor(random() * lines)).sort((a, b) => a - b);
  return told.map((each, index) => ({
    lines: each - (told[index - 1] ?? 0),
    afterMs: Math.floor(random() * AFTER_MS),
  }));
}

/** Lets one process lead, until its instant has come, where it has one. Answers what it said last: undefined where it was killed. */
async function live({ root }: TestRepository, instant?: Instant): Promise<string | undefined> {
  const script = resolve("test/faults/queue/worker.ts");
  const child = spawn(process.execPath, [script, root, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  onTestFinished(() => endGroup(child.pid ?? 0));
  const ended = new Promise<NodeJS.Signals | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", (_, signal) => done(signal));
  });
  let said: string | undefined;
  let lines = -1;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("done")) said = line;
    lines += 1;
    if (lines !== instant?.lines) continue;
    await systemClock.sleep(instant.afterMs);
    endGroup(child.pid ?? 0);
  }
  if (said === undefined) expect(await ended).toBe("SIGKILL");
  await ended;
  return said;
}

test(`${plan.messages} letters of ${plan.senders} senders to ${plan.recipients} recipients come once and in order, though ${KILLS} processes are killed`, {
  timeout: 1_800_000,
}, async () => {
  const repository = await createRepository();
  const began = performance.now();
  for (const instant of randomInstants()) expect(await live(repository, instant)).toBeUndefined();
  expect(await live(repository)).toBe("done completed null");
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  await until("nothing runs any more", async () => (await processesNaming(repository.root)).length === 0);

  const { engine } = await startEngine(repository, { start: false });
  const history = await historyOf(engine);
  const verdict = check(history);
  const processed = history.takes.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  const agents = await engine.agents.tree();
  const turns = (await Promise.all(agents.map(({ id }) => engine.agents.turns(id)))).flatMap(expectOk);
  const cutOff = turns.filter(({ status }) => status === "unconfirmed").length;
  const found = Object.fromEntries(Object.entries(verdict).map(([what, list]) => [what, list.length]));
  console.info(
    JSON.stringify({
      ...plan,
      kills: KILLS,
      seconds,
      turns: turns.length,
      cutOff,
      takes: history.takes.length,
      processed,
      ...found,
    }),
  );
  expect(verdict).toEqual(flawless);
  const planned: readonly Sending[] = sendersOf(plan)
    .flatMap((sender) => lettersOf(plan, sender))
    .map((letter) => ({ letter, outcome: "acknowledged" }));
  expect(inOrder(history.sendings)).toEqual(inOrder(planned));
  expect(processed).toBe(plan.messages);
  expect(
    expectOk(await engine.messages.list())
      .filter(({ status }) => status !== "processed")
      .map(({ body }) => body),
  ).toEqual([]);
});

const inOrder = (sendings: readonly Sending[]): readonly string[] =>
  sendings.map(({ letter, outcome }) => `${bodyOf(letter)}: ${outcome}`).sort();
