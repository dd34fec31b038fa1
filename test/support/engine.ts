import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import { systemIds } from "../../src/base/ids.ts";
import type { Logger } from "../../src/base/log.ts";
import { type AgentLimits, defaultLimits } from "../../src/engine/agents/limits.ts";
import { defaultSettings, type EngineSettings } from "../../src/engine/engine.ts";
import { type JoinedEngine, joinEngine } from "../../src/engine/join/join.ts";
import { defaultMessageLimits, type MessageLimits } from "../../src/engine/messages/limits.ts";
import type { ModelProvider } from "../../src/engine/models/port.ts";
import type { Disk } from "../../src/engine/store/disk.ts";
import type { SpawnCommandInput } from "../../src/protocol/commands.ts";
import type { EngineEvent } from "../../src/protocol/events.ts";
import type { AgentRecord, BudgetRecord } from "../../src/protocol/records.ts";
import type { WaitReason } from "../../src/protocol/words.ts";
import type { TestRepository } from "./repository.ts";
import { assets, expectOk, temporaryFolder } from "./store.ts";

export interface EngineUnderTest {
  readonly engine: JoinedEngine;
  readonly scriptFolder: string;
  readonly events: readonly EngineEvent[];
  /** What was logged as a warning or an error. */
  readonly logged: readonly string[];
  /** Spawns a root on a script and waits until it has ended. */
  run(script: Script, command?: Partial<SpawnCommandInput>): Promise<AgentRecord>;
  spawn(script: Script, command?: Partial<SpawnCommandInput>): Promise<AgentRecord>;
  ended(agent: string): Promise<AgentRecord>;
  /** The agent once it waits for something. */
  waiting(agent: string, waitingFor: WaitReason): Promise<AgentRecord>;
  /** Balances by `name unit`. */
  balances(): Promise<ReadonlyMap<string, BudgetRecord>>;
}

/** What a script file holds; see docs/script-model.md. */
export type Script = readonly ScriptAgent[];
export interface ScriptAgent {
  readonly match?: Readonly<Record<string, unknown>>;
  readonly turns: readonly Readonly<Record<string, unknown>>[];
}

/** A turn that calls tools. */
export const calls = (...list: readonly (readonly [tool: string, input?: Readonly<Record<string, unknown>>])[]) => ({
  calls: list.map(([tool, input = {}]) => ({ tool, input })),
});
export const write = (path: string, content: string) => calls(["write_file", { path, content }]);
export const report = (summary: string, status = "completed") => calls(["report", { status, summary }]);
export const hire = (name: string, more: Readonly<Record<string, unknown>> = {}) =>
  ["spawn_agent", { name, role: "coder", task: `The task of ${name}`, ...more }] as const;

/** A lead that hires two, each of which writes a file and reports some milliseconds later; it merges both. */
export const twoWriters = (delays: { readonly one: number; readonly two: number }): Script => [
  {
    match: { depth: 0 },
    turns: [
      calls(hire("one"), hire("two")),
      calls(["wait", { until: "children" }]),
      calls(["merge_child", { child: "one" }], ["merge_child", { child: "two" }]),
      report("Both."),
    ],
  },
  { match: { name: "one" }, turns: [write("one.txt", "1\n"), { delayMs: delays.one, ...report("One.") }] },
  { match: { name: "two" }, turns: [write("two.txt", "2\n"), { delayMs: delays.two, ...report("Two.") }] },
];

export interface EngineTestOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<AgentLimits>;
  readonly messageLimits?: Partial<MessageLimits>;
  /** No worktree is prepared unless a test asks for it. */
  readonly worktrees?: Partial<EngineSettings["worktrees"]>;
  readonly settings?: Partial<Pick<EngineSettings, "caps" | "prices">>;
  /** Where scripts lie: the one of an engine before this one, for agents that go on. */
  readonly scriptFolder?: string;
  /** Models that only this process has. */
  readonly providers?: readonly ModelProvider[];
  /** Where store and content lie. */
  readonly disk?: Disk;
  /** False: nothing runs until `engine.start` is called. */
  readonly start?: boolean;
}

/** The whole engine on a real repository and a real store; only the model's words are made up. */
export async function startEngine(
  repository: TestRepository,
  options: EngineTestOptions = {},
): Promise<EngineUnderTest> {
  const scriptFolder = options.scriptFolder ?? (await temporaryFolder());
  const logged: string[] = [];
  const log: Logger = {
    debug() {},
    info() {},
    warn: (message) => logged.push(message),
    error: (message, error) => logged.push(`${message}: ${String(error)}`),
  };
  const engine = expectOk(
    await joinEngine(
      {
        folder: repository.root,
        settings: {
          ...defaultSettings,
          ...options.settings,
          limits: { ...defaultLimits, ...options.limits },
          messageLimits: { ...defaultMessageLimits, ...options.messageLimits },
          worktrees: { ...defaultSettings.worktrees, poolSize: 0, ...options.worktrees },
          scriptFolder,
        },
      },
      {
        assets,
        label: "a test",
        clock: options.clock ?? systemClock,
        ids: systemIds,
        log,
        ...(options.disk === undefined ? {} : { disk: options.disk }),
        ...(options.providers === undefined ? {} : { providers: options.providers }),
      },
    ),
  );
  onTestFinished(() => engine.stop());
  const events: EngineEvent[] = [];
  engine.onEvent((event) => events.push(event));
  if (options.start !== false) await engine.start();

  let scripts = 0;
  const spawn: EngineUnderTest["spawn"] = async (script, command = {}) => {
    const file = `script-${++scripts}.json`;
    await mkdir(scriptFolder, { recursive: true });
    await writeFile(join(scriptFolder, file), JSON.stringify({ agents: script }));
    return expectOk(
      await engine.agents.spawn({
        task: "The whole task",
        role: "lead",
        model: `script/${file}`,
        budgetUsd: 100_000_000,
        budgetTokens: 100_000_000,
        ...command,
      }),
    );
  };
  const ended = async (agent: string) => expectOk(await engine.agents.whenEnded(agent));
  return {
    engine,
    scriptFolder,
    events,
    logged,
    spawn,
    ended,
    waiting: (agent, waitingFor) =>
      vi.waitFor(
        async () => {
          const found = expectOk(await engine.agents.find(agent));
          if (found.waitingFor !== waitingFor) throw new Error(`${found.name} is ${found.status}: ${found.reason}`);
          return found;
        },
        { timeout: 20_000 },
      ),
    run: async (script, command) => ended((await spawn(script, command)).id),
    async balances() {
      const tree = await engine.agents.tree();
      const nameOf = new Map(tree.map((row) => [row.id, row.name]));
      const rows = expectOk(await engine.budgets.list());
      return new Map(rows.map((row) => [`${nameOf.get(row.agentId)} ${row.unit}`, row]));
    },
  };
}
