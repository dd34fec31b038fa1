import { type Refusal, type Result, refuse } from "../../../src/base/errors.ts";
import { Emitter } from "../../../src/base/event.ts";
import type { JoinedEngine, Role } from "../../../src/engine/join/join.ts";
import type { EngineEvent, EngineEventBody } from "../../../src/protocol/events.ts";
import type { AgentTreeRow, Collision } from "../../../src/protocol/records.ts";
import { eventOf } from "./builders.ts";

/** An engine whose tree the test sets; everything else refuses, and starts and stops are counted. */
export interface FakeEngine {
  readonly engine: JoinedEngine;
  rows: readonly AgentTreeRow[];
  collisions: readonly Collision[];
  /** Thrown by the next reads of the tree. */
  fault: Error | undefined;
  startFault: Error | undefined;
  readonly calls: string[];
  fire(body: EngineEventBody): void;
  /** Changes the role that it plays; it leads at first. */
  play(role: Role): void;
}

const notHere: Result<never> = refuse("not_found", "the fake has no such thing");
const refused = async (): Promise<Result<never>> => notHere;
export const refusal: Refusal = { code: "not_found", message: "the fake has no such thing" };

export function createFakeEngine(root = "/repo"): FakeEngine {
  const events = new Emitter<EngineEvent>((error) => {
    throw error;
  });
  const roles = new Emitter<Role>((error) => {
    throw error;
  });
  let role: Role = { kind: "leader" };
  const fake: FakeEngine = {
    rows: [],
    collisions: [],
    fault: undefined,
    startFault: undefined,
    calls: [],
    fire: (body) => events.fire(eventOf(body)),
    play(next) {
      role = next;
      roles.fire(next);
    },
    engine: {
      repository: { root, commonDir: `${root}/.git` },
      onEvent: events.event,
      get role() {
        return role;
      },
      clients: 0,
      onDidChangeRole: roles.event,
      agents: {
        spawn: refused,
        find: refused,
        async tree() {
          fake.calls.push("tree");
          if (fake.fault !== undefined) throw fake.fault;
          return fake.rows;
        },
        turns: refused,
        transcript: refused,
        children: refused,
        ancestors: refused,
        descendants: refused,
        stop: refused,
        stopEverything: async () => [],
        pause: refused,
        resume: refused,
        reopen: refused,
        archive: refused,
        restore: refused,
        archived: async () => [],
        archivedTeam: refused,
        whenEnded: refused,
      },
      messages: {
        send: refused,
        list: refused,
        find: refused,
        threads: refused,
        page: refused,
        deadLetters: refused,
        sendAgain: refused,
        discard: refused,
      },
      budgets: {
        list: refused,
        ledger: refused,
        raise: refused,
        forecast: refused,
        spending: async () => ({ day: { usd: 0, capUsd: null }, month: { usd: 0, capUsd: null } }),
      },
      worktrees: {
        list: async () => [],
        diff: refused,
        patch: refused,
        readFileAt: async () => undefined,
        merge: refused,
        merges: refused,
        undoMerge: refused,
        resolve: refused,
        finishResolution: refused,
        abandonResolution: refused,
        async collisions() {
          fake.calls.push("collisions");
          return fake.collisions;
        },
        branches: async () => [],
        orphans: async () => [],
        leftOut: async () => ({}),
        clean: refused,
        restore: refused,
      },
      reviews: {
        get: refused,
        file: refused,
        mark: refused,
        comment: refused,
        settleComment: refused,
        requestChanges: refused,
      },
      async start() {
        fake.calls.push("start");
        if (fake.startFault !== undefined) throw fake.startFault;
      },
      async stop() {
        fake.calls.push("stop");
      },
    },
  };
  return fake;
}
