import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import type { Result } from "../../../src/base/errors.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createHelperStarter } from "../../../src/engine/processes/helper.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import { openRepository, recordedBy } from "../../../src/engine/worktrees/repository.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import { insertAgent } from "../../support/seed.ts";
import { openAsLeader } from "../store/opening.ts";
import type { GeneratedRepository } from "./generate.ts";

/** The engine's worktrees over a real store, with git started as the engine does. */
export interface Scene {
  readonly repository: GeneratedRepository;
  /** Inserts an agent that is to start from a commit, and answers its id. */
  hire(commit: string, parent?: string): Promise<string>;
  readonly worktrees: Worktrees;
  /** Resolves once so many worktrees are prepared. */
  filled(): Promise<void>;
  close(): Promise<void>;
}

export const starterScript = resolve("src/engine/processes/helperProcess.ts");

export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

/** `storeFolder`: a new one. */
export async function createScene(
  repository: GeneratedRepository,
  storeFolder: string,
  poolSize: number,
): Promise<Scene> {
  const store = await openAsLeader(storeFolder);
  const starter = createHelperStarter({ script: starterScript, clock: systemClock, log: silentLogger });
  const opened = recordedBy({ starter }, value(await openRepository(repository.root, repository.environment)));
  const worktrees = createWorktrees({
    store,
    clock: systemClock,
    ids: systemIds,
    log: { ...silentLogger, warn: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`) },
    repository: opened,
    settings: { poolSize },
  });
  await worktrees.recover();
  return {
    repository,
    worktrees,
    async hire(commit, parent) {
      const id = systemIds.unique();
      const targetBranch = parent === undefined ? "main" : await branchOf(parent);
      await store.transaction(async (tx) => {
        await insertAgent(tx, id, parent ?? null);
        await worktrees.reserve(tx, { agentId: id, name: "bench", baseCommit: commit, targetBranch });
      });
      return id;
    },
    async filled() {
      while ((await wholeIn(repository.root)) < poolSize) await systemClock.sleep(5);
    },
    async close() {
      await worktrees.dispose();
      await store.close();
      await starter.dispose();
    },
  };

  async function branchOf(id: string): Promise<string> {
    const found = await store.read((reader) => worktrees.get(reader, id));
    if (found === undefined) throw new Error(`${id} has no worktree`);
    return found.branch;
  }
}

async function wholeIn(root: string): Promise<number> {
  const folder = join(root, ".git", "worktrees");
  const names = await readdir(folder).catch(() => []);
  const notes = await Promise.all(
    names.map((name) => readFile(join(folder, name, "banyan-ready"), "utf8").catch(() => "")),
  );
  return notes.filter((note) => note !== "").length;
}

/** Milliseconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
