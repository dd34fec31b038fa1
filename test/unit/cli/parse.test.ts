import { describe, expect, test } from "vitest";
import { ok } from "../../../src/base/errors.ts";
import { defineCommand } from "../../../src/cli/command.ts";
import { allCommands } from "../../../src/cli/commands/all.ts";
import { findCommand, parseInput, usageOf } from "../../../src/cli/parse.ts";
import { parseTeamRequest, type TeamRequest } from "../../../src/cli/request.ts";
import { shellWord } from "../../../src/cli/shell.ts";
import { didYouMean } from "../../../src/cli/suggest.ts";
import { expectOk, expectRefused } from "../../support/store.ts";

const sample = defineCommand({
  name: "sample",
  summary: "Take what there is",
  arguments: {
    agent: { placeholder: "AGENT", help: "", presence: "required" },
    text: { placeholder: "TEXT", help: "", presence: "rest" },
  },
  values: { budget: { placeholder: "USD", example: "2.50", help: "" } },
  flags: { "in-place": { help: "" } },
  run: async () => ok(0),
});

const refusedBy = (...args: string[]) => expectRefused(parseInput(sample, args)).message;

describe("finding the command", () => {
  const nameOf = (...args: string[]) => expectOk(findCommand(args, allCommands)).command?.name;
  const wrong = (...args: string[]) => expectRefused(findCommand(args, allCommands)).message;

  test("works with options before it, their values included", () => {
    expect(nameOf("tree")).toBe("tree");
    expect(nameOf("--json", "--repo", "spawn", "tree")).toBe("tree");
    expect(nameOf("--budget", "-1", "demo")).toBe("demo");
    expect(nameOf("worktrees", "--json", "list")).toBe("worktrees list");
    expect(nameOf("worktrees", "--json")).toBe("worktrees list");
    expect(nameOf("worktrees", "restore", "list")).toBe("worktrees restore");
    expect(nameOf("--help")).toBeUndefined();
  });

  test("leaves the rest to be read", () => {
    const { rest } = expectOk(findCommand(["--json", "worktrees", "list", "x"], allCommands));
    expect(rest).toEqual(["--json", "x"]);
  });

  test("says what was probably meant, or what there is", () => {
    expect(wrong("mesages")).toBe('Unknown command "mesages": did you mean messages?');
    expect(wrong("xyzzy")).toMatch(/^Unknown command "xyzzy": use one of demo, spawn, /);
    expect(wrong("worktrees", "lst")).toBe(
      'Unknown command "worktrees lst": use banyan worktrees list, banyan worktrees clean, banyan worktrees restore.',
    );
  });
});

test("a name of two words comes before that of one", () => {
  const nameOf = (...args: string[]) => expectOk(findCommand(args, allCommands)).command?.name;
  expect(nameOf("dead-letters")).toBe("dead-letters");
  expect(nameOf("dead-letters", "--json", "lead")).toBe("dead-letters");
  expect(nameOf("dead-letters", "--json", "retry", "3")).toBe("dead-letters retry");
});

test("an argument is not read where an option says the same", () => {
  const send = defineCommand({
    ...sample,
    arguments: {
      ...sample.arguments,
      agent: { placeholder: "AGENT", help: "", presence: "required", unless: "budget" },
    },
    run: async () => ok(0),
  });
  const reply = expectOk(parseInput(send, ["go", "--budget", "1", "on"]));
  expect([reply.optional("agent"), reply.argument("text")]).toEqual([undefined, "go on"]);
  expect(expectOk(parseInput(send, ["lead", "go"])).optional("agent")).toBe("lead");
  expect(usageOf(send)).toBe("banyan sample [AGENT] TEXT... [--budget USD] [--in-place]");
  expect(expectRefused(parseInput(send, ["--budget", "1"])).message).toMatch(/^banyan sample needs TEXT/);
});

describe("reading the input", () => {
  test("takes options anywhere, and text behind a double dash as it is", () => {
    const input = expectOk(parseInput(sample, ["--budget", "2", "lead", "--in-place", "go", "on", "--", "-x"]));
    expect(input.argument("agent")).toBe("lead");
    expect(input.argument("text")).toBe("go on -x");
    expect(input.value("budget")).toBe("2");
    expect(input.flag("in-place")).toBe(true);
    expect(input.flag("json")).toBe(false);
  });

  test("takes a negative number for a value, so that what it is for can be judged", () => {
    expect(expectOk(parseInput(sample, ["a", "b", "--budget", "-1"])).value("budget")).toBe("-1");
    expect(expectOk(parseInput(sample, ["a", "b", "--budget=-x"])).value("budget")).toBe("-x");
  });

  test.each([
    [["a", "b", "--budgt", "1"], 'Unknown option "--budgt" of banyan sample: did you mean --budget?'],
    [["a", "b", "--budget"], "Option --budget needs a value, for instance --budget 2.50."],
    [["a", "b", "--budget="], "Option --budget needs a value, for instance --budget 2.50."],
    [["a", "b", "--budget", "--json"], "Option --budget needs a value, for instance --budget 2.50."],
    [["a", "b", "--json=yes"], "Option --json takes no value: write it alone."],
    [["a", "b", "--json", "--json"], "Option --json is given twice: give it once."],
    [["a"], "banyan sample needs TEXT: banyan sample AGENT TEXT... [--budget USD] [--in-place]"],
    [[" ", "b"], "banyan sample needs AGENT: banyan sample AGENT TEXT... [--budget USD] [--in-place]"],
    [
      ["a", "b", "-q"],
      'Unknown option "-q" of banyan sample: banyan sample --help shows those there are. Text that begins with a dash goes behind --.',
    ],
    [["a", "b", "--__proto__"], /^Unknown option "--__proto__"/],
    [["a", "b", "--toString"], /^Unknown option "--toString"/],
  ])("refuses %j", (args, expected) => {
    expect(refusedBy(...args)).toMatch(expected);
  });

  test("refuses an argument too many", () => {
    const tree = allCommands.find(({ name }) => name === "tree");
    expect(tree && expectRefused(parseInput(tree, ["x"])).message).toBe('Unexpected argument "x": banyan tree');
  });
});

test("every command has a usage, a summary and arguments in an order that can be read", () => {
  for (const command of allCommands) {
    expect(usageOf(command)).toContain(`banyan ${command.name}`);
    expect(command.summary).toMatch(/^[A-Z].*[^.]$/);
    const presences = Object.values(command.arguments).map(({ presence }) => presence);
    expect(presences.slice(0, -1).every((presence) => presence === "required")).toBe(true);
  }
});

describe("a request for a team", () => {
  const defaults = { model: "offline/survey", budgetUsd: 5_000_000, budgetTokens: 10_000_000 };
  const parse = (request: TeamRequest) => parseTeamRequest(request, defaults);
  const wrong = (request: TeamRequest) => expectRefused(parse(request)).message;

  test("has defaults", () => {
    expect(expectOk(parse({ task: " Fix it " }))).toEqual({
      task: "Fix it",
      role: "lead",
      model: "offline/survey",
      budgetUsd: 5_000_000,
      budgetTokens: 10_000_000,
      withChanges: false,
    });
  });

  test("counts money exactly", () => {
    expect(expectOk(parse({ task: "x", budget: "2.000001" })).budgetUsd).toBe(2_000_001);
    expect(expectOk(parse({ task: "x", budget: "$0.1", tokens: "12" })).budgetTokens).toBe(12);
  });

  test.each(["abc", "-1", "NaN", "1e3", "1,5", ""])("refuses %j dollars", (budget) => {
    expect(wrong({ task: "x", budget })).toBe(
      `Budget "${budget}" is not an amount: give dollars, for instance --budget 2.50.`,
    );
  });

  test("refuses dollars that can't be counted or buy nothing", () => {
    expect(wrong({ task: "x", budget: "0" })).toMatch(/^Budget "0" would pay for nothing/);
    expect(wrong({ task: "x", budget: "0.0000001" })).toMatch(/^Budget "0.0000001" is finer than/);
    expect(wrong({ task: "x", budget: "99999999999" })).toMatch(/^Budget "99999999999" is too large/);
  });

  test.each(["0", "-3", "1.5", "many", "99999999999999999"])("refuses %j tokens", (tokens) => {
    expect(wrong({ task: "x", tokens })).toBe(
      `Tokens "${tokens}" is not a number of tokens: give a whole number, for instance --tokens 200000.`,
    );
  });

  test("refuses what is too long or empty", () => {
    expect(wrong({ task: "x", name: "n".repeat(61) })).toBe("The name is too long: at most 60 characters.");
    expect(wrong({ task: "x", role: " " })).toBe("The role is empty: give it some text.");
  });
});

test("a suggestion is near, or there is none", () => {
  expect(didYouMean("tre", ["tree", "stop"])).toBe("did you mean tree?");
  expect(didYouMean("wr", ["worktrees list", "write"])).toBe("did you mean write?");
  expect(didYouMean("shwo", ["show", "stop"])).toBe("did you mean show?");
  expect(didYouMean("banana", ["show", "stop"])).toBeUndefined();
});

test("a word is quoted for a shell where it must be", () => {
  expect(shellWord("/tmp/banyan-demo-x/repo")).toBe("/tmp/banyan-demo-x/repo");
  expect(shellWord("/tmp/it's here")).toBe("'/tmp/it'\\''s here'");
});
