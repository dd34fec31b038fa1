/**
 * A process that leads a repository and runs the team that floods itself with letters, until that is done or it is killed.
 * Says `leads` first, then a line for every so many letters that were sent or processed, and `done` at the end.
 * Arguments: the repository, the plan as JSON.
 */
import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { systemClock } from "../../../src/base/clock.ts";
import type { Result } from "../../../src/base/errors.ts";
import { systemIds } from "../../../src/base/ids.ts";
import type { Logger } from "../../../src/base/log.ts";
import { defaultSettings } from "../../../src/engine/engine.ts";
import { joinEngine } from "../../../src/engine/join/join.ts";
import { createFlood } from "./flood.ts";
import { PER_LINE } from "./floodTeam.ts";

const [folder = "", planText = ""] = process.argv.slice(2);
const plan = z
  .object({ seed: z.int(), senders: z.int(), recipients: z.int(), messages: z.int(), perTurn: z.int() })
  .parse(JSON.parse(planText));

function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

const say = (line: string) => writeSync(1, `${line}\n`);
const log: Logger = {
  debug() {},
  info() {},
  warn: (message, details) => writeSync(2, `${message} ${JSON.stringify(details)}\n`),
  error: (message, error) => writeSync(2, `${message}: ${String(error)}\n`),
};
const { limits, messageLimits } = defaultSettings;
const engine = value(
  await joinEngine(
    {
      folder,
      settings: {
        ...defaultSettings,
        scriptFolder: folder,
        limits: { ...limits, slots: 16, maxChildren: 64, maxTurns: 1_000_000 },
        messageLimits: { ...messageLimits, maxPending: 1_000_000 },
      },
    },
    {
      assets: {
        wasm: resolve("node_modules/sql.js/dist/sql-wasm.wasm"),
        migrations: resolve("migrations/sqlite"),
        compactor: resolve("src/engine/store/compactionWorker.ts"),
        heartbeat: resolve("src/engine/leader/heartbeatWorker.ts"),
        starter: resolve("src/engine/processes/helperProcess.ts"),
      },
      label: "a test",
      clock: systemClock,
      ids: systemIds,
      log,
      providers: [createFlood(plan)],
    },
  ),
);
let heard = 0;
engine.onEvent(({ type }) => {
  if (type !== "message.sent" && type !== "message.processed") return;
  heard += 1;
  if (heard % PER_LINE === 0) say("more");
});
await engine.start();
say("leads");
const lead = value(
  await engine.agents.spawn({
    id: "leadleadle",
    name: "lead",
    role: "lead",
    task: "Have letters sent.",
    model: "flood/letters",
    budgetUsd: 1_000_000_000_000,
    budgetTokens: 1_000_000_000_000,
  }),
);
const ended = value(await engine.agents.whenEnded(lead.id));
say(`done ${ended.status} ${ended.reason}`);
await engine.stop();
