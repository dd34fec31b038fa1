import { describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { ok } from "../../src/base/errors.ts";
import type { ModelProvider } from "../../src/engine/models/port.ts";
import { type AppendFile, type Disk, realDisk } from "../../src/engine/store/disk.ts";
import { noUsage, type ReplyEntry, type TranscriptEntry } from "../../src/protocol/transcript.ts";
import { startEngine } from "../support/engine.ts";
import { createRepository } from "../support/repository.ts";
import { expectOk } from "../support/store.ts";

/** The real disk, which refuses one append: of content or of the journal, counted from the moment that it is armed. */
function createDisk(refusedAppend: number): Disk & { armed: boolean; struck: boolean } {
  let appends = 0;
  const count = () => {
    if (!disk.armed || ++appends !== refusedAppend) return;
    disk.struck = true;
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  };
  const disk = {
    ...realDisk,
    armed: false,
    struck: false,
    async openAppend(path: string, room?: number): Promise<AppendFile> {
      const file = await realDisk.openAppend(path, room);
      return {
        async append(content) {
          count();
          await file.append(content);
        },
        // Everything goes the way that may be refused, so that the count is the same in every run.
        appendNow: () => false,
        trim: () => file.trim(),
        close: () => file.close(),
      };
    },
  };
  return disk;
}

/** A pause is over at once; a limit is not. */
const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms < 60_000 ? 0 : ms, signal) };

const asks = (...asked: readonly (readonly [tool: string, input: object])[]): ReplyEntry => ({
  kind: "reply",
  content: asked.map(([tool, input], index) => ({ type: "tool_call", id: `call-${index}`, tool, input })),
  stopReason: "tool_use",
  usage: noUsage,
});

const replies = [
  asks(["read_file", { path: "README.md" }], ["write_file", { path: "a.txt", content: "a\n" }], ["wait", {}]),
  asks(["list_files", {}], ["read_file", { path: "a.txt" }]),
  asks(["report", { status: "completed", summary: "Done." }]),
];

/** Says what it is to say, by what was said before; and keeps what it was told. */
function createProvider() {
  const told: (readonly TranscriptEntry[])[] = [];
  const provider: ModelProvider = {
    name: "told",
    offers: ["x"],
    open: async () =>
      ok({
        id: "told/x",
        maxOutputTokens: 100,
        countInput: async () => 100,
        async call({ transcript }) {
          told.push(transcript);
          const reply = replies[transcript.filter(({ kind }) => kind === "reply").length];
          if (reply === undefined) throw new Error("it was asked for more than there is");
          return { kind: "reply", reply };
        },
      }),
  };
  return { told, provider };
}

describe("an append that the disk refuses", () => {
  test("leaves the agent where it stood, whichever it is: its model is told what was committed", async () => {
    for (let refused = 1, struck = true; struck; refused++) {
      const disk = createDisk(refused);
      const { told, provider } = createProvider();
      const { engine, ended } = await startEngine(await createRepository(), { disk, clock, providers: [provider] });
      const command = { task: "Work", role: "coder", model: "told/x", budgetUsd: 1_000, budgetTokens: 1_000_000 };
      disk.armed = true;
      const agent = await engine.agents.spawn({ ...command, id: "agent00001" }).catch(() => undefined);
      if (agent === undefined) expectOk(await engine.agents.spawn({ ...command, id: "agent00001" }));
      // Who asks in the very moment is refused too.
      const ending = await ended("agent00001").catch(() => ended("agent00001"));
      expect(ending).toMatchObject({ status: "completed", result: { files: ["a.txt"] } });
      const transcript = expectOk(await engine.agents.transcript("agent00001"));
      for (const request of told) expect(request).toEqual(transcript.slice(0, request.length));
      const kinds = ["messages", "reply", ...Array(3).fill("tool_result"), "reply", ...Array(2).fill("tool_result")];
      expect(transcript.map(({ kind }) => kind)).toEqual([...kinds, "reply", "tool_result"]);
      struck = disk.struck;
      await engine.stop();
      if (!struck) expect(refused).toBeGreaterThan(15);
    }
  }, 120_000);
});
