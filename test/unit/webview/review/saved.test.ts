import { expect, test } from "vitest";
import { keyAct, nextIndex } from "../../../../src/webview/review/keys.ts";
import { nothingSaved, readSaved } from "../../../../src/webview/review/saved.ts";

test("what was kept for that agent's work is there again; anything else is not", () => {
  const kept = { agentId: "r", ...nothingSaved, note: "Not sent yet" };
  expect(readSaved(kept, "r").note).toBe("Not sent yet");
  expect(readSaved(kept, "other")).toEqual({ agentId: "other", ...nothingSaved });
  for (const strange of [null, 7, "x", [], { agentId: "r", drafts: 3 }]) {
    expect(readSaved(strange, "r")).toEqual({ agentId: "r", ...nothingSaved });
  }
});

test("a key that does nothing here is left to the page", () => {
  expect(keyAct("a")).toEqual({ kind: "decide", decision: "accepted" });
  expect(keyAct("z")).toBeUndefined();
  expect(keyAct("constructor")).toBeUndefined();
  expect(nextIndex("ArrowDown", 2, 3)).toBe(2);
  expect(nextIndex("x", 2, 3)).toBeUndefined();
});
