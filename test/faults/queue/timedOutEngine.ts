import { join } from "node:path";
import { onTestFinished } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createPrices } from "../../../src/engine/budgets/prices.ts";
import { createEngine, defaultSettings } from "../../../src/engine/engine.ts";
import { createModels } from "../../../src/engine/models/models.ts";
import type { ModelProvider } from "../../../src/engine/models/port.ts";
import { createRoles } from "../../../src/engine/roles/roles.ts";
import { createContentFiles } from "../../../src/engine/store/content.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { StoreUnavailableError } from "../../../src/engine/store/port.ts";
import { allTools, createToolbox } from "../../../src/engine/tools/registry.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { createRandom } from "../../support/random.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk, openTestStore } from "../../support/store.ts";
import { createTimedOutStore } from "../../support/timedOut.ts";

/** The whole engine over a store that says of 5 to 10 % of its commits, by the seed, that they timed out. */
export async function openTimedOutEngine(seed: number, provider: ModelProvider) {
  const { root } = await createRepository();
  const repository = expectOk(await openRepository(root));
  const folder = join(repository.commonDir, "banyan");
  const clock = createFakeClock();
  const { store } = await openTestStore({ folder, clock });
  const random = createRandom(seed);
  const share = 0.05 + 0.05 * random();
  const told = { transactions: 0, timeouts: 0, isOver: false };
  const timedOut = createTimedOutStore(store, () => {
    if (told.isOver) return false;
    const isStruck = random() < share;
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
    worktrees: createWorktrees({ ...parts, repository, settings: { poolSize: 0 } }),
    models: createModels([provider]),
    toolbox: createToolbox(allTools, silentLogger),
    roles: createRoles({ root, isTrusted: () => true, knownTools: [] }),
    limits: { ...limits, maxTurns: 1_000_000, maxWorkMs: Number.MAX_SAFE_INTEGER },
    messageLimits: { ...messageLimits, maxPending: 1_000_000 },
    caps,
    prices: createPrices(prices),
    assertLeading: () => {},
  });
  onTestFinished(() => engine.stop());
  await asking(() => engine.start());
  return { engine, store, clock, told };
}

/** Lets time pass until something is done: whoever pauses goes on. */
export async function whileTimePasses<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
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

/** Asks again until it is known what came of it. */
export async function asking<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}
