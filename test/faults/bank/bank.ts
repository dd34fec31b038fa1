import { z } from "zod";
import { isDiskRefusal, ok, type Result } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createAgentTable } from "../../../src/engine/agents/agents.ts";
import { defaultLimits } from "../../../src/engine/agents/limits.ts";
import type { Parts } from "../../../src/engine/agents/parts.ts";
import { createTurnTable } from "../../../src/engine/agents/turns.ts";
import { createBudgets } from "../../../src/engine/budgets/budgets.ts";
import { createPrices } from "../../../src/engine/budgets/prices.ts";
import { createDeadLetters } from "../../../src/engine/messages/deadLetters.ts";
import { createInbox } from "../../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../../src/engine/messages/limits.ts";
import { createThreads } from "../../../src/engine/messages/threads.ts";
import { createModels } from "../../../src/engine/models/models.ts";
import { createOfflineProvider } from "../../../src/engine/models/offline/provider.ts";
import { createRoles } from "../../../src/engine/roles/roles.ts";
import { type Reader, type Store, StoreUnavailableError, type Transaction } from "../../../src/engine/store/port.ts";
import { createToolbox } from "../../../src/engine/tools/registry.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import type { WorktreeRecord } from "../../../src/protocol/records.ts";
import { balancesIn, breachesIn } from "../../support/budgetLaws.ts";
import { createFakeClock, type FakeClock } from "../../support/clock.ts";
import { type FaultDisk, Killed } from "../../support/faultDisk.ts";
import { createCountingIds } from "../../support/ids.ts";
import { balancesOf, emptyModel, type Limits, type Model } from "./model.ts";
import { createRuns, type Runs } from "./runs.ts";

/** What one transaction may come to, by the model: a refusal, or one of these. */
export type Foreseen = Result<readonly Model[]>;

/** One thing that somebody does to the bank. */
export interface Deed {
  readonly name: string;
  /** Called at the end of each of its transactions, with what the transaction came to. */
  foresee(before: Model, outcome: unknown): Foreseen;
  run(parts: Parts): Promise<Result<unknown>>;
}

/** A law was broken, or the bank did what the model did not. */
export class Breach extends Error {}

class BrokenOff extends Error {}

export interface Tally {
  operations: number;
  done: number;
  refused: number;
  brokenOff: number;
  lost: number;
  kills: number;
  diskRefusals: number;
  deepest: number;
  /** Most operations that were under way at once. */
  abreast: number;
}

export const emptyTally = (): Tally => ({
  operations: 0,
  done: 0,
  refused: 0,
  brokenOff: 0,
  lost: 0,
  kills: 0,
  diskRefusals: 0,
  deepest: 0,
  abreast: 0,
});

type Body<T> = (tx: Transaction) => Promise<T>;

/** The bank as it was after a transaction. */
interface Moment {
  readonly model: Model;
}

const notHere = (): never => {
  throw new Error("nobody works here");
};

/** Agents here have no files: there is money, and there are those who spend it. */
const noWorktree: WorktreeRecord = {
  agentId: "",
  path: "",
  branch: "none",
  status: "creating",
  baseCommit: "none",
  targetBranch: "none",
  headCommit: null,
  snapshotCommit: null,
  mergeCommit: null,
  carriedCommit: null,
  ignoredCommit: null,
  removedAt: null,
  createdAt: 0,
};

const noWorktrees: Worktrees = {
  checkedOut: async () => ok({ branch: "none", commit: "none" }),
  reserve: async () => noWorktree,
  inheritTarget: async () => {},
  startOf: async () => ok({ commit: "none", targetBranch: "none", carriedCommit: null }),
  branches: async () => [],
  holding: (_, body) => body(),
  get: async () => noWorktree,
  commitWork: async () => "none",
  ensure: notHere,
  snapshot: notHere,
  mergeIntoParent: notHere,
  mergeIntoCheckout: notHere,
  merges: notHere,
  undoMerge: notHere,
  beginResolution: notHere,
  finishResolution: notHere,
  abandonResolution: notHere,
  collisions: notHere,
  reviews: {
    get: notHere,
    file: notHere,
    mark: notHere,
    comment: notHere,
    settleComment: notHere,
    changesToRequest: notHere,
    commentsSent: notHere,
    answerComment: notHere,
  },
  recover: notHere,
  remove: notHere,
  leftOut: notHere,
  writeKept: notHere,
  orphans: notHere,
  cleanOrphan: notHere,
  purge: notHere,
  sweep: async () => {},
  list: notHere,
  diff: notHere,
  patch: notHere,
  readFileAt: notHere,
  files: notHere,
  history: notHere,
  dispose: async () => {},
};

const toolbox = createToolbox([], silentLogger);

/** The code of what was refused. */
function refusalIn(outcome: unknown): string | undefined {
  const refused = z.object({ ok: z.literal(false), refusal: z.object({ code: z.string() }) }).safeParse(outcome);
  return refused.data?.refusal.code;
}

/** Lines that one has and the other has not. */
function differences(expected: string, found: string): string {
  const [wanted, there] = [expected.split("\n"), found.split("\n")];
  const missing = wanted.filter((line) => !there.includes(line)).map((line) => `- ${line}`);
  const strange = there.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
  return [...missing, ...strange].join("\n");
}

export interface BankOptions {
  readonly disk: FaultDisk;
  readonly open: (disk: FaultDisk) => Promise<Store>;
  readonly limits: Limits;
  readonly tally: Tally;
  /** What a process does first that takes over from one that died. */
  readonly recover: Deed;
  /** Awaited before each entry to the store: who comes first is decided there. */
  readonly pause: (label: string) => Promise<void>;
}

/** A store with budgets and agents in it, beside a model of it: whatever one does, the other is seen to do. */
export class Bank {
  readonly clock: FakeClock = createFakeClock();
  readonly runs: Runs = createRuns();
  readonly ids = createCountingIds();
  readonly log: string[] = [];
  disk: FaultDisk;
  /** How many there were before, each of which was killed. */
  processes = 0;
  #store: Store;
  #moments: Moment[] = [{ model: emptyModel }];
  /** What the disk refused since something was acknowledged last: it may lie there all the same. */
  #takenBack: Moment[] = [];
  #underWay = new Set<Promise<unknown>>();
  #restarting: Promise<void> | undefined;
  #breach: Breach | undefined;
  readonly #options: BankOptions;
  readonly #parts: Omit<Parts, "store">;

  static async open(options: BankOptions): Promise<Bank> {
    return new Bank(options, await options.open(options.disk));
  }

  private constructor(options: BankOptions, store: Store) {
    this.#options = options;
    this.#store = store;
    this.disk = options.disk;
    this.#parts = this.#rooms();
  }

  get model(): Model {
    return this.#moments.at(-1)?.model ?? emptyModel;
  }

  get limits(): Limits {
    return this.#options.limits;
  }

  /** As it is on the disk, whatever happens: who is in it stays. */
  get acknowledged(): Model {
    return this.#moments[0]?.model ?? emptyModel;
  }

  /**
   * Does it, sees that the bank did as the model does, and that every law holds. With `breaksOff` its transaction throws
   * when all is done, as with a bug in what comes after: nothing of it may stay.
   */
  async perform(deed: Deed, breaksOff = false): Promise<void> {
    this.#assertSound();
    const { tally } = this.#options;
    tally.operations += 1;
    const outcome = this.#attempt(deed, breaksOff);
    this.#underWay.add(outcome);
    tally.abreast = Math.max(tally.abreast, this.#underWay.size);
    const kind = await outcome.finally(() => this.#underWay.delete(outcome));
    this.log.push(`${deed.name}: ${kind}`);
    tally[kind] += 1;
    this.#assertSound();
    if (kind !== "done") await this.#verify(deed.name);
  }

  /** Where the process died: once nothing is under way any more, the next one opens what lies on the disk. */
  async comeBack(): Promise<void> {
    if (!this.disk.killed && this.#restarting === undefined) return;
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
    await this.#restarting;
  }

  async close(): Promise<void> {
    this.disk.strike(undefined);
    await this.#verify("the end");
    await this.comeBack();
    await this.#store.close();
    const again = await this.#options.open(this.disk.restarted());
    const found = await again.read(balancesIn);
    await again.close();
    this.#expect(found, this.#possible, "what the next process finds");
  }

  async #attempt(deed: Deed, breaksOff: boolean): Promise<"done" | "refused" | "brokenOff" | "lost"> {
    try {
      return (await deed.run({ ...this.#parts, store: this.#storeFor(deed, breaksOff) })).ok ? "done" : "refused";
    } catch (error) {
      if (error instanceof BrokenOff) return "brokenOff";
      if (error instanceof Killed || error instanceof StoreUnavailableError) return "lost";
      throw this.#report(`${deed.name} threw`, error);
    }
  }

  async #restart(): Promise<void> {
    this.processes += 1;
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
    await this.#store.close().catch(() => {});
    this.#store = await this.#openAgain();
    const found = await this.#store.read(balancesIn);
    const model = this.#expect(found, this.#possible, "what the next process finds");
    this.#moments = [{ model }];
    this.#takenBack = [];
    this.log.push("the process was killed");
    await this.#attempt(this.#options.recover, false);
  }

  async #openAgain(): Promise<Store> {
    for (;;) {
      if (this.disk.killed) {
        this.#options.tally.kills += 1;
        this.disk = this.disk.restarted();
      }
      try {
        return await this.#options.open(this.disk);
      } catch (error) {
        if (!(error instanceof Killed) && !isDiskRefusal(error)) throw error;
      }
    }
  }

  async #verify(after: string): Promise<void> {
    try {
      await this.#store.read(async (reader) => {
        this.#expect(await balancesIn(reader), [this.model], after);
        await this.#assertLawful(reader, after);
      });
    } catch (error) {
      if (error instanceof StoreUnavailableError || error instanceof Killed) return;
      throw error;
    }
  }

  /** What may lie on the disk: the last that was acknowledged, or anything that came after it. */
  get #possible(): readonly Model[] {
    return [...this.#moments, ...this.#takenBack].map(({ model }) => model);
  }

  #assertSound(): void {
    if (this.#breach !== undefined) throw this.#breach;
  }

  #report(what: string, cause?: unknown): Breach {
    const why = cause === undefined ? "" : `: ${cause instanceof Error ? cause.stack : String(cause)}`;
    this.#breach ??= new Breach(`${what}${why}\nafter:\n${this.log.slice(-25).join("\n")}`, { cause });
    return this.#breach;
  }

  async #assertLawful(reader: Reader, after: string): Promise<void> {
    const breaches = await breachesIn(reader);
    if (breaches.length > 0) throw this.#report(`${after}: ${breaches.join("; ")}`);
  }

  /** Which of the possible ones was found. */
  #expect(found: string, possible: readonly Model[], after: string): Model {
    const model = possible.find((each) => balancesOf(each) === found);
    if (model !== undefined) return model;
    const expected = possible.map((each) => differences(balancesOf(each), found)).join("\nor\n");
    throw this.#report(`${after}: the balances are not those of the model:\n${expected}`);
  }

  /** Within the transaction, alone with the database: compares what it did with what the model does. */
  async #follow(deed: Deed, breaksOff: boolean, tx: Transaction, outcome: unknown): Promise<Moment | undefined> {
    const refusal = refusalIn(outcome);
    const foreseen = deed.foresee(this.model, outcome);
    if (refusal !== (foreseen.ok ? undefined : foreseen.refusal.code)) {
      const expected = foreseen.ok ? "taken" : `refused as ${foreseen.refusal.code}`;
      throw this.#report(`${deed.name} was ${refusal ?? "taken"}, but is to be ${expected}\n${balancesOf(this.model)}`);
    }
    if (!foreseen.ok) return undefined;
    const model = this.#expect(await balancesIn(tx), foreseen.value, deed.name);
    await this.#assertLawful(tx, deed.name);
    if (breaksOff) throw new BrokenOff();
    const moment = { model };
    this.#moments.push(moment);
    return moment;
  }

  /** What was acknowledged stands on the disk, and all before it. */
  #acknowledge(moment: Moment): void {
    const at = this.#moments.indexOf(moment);
    if (at === -1) throw this.#report("what was acknowledged had been taken back");
    this.#moments = this.#moments.slice(at);
    this.#takenBack = [];
  }

  /** The disk refused it, and with it all that came after it. A process that died may have written it all the same. */
  #takeBack(moment: Moment): void {
    if (this.disk.killed) return;
    const at = this.#moments.indexOf(moment);
    if (at === -1) return;
    this.#options.tally.diskRefusals += 1;
    this.#takenBack.push(...this.#moments.slice(at));
    this.#moments = this.#moments.slice(0, at);
  }

  #storeFor(deed: Deed, breaksOff: boolean): Store {
    const store = this.#store;
    const { pause } = this.#options;
    const enter = async <T>(begin: (body: Body<T>) => Promise<T>, body: Body<T>): Promise<T> => {
      await pause(deed.name);
      let moment: Moment | undefined;
      try {
        const outcome = await begin(async (tx) => {
          const outcome = await body(tx);
          moment = await this.#follow(deed, breaksOff, tx, outcome);
          return outcome;
        });
        if (moment !== undefined) this.#acknowledge(moment);
        return outcome;
      } catch (error) {
        if (moment !== undefined) this.#takeBack(moment);
        throw error;
      }
    };
    return {
      transaction: (body) => enter(store.transaction, body),
      attempt: <T>(body: Body<Result<T>>) => enter<Result<T>>(store.attempt, body),
      async read(body) {
        await pause(deed.name);
        return store.read(body);
      },
      onEvent: store.onEvent,
      close: () => store.close(),
    };
  }

  /** The engine's own rooms; only the store says to whom it listens. */
  #rooms(): Omit<Parts, "store"> {
    const { clock, ids, runs } = this;
    const { perDayUsd, perMonthUsd, maxDepth, maxChildren } = this.limits;
    return {
      content: { begin: notHere, append: notHere, read: notHere, end: notHere },
      agents: createAgentTable(clock),
      turns: createTurnTable(clock, ids),
      budgets: createBudgets(clock, { perDayUsd, perMonthUsd }),
      caps: { perDayUsd, perMonthUsd },
      prices: createPrices({}),
      inbox: createInbox(clock, ids, defaultMessageLimits),
      threads: createThreads(),
      deadLetters: createDeadLetters(clock),
      messageLimits: defaultMessageLimits,
      worktrees: noWorktrees,
      models: createModels([createOfflineProvider()]),
      toolbox,
      roles: createRoles({ root: "/nowhere", isTrusted: () => false, knownTools: [] }),
      limits: { ...defaultLimits, maxDepth, maxChildren },
      clock,
      ids,
      log: silentLogger,
      assertLeading: () => {},
      wake: () => {},
      halt: (agentIds) => runs.halt(agentIds),
      release: (agentIds) => runs.release(agentIds),
    };
  }
}
