import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createPrices } from "../../../src/engine/budgets/prices.ts";
import { createEngine, defaultSettings } from "../../../src/engine/engine.ts";
import { createModels } from "../../../src/engine/models/models.ts";
import { createRoles } from "../../../src/engine/roles/roles.ts";
import { createContentFiles } from "../../../src/engine/store/content.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { StoreUnavailableError } from "../../../src/engine/store/port.ts";
import { allTools, createToolbox } from "../../../src/engine/tools/registry.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import { isEnded } from "../../../src/protocol/words.ts";
import { examineBooks } from "../../support/books.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { createRandom } from "../../support/random.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, openTestStore } from "../../support/store.ts";
import { createTimedOutStore } from "../../support/timedOut.ts";
import { check, flawless } from "./checker.ts";
import { createFlood } from "./flood.ts";
import { historyOf } from "./history.ts";
import type { Plan } from "./plan.ts";

const isLong = process.env.BANYAN_LONG === "1";
const FIRST_SEED = Number(process.env.BANYAN_SEED ?? 20_261_122);
const SEEDS = Array.from({ length: isLong ? 10 : 2 }, (_, index) => FIRST_SEED + index);
const planOf = (seed: number): Plan => ({
  seed,
  senders: 6,
  recipients: 4,
  messages: isLong ? 3_000 : 600,
  perTurn: 10,
});

/** The whole engine over a store that says of a share of its commits that they timed out. */
async function setUp(plan: Plan) {
  const { root } = await createRepository();
  const repository = expectOk(await openRepository(root));
  const folder = join(repository.commonDir, "banyan");
  const clock = createFakeClock();
  const { store } = await openTestStore({ folder, clock });
  const random = createRandom(plan.seed);
  const share = 0.05 + 0.05 * random();
  const told = { transactions: 0, timeouts: 0, isOver: false };
  const timedOut = createTimedOutStore(store, () => {
    const isStruck = !told.isOver && random() < share;
    told.transactions += 1;
    if (isStruck) told.timeouts += 1;
    return isStruck;
  });
  const parts = { store: timedOut, clock, ids: systemIds, log: silentLogger };
  const { limits, messageLimits, caps, prices } = defaultSettings;
  const engine = createEngine({
    ...parts,
    repository,
    content: createContentFiles(join(folder, "content"), realDisk, 1),
    worktrees: createWorktrees({ ...parts, repository }),
    models: createModels([createFlood(plan)]),
    toolbox: createToolbox(allTools, silentLogger),
    roles: createRoles({ root, isTrusted: () => true, knownTools: [] }),
    limits: { ...limits, maxTurns: 1_000_000, maxWorkMs: Number.MAX_SAFE_INTEGER },
    messageLimits: { ...messageLimits, maxPending: 1_000_000 },
    caps,
    prices: createPrices(prices),
    assertLeading: () => {},
  });
  onTestFinished(() => engine.stop());
  return { engine, clock, told };
}

/** Lets time pass until something is done: whoever pauses goes on. */
async function whileTimePasses<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = work.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await systemClock.sleep(1);
    clock.advance(1_000);
  }
  return settled;
}

/** Asks again, as who asked for it would, until it is known what came of it. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

for (const seed of SEEDS) {
  test(`commits that are said to have timed out have their effect once (seed ${seed})`, {
    timeout: 600_000,
  }, async () => {
    const plan = planOf(seed);
    const { engine, clock, told } = await setUp(plan);
    await asking(() => engine.start());
    const began = performance.now();
    const lead = "leadleadle";
    const ended = new Promise<string>((resolve) => {
      engine.onEvent((event) => {
        if (event.type === "agent.moved" && event.agentId === lead && isEnded(event.to)) {
          resolve(`${event.to} ${event.reason}`);
        }
      });
    });
    const command = { id: lead, name: "lead", role: "lead", task: "Have letters sent.", model: "flood/letters" };
    const budget = { budgetUsd: 1_000_000_000_000, budgetTokens: 1_000_000_000_000 };
    expectOk(await asking(() => engine.agents.spawn({ ...command, ...budget })));
    expect(await whileTimePasses(clock, ended)).toBe("completed null");
    told.isOver = true;

    const history = await historyOf(engine);
    const verdict = check(history);
    const processed = history.takes.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
    const found = Object.fromEntries(Object.entries(verdict).map(([what, list]) => [what, list.length]));
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    console.info(JSON.stringify({ ...plan, ...told, seconds, processed, ...found }));
    expect(verdict).toEqual(flawless);
    expect(processed).toBe(plan.messages);
    expect(history.sendings.filter(({ outcome }) => outcome === "acknowledged")).toHaveLength(plan.messages);
    expect(await examineBooks(engine)).toEqual([]);
  });
}
