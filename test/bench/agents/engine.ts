import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../../src/base/clock.ts";
import type { Result } from "../../../src/base/errors.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { defaultLimits } from "../../../src/engine/agents/limits.ts";
import { defaultSettings, type LocalEngine } from "../../../src/engine/engine.ts";
import { takeLead } from "../../../src/engine/leader/lock.ts";
import { openToLead, storeFolder } from "../../../src/engine/open.ts";
import { type Disk, realDisk } from "../../../src/engine/store/disk.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import { migrations, wasm } from "../store/opening.ts";
import { scripts, TEAM, type Work } from "./scripts.ts";

export function okOrThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

/** A new repository with one commit. */
export async function makeRepository(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: folder });
  await git("init", "--quiet", "--initial-branch=main");
  await writeFile(join(folder, "README.md"), "# A bench\n");
  await git("add", "--all");
  await git("-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "First");
}

/** An engine as the product opens it, with a slot for every agent. Nothing runs before `start`. */
export async function openEngine(folder: string, slots: number, disk: Disk = realDisk): Promise<LocalEngine> {
  const repository = okOrThrow(await openRepository(folder));
  const host = {
    assets: {
      wasm,
      migrations,
      compactor: resolve("src/engine/store/compactionWorker.ts"),
      heartbeat: resolve("src/engine/leader/heartbeatWorker.ts"),
      starter: resolve("src/engine/processes/helperProcess.ts"),
    },
    disk,
    label: "a bench",
    clock: systemClock,
    ids: systemIds,
    log: silentLogger,
  };
  const claim = { label: host.label, token: systemIds.unique(), clock: systemClock, log: silentLogger };
  const lead = okOrThrow(await takeLead(storeFolder(repository.commonDir), claim));
  const settings = { ...defaultSettings, limits: { ...defaultLimits, slots }, scriptFolder: folder };
  const engine = okOrThrow(await openToLead(repository, settings, host, lead));
  return {
    ...engine,
    async stop() {
      await engine.stop();
      await lead.release();
    },
  };
}

/** Spawns as many agents as are wanted, in teams; the children are hired when the engine has started. */
export async function spawnTeams(engine: LocalEngine, folder: string, work: Work, agents: number): Promise<void> {
  for (let left = agents; left > 0; left -= TEAM) {
    const size = Math.min(left, TEAM);
    const file = `${work}-${size}.json`;
    await writeFile(join(folder, file), JSON.stringify({ agents: scripts[work](size) }));
    okOrThrow(
      await engine.agents.spawn({
        task: "Find out what there is to know, with your team.",
        role: "lead",
        model: `script/${file}`,
        budgetUsd: 100_000_000,
        budgetTokens: 100_000_000,
      }),
    );
  }
}
