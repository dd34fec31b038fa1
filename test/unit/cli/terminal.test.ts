import { describe, expect, test } from "vitest";
import { createLive } from "../../../src/cli/live.ts";
import { createLogger } from "../../../src/cli/log.ts";
import { jsonText } from "../../../src/cli/render/json.ts";
import { line, stacked } from "../../../src/cli/render/line.ts";
import { createTerminal, type Variables } from "../../../src/cli/terminal.ts";
import { createStream, screenOf } from "./support/stream.ts";

function setUp(
  options: { isTTY?: boolean; columns?: number; rows?: number; variables?: Variables; noColor?: boolean } = {},
) {
  const { variables = {}, noColor = true, ...size } = options;
  const stdout = createStream(size);
  const stderr = createStream();
  return { stdout, stderr, terminal: createTerminal({ stdout, stderr, variables, noColor }) };
}

describe("the terminal", () => {
  test("prints colours where somebody looks, unless they are not wanted", () => {
    const color = (isTTY: boolean, variables: Variables = {}, noColor = false) =>
      setUp({ isTTY, variables, noColor }).terminal.color;
    expect(color(true)).toBe(true);
    expect(color(false)).toBe(false);
    expect(color(true, {}, true)).toBe(false);
    expect(color(true, { NO_COLOR: "1" })).toBe(false);
    expect(color(true, { NO_COLOR: "" })).toBe(true);
    expect(color(true, { TERM: "dumb" })).toBe(false);
    expect(color(false, { FORCE_COLOR: "1" })).toBe(true);
    expect(color(true, { FORCE_COLOR: "0" })).toBe(false);
    expect(color(false, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe(false);
  });

  test("redraws only where it can", () => {
    const canRedraw = (isTTY: boolean, variables: Variables = {}) => setUp({ isTTY, variables }).terminal.canRedraw;
    expect(canRedraw(true)).toBe(true);
    expect(canRedraw(false)).toBe(false);
    expect(canRedraw(true, { TERM: "dumb" })).toBe(false);
    expect(canRedraw(true, { CI: "true" })).toBe(false);
  });

  test("complains in one inert line on standard error", () => {
    const { stdout, stderr, terminal } = setUp();
    terminal.complain("wrong\n\u001b[31mname");
    expect(stderr.text()).toBe("banyan: wrong name\n");
    expect(stdout.text()).toBe("");
  });

  test("stacks blocks with an empty line between", () => {
    expect(stacked([line("a")], [], [line("b")])).toEqual([line("a"), [], line("b")]);
  });
});

describe("JSON", () => {
  test("is the same data, with whatever a terminal could obey escaped", () => {
    const value = { text: "\u001b[31m\u009b2J\u202e\u2028ü漢🙂" };
    const text = jsonText(value);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});

describe("the log", () => {
  const record = (verbose: boolean) => {
    const written: string[] = [];
    return { written, log: createLogger((text) => written.push(text), verbose) };
  };

  test("tells warnings and errors", () => {
    const { written, log } = record(false);
    log.debug("d");
    log.info("i");
    log.warn("slow", { path: "a b", ms: 5, nothing: undefined });
    log.error("failed", new Error("why"));
    expect(written).toEqual(['warning: slow path="a b" ms=5', "error: failed: why"]);
  });

  test("tells everything when asked to", () => {
    const { written, log } = record(true);
    log.debug("d", { n: null });
    log.info("i");
    expect(written).toEqual(["debug: d n=null", "info: i"]);
  });
});

describe("live lines", () => {
  const screen = { isTTY: true, columns: 20, rows: 6 };

  test("are drawn again in place, and only when they changed", () => {
    const { stdout, terminal } = setUp(screen);
    const live = createLive(terminal);
    live.draw([line("one"), line("two")]);
    live.draw([line("one"), line("2")]);
    expect(screenOf(stdout.text())).toEqual({ lines: ["one", "2", ""], cursor: false });
    const before = stdout.written.length;
    live.draw([line("one"), line("2")]);
    expect(stdout.written.length).toBe(before);
    live.draw([line("only")]);
    expect(screenOf(stdout.text()).lines).toEqual(["only", ""]);
  });

  test("stay within the terminal's width and height", () => {
    const { stdout, terminal } = setUp(screen);
    createLive(terminal).draw([..."abcdefgh"].map((letter) => line(letter.repeat(30))));
    const { lines } = screenOf(stdout.text());
    expect(lines).toEqual([
      `${"a".repeat(18)}…`,
      `${"b".repeat(18)}…`,
      `${"c".repeat(18)}…`,
      `${"d".repeat(18)}…`,
      "… and 4 more lines",
      "",
    ]);
  });

  test("let other output pass above them, to both streams", () => {
    const { stdout, stderr, terminal } = setUp(screen);
    const live = createLive(terminal);
    live.draw([line("tree")]);
    terminal.print(line("printed"));
    terminal.note("noted");
    expect(stderr.text()).toBe("noted\n");
    expect(screenOf(stdout.text()).lines).toEqual(["printed", "tree", ""]);
  });

  test("go when closed, and give the cursor back once", () => {
    const { stdout, terminal } = setUp(screen);
    const live = createLive(terminal);
    live.draw([line("tree")]);
    live.close();
    live.close();
    terminal.print(line("after"));
    expect(screenOf(stdout.text())).toEqual({ lines: ["after", ""], cursor: true });
    expect(stdout.text().split("\u001b[?25h")).toHaveLength(2);
  });

  test("write nothing when nothing was drawn", () => {
    const { stdout, terminal } = setUp(screen);
    createLive(terminal).close();
    expect(stdout.text()).toBe("");
  });
});
