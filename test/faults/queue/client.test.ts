import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { messageOf, ok } from "../../../src/base/errors.ts";
import { Emitter } from "../../../src/base/event.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { createFacade, type Through } from "../../../src/engine/join/facade.ts";
import type { ModelProvider } from "../../../src/engine/models/port.ts";
import { answerClient } from "../../../src/engine/remote/answer.ts";
import { attach } from "../../../src/engine/remote/attach.ts";
import type { Backend, LedEngine } from "../../../src/engine/remote/backend.ts";
import { eventsSince, lastPosition } from "../../../src/engine/store/eventLog.ts";
import { type Channel, ConnectionLostError } from "../../../src/protocol/channel.ts";
import { noUsage } from "../../../src/protocol/transcript.ts";
import { priorities } from "../../../src/protocol/words.ts";
import { createRandom } from "../../support/random.ts";
import { expectOk } from "../../support/store.ts";
import { check, flawless, type Letter, type Sending } from "./checker.ts";
import { historyOf } from "./history.ts";
import { bodyOf } from "./plan.ts";
import { asking, openTimedOutEngine, whileTimePasses } from "./timedOutEngine.ts";

const SEED = Number(process.env.BANYAN_SEED ?? 20_261_122);
const LETTERS = process.env.BANYAN_LONG === "1" ? 3_000 : 300;
const TOKEN = "the token";

/** A lead whose only agent, `listener`, waits for messages as they come. */
const listening: ModelProvider = {
  name: "listening",
  offers: ["x"],
  open: async () =>
    ok({
      id: "listening/x",
      maxOutputTokens: 100,
      countInput: async () => 100,
      async call({ agent, transcript }) {
        const hires = agent.depth === 0 && transcript.every(({ kind }) => kind !== "reply");
        const hire = {
          name: "listener",
          role: "coder",
          task: "Listen",
          budgetUsd: "1000",
          budgetTokens: 1_000_000_000,
        };
        const [tool, input] = hires ? ["spawn_agent", hire] : ["wait", {}];
        const content = [{ type: "tool_call" as const, id: "call", tool, input }];
        return { kind: "reply", reply: { kind: "reply", content, stopReason: "tool_use", usage: noUsage } };
      },
    }),
};

/** Two ends of a connection. `isCut` is asked at each message: the connection ends before it arrives. */
function createConnection(isCut: () => boolean): readonly [Channel, Channel] {
  const closed = new Emitter<void>(() => {});
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    closed.fire();
  };
  const inboxes = [new Emitter<unknown>(() => {}), new Emitter<unknown>(() => {})] as const;
  const end = (own: Emitter<unknown>, other: Emitter<unknown>): Channel => ({
    post(message) {
      const copy: unknown = JSON.parse(JSON.stringify(message));
      setImmediate(() => {
        if (isOpen && isCut()) close();
        if (isOpen) other.fire(copy);
      });
    },
    onMessage: own.event,
    onClose: closed.event,
    close,
  });
  return [end(inboxes[0], inboxes[1]), end(inboxes[1], inboxes[0])];
}

/** A client's way to an engine: where the connection is lost, it asks again over the next one. */
function createWay(engine: LedEngine, isCut: () => boolean): { through: Through; readonly connections: number } {
  let backend: Promise<Backend> | undefined;
  let connections = 0;
  const connect = async (): Promise<Backend> => {
    connections += 1;
    const [near, far] = createConnection(isCut);
    answerClient(far, { token: TOKEN, engine: Promise.resolve(engine), clock: systemClock, log: silentLogger });
    const options = { token: TOKEN, since: null, onEvent() {}, onError() {} };
    return expectOk(await attach(near, options)).backend;
  };
  return {
    get connections() {
      return connections;
    },
    async through(use) {
      for (;;) {
        backend ??= connect();
        try {
          return await use(await backend);
        } catch (error) {
          if (!(error instanceof ConnectionLostError)) throw error;
          backend = undefined;
        }
      }
    },
  };
}

test(`${LETTERS} letters of a client whose connection is lost, before and after they were sent, come once and in order`, {
  timeout: 600_000,
}, async () => {
  const { engine, store, clock, told } = await openTimedOutEngine(SEED, listening);
  const budget = { budgetUsd: 1_000_000_000_000, budgetTokens: 1_000_000_000_000 };
  const command = { id: "leadleadle", name: "lead", role: "lead", task: "Hire a listener", model: "listening/x" };
  expectOk(await asking(() => engine.agents.spawn({ ...command, ...budget })));
  const isHired = async () => {
    while (!(await engine.agents.find("listener")).ok) await systemClock.sleep(1);
  };
  await whileTimePasses(clock, isHired());

  const random = createRandom(SEED);
  const led: LedEngine = {
    ...engine,
    history: (position) => eventsSince(store, position),
    position: () => lastPosition(store),
  };
  const way = createWay(led, () => random() < 0.05);
  const nothing = new Emitter<void>(() => {});
  const client = createFacade({
    through: way.through,
    onEvent: engine.onEvent,
    onReset: nothing.event,
    nameModel: async (id) => id,
    ids: systemIds,
  });
  const sendings: Sending[] = [];
  let again = 0;
  /** A store that timed out is told of in words: whoever reads them asks again under the same id. */
  const send = async (letter: Letter): Promise<void> => {
    const { recipient: to, priority } = letter;
    for (;;) {
      try {
        const sent = await client.messages.send({ id: `letter-${letter.number}`, to, priority, body: bodyOf(letter) });
        sendings.push({ letter, outcome: sent.ok ? "acknowledged" : "failed" });
        return;
      } catch (error) {
        expect(messageOf(error)).toBe("timed out");
        again += 1;
      }
    }
  };
  const sendAll = async () => {
    for (let number = 1; number <= LETTERS; number++) {
      const priority = priorities[Math.floor(random() * priorities.length)] ?? "normal";
      await send({ sender: "user", recipient: "listener", priority, number });
    }
    const isRead = async () =>
      expectOk(await engine.messages.list("listener")).every(({ status }) => status === "processed");
    while (!(await isRead())) await systemClock.sleep(20);
  };
  await whileTimePasses(clock, sendAll());
  told.isOver = true;

  const history = await historyOf(engine);
  const processed = history.takes.reduce((sum, { arrivals }) => sum + arrivals.length, 0);
  console.info(JSON.stringify({ seed: SEED, ...told, connections: way.connections, again, processed }));
  expect(check({ ...history, sendings })).toEqual(flawless);
  expect(processed).toBe(LETTERS);
  expect(way.connections).toBeGreaterThan(LETTERS / 20);
  expect(again).toBeGreaterThan(LETTERS / 50);
});
