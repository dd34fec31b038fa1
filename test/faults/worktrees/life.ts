import { noRecorder, type ProcessRecorder } from "../../../src/base/processes.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { createGitRunner, type Git, type GitRunner } from "../../../src/engine/worktrees/git.ts";

/**
 * How a process dies at one of its steps: a git that it starts, or a transaction. `before`, `after`: the step is not
 * begun, or done and nobody learns of it. `torn`: git is killed with it, in the middle; a transaction is never half done.
 */
export const crashKinds = ["before", "after", "torn"] as const;

export interface Crash {
  readonly kind: (typeof crashKinds)[number];
  /** Steps are counted from 1. */
  readonly at: number;
  /** For `torn`: milliseconds after which git is killed. */
  readonly afterMs: number;
}

/** Never resolves: what a process awaits that is dead by now. No `finally` of its runs any more. */
const never = <T>(): Promise<T> => new Promise(() => {});

/** One process's life: whatever it does beyond its own memory goes through here, and ends where it dies. */
export class Life {
  /** What was done since the crash was set, in words. */
  steps: string[] = [];
  /** Resolves when it dies. */
  readonly died: Promise<void>;
  #crash: Crash | undefined;
  #isDead = false;
  #tearAfterMs: number | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #die: () => void = () => {};

  constructor() {
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Has it die at one of the steps that are to come, or live on. */
  strike(crash: Crash | undefined): void {
    this.#crash = crash;
    this.steps = [];
  }

  /** Ends it where it is. Resolves when nothing of it is under way any more. */
  async end(): Promise<void> {
    this.#isDead = true;
    this.#die();
    await Promise.allSettled(this.#underWay);
  }

  async step<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#isDead) return never();
    this.steps.push(what);
    const crash = this.steps.length === this.#crash?.at ? this.#crash : undefined;
    if (crash?.kind === "before" || (crash?.kind === "torn" && what === TRANSACTION)) return this.#dieHere();
    if (crash?.kind === "torn") this.#tearAfterMs = crash.afterMs;
    const running = run();
    this.#underWay.add(running);
    try {
      const result = await running;
      if (crash !== undefined) return this.#dieHere();
      return this.#isDead ? never() : result;
    } catch (error) {
      if (crash !== undefined) return this.#dieHere();
      if (this.#isDead) return never();
      throw error;
    } finally {
      this.#underWay.delete(running);
    }
  }

  /** A git whose every start is a step. */
  runner(environment: Readonly<Record<string, string | undefined>>): GitRunner {
    const runner = createGitRunner(environment, { recorder: this.#recorder() });
    return {
      sealed: async (place) => this.#stepping(await runner.sealed(place)),
      trusted: (place, trust) => this.#stepping(runner.trusted(place, trust)),
    };
  }

  /** A store whose every transaction is a step. */
  store(store: Store): Store {
    return {
      transaction: (body) => this.step(TRANSACTION, () => store.transaction(body)),
      attempt: (body) => this.step(TRANSACTION, () => store.attempt(body)),
      read: async (body) => (this.#isDead ? never() : store.read(body)),
      onEvent: store.onEvent,
      close: () => store.close(),
    };
  }

  #dieHere<T>(): Promise<T> {
    this.#isDead = true;
    this.#die();
    return never();
  }

  #stepping(git: Git): Git {
    const named = (args: readonly string[]) => `git ${args.join(" ")}`;
    return {
      place: git.place,
      run: (args, options) => this.step(named(args), () => git.run(args, options)),
      mustRun: (args, options) => this.step(named(args), () => git.mustRun(args, options)),
      text: (args, options) => this.step(named(args), () => git.text(args, options)),
    };
  }

  #recorder(): ProcessRecorder {
    return {
      ...noRecorder,
      started: (child) => {
        const afterMs = this.#tearAfterMs;
        this.#tearAfterMs = undefined;
        if (afterMs !== undefined) setTimeout(() => kill(child.pid), afterMs);
        return noRecorder.started(child);
      },
    };
  }
}

const TRANSACTION = "transaction";

function kill(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // It has ended.
  }
}
