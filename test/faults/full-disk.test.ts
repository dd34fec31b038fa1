import { describe, expect, test } from "vitest";
import { type AppendFile, type Disk, realDisk } from "../../src/engine/store/disk.ts";
import { startEngine, twoWriters } from "../support/engine.ts";
import { createRepository } from "../support/repository.ts";
import { expectOk } from "../support/store.ts";

/** The real disk, until it is full: then nothing can be written. */
function createDisk(): Disk & { full: boolean; refused: Promise<void> } {
  let tell = () => {};
  const refuse = () => {
    tell();
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const disk = {
    ...realDisk,
    full: false,
    refused: new Promise<void>((resolve) => (tell = resolve)),
    async write(path: string, content: Iterable<Uint8Array>) {
      if (disk.full) refuse();
      await realDisk.write(path, content);
    },
    async openAppend(path: string, room?: number): Promise<AppendFile> {
      const file = await realDisk.openAppend(path, room);
      return {
        async append(content) {
          if (disk.full) refuse();
          await file.append(content);
        },
        appendNow(content) {
          if (disk.full) refuse();
          return file.appendNow(content);
        },
        trim: () => file.trim(),
        close: () => file.close(),
      };
    },
  };
  return disk;
}

const team = twoWriters({ one: 400, two: 500 });

describe("a full disk", () => {
  test("agents pause, reads go on, and once there is room the team completes with every cent accounted for", async () => {
    const repository = await createRepository();
    const disk = createDisk();
    const { engine, spawn, ended, events } = await startEngine(repository, { disk });
    const root = await spawn(team);
    await new Promise<void>((resolve) => {
      engine.onEvent((event) => {
        if (event.type === "turn.completed" && event.agentId !== root.id) resolve();
      });
    });
    disk.full = true;
    await disk.refused;
    await expect(engine.agents.stop(root.id, "now")).rejects.toThrow("ENOSPC");
    expect((await engine.agents.tree()).map(({ status }) => status)).not.toContain("failed");
    disk.full = false;
    expect(await ended(root.id)).toMatchObject({ status: "completed", result: { files: ["one.txt", "two.txt"] } });
    const ends = events.filter((event) => event.type === "agent.moved" && event.to === "completed");
    expect(ends).toHaveLength(3);
    const budgets = expectOk(await engine.budgets.list());
    for (const unit of ["usd", "tokens"]) {
      const own = budgets.filter((budget) => budget.unit === unit).reduce((sum, budget) => sum + budget.ownUsed, 0);
      expect(budgets.find((budget) => budget.agentId === root.id && budget.unit === unit)).toMatchObject({
        used: own,
        reserved: 0,
      });
    }
  });
});
