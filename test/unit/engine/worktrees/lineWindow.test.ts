import { expect, test } from "vitest";
import { LineWindow } from "../../../../src/engine/worktrees/lineWindow.ts";

function read(text: string, offset: number, limit: number, chunk = 3) {
  const window = new LineWindow(offset, limit);
  const bytes = Buffer.from(text);
  let goesOn = true;
  for (let start = 0; start < bytes.length && goesOn; start += chunk) {
    goesOn = window.read(bytes.subarray(start, start + chunk));
  }
  if (goesOn) window.end();
  return { texts: window.lines.map((line) => line.text), more: window.more };
}

test("keeps the lines that are asked for, however they come", () => {
  for (const chunk of [1, 3, 100]) {
    expect(read("a\n\nbé\r\nc", 1, 10, chunk)).toEqual({ texts: ["a", "", "bé", "c"], more: false });
    expect(read("a\n\nbé\r\nc", 2, 2, chunk)).toEqual({ texts: ["", "bé"], more: true });
    expect(read("a\nb\n", 1, 2, chunk)).toEqual({ texts: ["a", "b"], more: false });
    expect(read("a\nb\n", 4, 2, chunk)).toEqual({ texts: [], more: false });
  }
});

test("keeps the beginning of a line that is too long, and how long it was", () => {
  const window = new LineWindow(1, 1);
  window.read(Buffer.from("x".repeat(20_000)));
  window.read(Buffer.from("x\n"));
  expect(window.lines).toEqual([{ text: "x".repeat(8000), length: 20_001 }]);
});
