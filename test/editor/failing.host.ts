import assert from "node:assert/strict";
import type { Fact } from "./host/facts.ts";

/** What lane.test.ts needs to see fail. */
export const facts: readonly Fact[] = [
  { name: "holds", run: () => {} },
  { name: "is wrong", run: () => assert.equal(1 + 1, 3) },
  { name: "never ends", run: () => new Promise(() => {}), timeoutMs: 200 },
];
