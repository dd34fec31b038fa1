import { expect, test } from "vitest";
import { createChannelLogger } from "../../../src/vscode/log.ts";

function channel() {
  const lines: string[] = [];
  const to = (level: string) => (line: string | Error) => void lines.push(`${level} ${line}`);
  return { lines, channel: { debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error") } };
}

test("writes fields behind the message, and a fault with its stack", () => {
  const { lines, channel: output } = channel();
  const log = createChannelLogger(output);
  log.info("opened", { folder: "/a b", ms: 3, none: undefined });
  log.error("failed", new Error("disk on fire"), { id: "x" });
  log.error("failed", "a string");
  expect(lines[0]).toBe('info opened folder="/a b" ms=3');
  expect(lines[1]).toMatch(/^error failed id="x": Error: disk on fire\n +at /);
  expect(lines[2]).toBe("error failed: a string");
});

test("does not fail on a channel that the editor has closed", () => {
  const closed = () => {
    throw new Error("Channel has been closed");
  };
  const log = createChannelLogger({ debug: closed, info: closed, warn: closed, error: closed });
  expect(() => log.info("late")).not.toThrow();
});
