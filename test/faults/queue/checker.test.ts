import { describe, expect, test } from "vitest";
import type { Priority } from "../../../src/protocol/words.ts";
import { type Arrival, check, flawless, type History, type Letter, type Sending, type Take } from "./checker.ts";

const letter = (sender: string, number: number, priority: Priority = "normal", recipient = "r"): Letter => ({
  sender,
  recipient,
  priority,
  number,
});
const acknowledged = (...letters: readonly Letter[]): readonly Sending[] =>
  letters.map((each) => ({ letter: each, outcome: "acknowledged" }));
const arrival = (each: Letter, as: Partial<Arrival> = {}): Arrival => ({
  letter: each,
  from: each.sender,
  priority: each.priority,
  ...as,
});
const take = (processed: boolean, ...letters: readonly Letter[]): Take => ({
  recipient: "r",
  arrivals: letters.map((each) => arrival(each)),
  processed,
});
const took = (...letters: readonly Letter[]) => take(true, ...letters);
const wasGiven = (...letters: readonly Letter[]) => take(false, ...letters);
const history = (sendings: readonly Sending[], takes: readonly Take[], more: Partial<History> = {}): History => ({
  sendings,
  takes,
  dead: [],
  drained: new Set(["r"]),
  ...more,
});

const a1 = letter("a", 1);
const a2 = letter("a", 2);
const b1 = letter("b", 1);
const urgent = letter("a", 3, "urgent");

/** With the moments at which each was begun and acknowledged. */
const timed = (each: Letter, invokedAt: number, acknowledgedAt: number): Sending => ({
  letter: each,
  outcome: "acknowledged",
  invokedAt,
  acknowledgedAt,
});

describe("the checker finds nothing in a history", () => {
  test("in which everything came once, in its order, the more pressing first", () => {
    expect(check(history(acknowledged(a1, a2, b1, urgent), [took(urgent, a1, b1, a2)]))).toEqual(flawless);
  });

  test("in which what is delivered again comes later", () => {
    const takes = [wasGiven(a1), took(a2), wasGiven(a1), took(a1)];
    expect(check(history(acknowledged(a1, a2), takes))).toEqual(flawless);
  });

  test("in which what nobody knows of came or did not, and what was refused did not", () => {
    const sendings: readonly Sending[] = [
      { letter: a1, outcome: "indeterminate" },
      { letter: a2, outcome: "indeterminate" },
      { letter: b1, outcome: "failed" },
    ];
    expect(check(history(sendings, [took(a2)]))).toEqual(flawless);
  });

  test("in which something waits for one that has not taken everything yet", () => {
    expect(check(history(acknowledged(a1), [], { drained: new Set() }))).toEqual(flawless);
  });

  test("in which something was given up", () => {
    expect(check(history(acknowledged(a1, a2), [wasGiven(a1), took(a2)], { dead: [a1] }))).toEqual(flawless);
  });
});

describe("the checker finds", () => {
  test("what was lost", () => {
    expect(check(history(acknowledged(a1, a2), [took(a1)]))).toEqual({ ...flawless, lost: ["a#2 for r (normal)"] });
    expect(check(history(acknowledged(a1), [wasGiven(a1)])).lost).toEqual(["a#1 for r (normal)"]);
  });

  test("what nobody sent, and what was refused", () => {
    const sendings: readonly Sending[] = [{ letter: a1, outcome: "failed" }];
    expect(check(history(sendings, [took(a1, a2)])).unexpected).toEqual([
      "a#1 for r (normal) was refused, and came",
      "a#2 for r (normal) was never sent",
    ]);
  });

  test("what came to another, from another, or at another priority", () => {
    const takes: readonly Take[] = [
      { recipient: "q", arrivals: [arrival(a1)], processed: true },
      { recipient: "r", arrivals: [arrival(a2, { from: "b" }), arrival(b1, { priority: "low" })], processed: true },
    ];
    expect(check(history(acknowledged(a1, a2, b1), takes)).unexpected).toEqual([
      "a#1 for r (normal) came to q",
      "a#2 for r (normal) came as from b",
      "b#1 for r (normal) came as low",
    ]);
  });

  test("what was processed and given up, and a number that was used twice", () => {
    const other = letter("a", 1, "low");
    expect(check(history(acknowledged(a1, other), [took(a1, other)], { dead: [a1] })).unexpected).toEqual([
      "a#1 for r (normal) was processed, and given up",
      "a#1 was invoked twice",
    ]);
  });

  test("what was processed twice", () => {
    const twice = { ...flawless, twice: ["a#1 for r (normal) was processed 2 times"] };
    expect(check(history(acknowledged(a1, a2), [took(a1), took(a2, a1)]))).toEqual(twice);
  });

  test("what came out of order at first delivery, be it indeterminate", () => {
    const outOfOrder = ["a#1 for r (normal) came after a#2 for r (normal)"];
    expect(check(history(acknowledged(a1, a2), [took(a2), took(a1)]))).toEqual({ ...flawless, outOfOrder });
    expect(check(history(acknowledged(a1, a2), [wasGiven(a2), took(a1), took(a2)])).outOfOrder).toEqual(outOfOrder);
    const unknown: readonly Sending[] = [{ letter: a1, outcome: "indeterminate" }, ...acknowledged(a2)];
    expect(check(history(unknown, [took(a2, a1)])).outOfOrder).toEqual(outOfOrder);
  });

  test("what was less pressing and stood first in one take", () => {
    const inversions = ["a#3 for r (urgent) stands behind a#1 for r (normal) in one take"];
    expect(check(history(acknowledged(a1, urgent), [took(a1, urgent)]))).toEqual({ ...flawless, inversions });
  });

  test("what was sent later by another and came first", () => {
    const sendings = [timed(a1, 1, 2), timed(b1, 3, 4)];
    const inversions = ["a#1 for r (normal) came after b#1 for r (normal), which was sent later"];
    expect(check(history(sendings, [took(b1, a1)]))).toEqual({ ...flawless, inversions });
    expect(check(history([timed(a1, 1, 4), timed(b1, 3, 5)], [took(b1, a1)]))).toEqual(flawless);
  });

  test("what was there, more pressing, and was passed over", () => {
    const sendings = [timed(a1, 1, 2), timed(urgent, 3, 4)];
    const takes = (beganAt: number): readonly Take[] => [{ ...took(a1), beganAt }, took(urgent)];
    const inversions = ["a#1 for r (normal) came before a#3 for r (urgent), which was there"];
    expect(check(history(sendings, takes(5)))).toEqual({ ...flawless, inversions });
    expect(check(history(sendings, takes(4)))).toEqual(flawless);
  });
});
