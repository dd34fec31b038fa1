import { describe, expect, test } from "vitest";
import { createFairQueue } from "../../../../src/engine/agents/fairQueue.ts";
import { createRandom } from "../../../support/random.ts";

/** A queue with agents in line, written `team/agent`. */
function queueOf(...agents: readonly string[]) {
  const queue = createFairQueue();
  const add = (agent: string) => queue.add(agent, agent.split("/")[0] ?? "");
  for (const agent of agents) add(agent);
  const take = (count: number) => Array.from({ length: count }, () => queue.take()?.agentId);
  return { queue, add, take };
}

describe("the fair queue", () => {
  test("serves the agents of one team first come first served", () => {
    const { take } = queueOf("a/1", "a/2", "a/3");
    expect(take(4)).toEqual(["a/1", "a/2", "a/3", undefined]);
  });

  test("gives each team a turn before any has a second slot", () => {
    const { take } = queueOf("a/1", "a/2", "a/3", "b/1", "c/1", "c/2");
    expect(take(6)).toEqual(["a/1", "b/1", "c/1", "a/2", "c/2", "a/3"]);
  });

  test("serves a team that holds fewer slots first, however long the others have waited", () => {
    const { add, take, queue } = queueOf("a/1", "a/2", "a/3", "a/4");
    take(2);
    add("b/1");
    expect(take(2)).toEqual(["b/1", "a/3"]);
    queue.giveBack("a");
    queue.giveBack("a");
    queue.giveBack("a");
    add("b/2");
    expect(take(2)).toEqual(["a/4", "b/2"]);
  });

  test("takes teams that hold as many slots in the order in which they came to it", () => {
    const { add, take, queue } = queueOf("a/1", "b/1");
    take(2);
    add("a/2");
    add("b/2");
    queue.giveBack("b");
    queue.giveBack("a");
    expect(take(2)).toEqual(["b/2", "a/2"]);
  });

  test("keeps the place of one that stands in line, and knows one by its id alone", () => {
    const { add, take, queue } = queueOf("a/1", "a/2");
    add("a/1");
    queue.add("a/1", "b");
    expect(take(3)).toEqual(["a/1", "a/2", undefined]);
  });

  test("lets one leave the line, and says whose it was", () => {
    const { take, queue } = queueOf("a/1", "b/1", "b/2");
    expect(queue.remove("b/1")).toBe("b");
    expect(queue.remove("b/1")).toBeUndefined();
    expect(queue.remove("nobody")).toBeUndefined();
    expect(take(3)).toEqual(["a/1", "b/2", undefined]);
  });

  test("has nobody in line when it was cleared, and remembers who holds slots", () => {
    const { add, take, queue } = queueOf("a/1", "a/2", "b/1");
    take(1);
    queue.clear();
    expect(take(1)).toEqual([undefined]);
    add("a/3");
    add("c/1");
    expect(take(2)).toEqual(["c/1", "a/3"]);
  });

  test("starves nobody: a team that waits gets the next slot but for teams that hold fewer", () => {
    const random = createRandom(7);
    const queue = createFairQueue();
    const held = new Map<string, number>();
    const inLine = new Map<string, number>();
    const change = (counts: Map<string, number>, team: string, by: number) =>
      counts.set(team, (counts.get(team) ?? 0) + by);
    for (let index = 0; index < 5000; index++) {
      const team = `team-${Math.floor(random() * 6)}`;
      if (random() < 0.5) {
        queue.add(`${team}/${index}`, team);
        change(inLine, team, 1);
      } else if (random() < 0.6) {
        const fewest = Math.min(...[...inLine].flatMap(([each, count]) => (count > 0 ? [held.get(each) ?? 0] : [])));
        const taken = queue.take();
        expect(taken === undefined ? Number.POSITIVE_INFINITY : (held.get(taken.teamId) ?? 0)).toBe(fewest);
        if (taken === undefined) continue;
        change(held, taken.teamId, 1);
        change(inLine, taken.teamId, -1);
      } else if ((held.get(team) ?? 0) > 0) {
        queue.giveBack(team);
        change(held, team, -1);
      }
    }
  });
});
