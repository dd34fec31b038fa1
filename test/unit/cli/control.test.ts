import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { calls, hire, report, type Script, write } from "../../support/engine.ts";
import { createRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";

async function setUp(script: Script, interruptAt?: RegExp) {
  const repository = await createRepository();
  const folder = await temporaryFolder();
  await writeFile(join(folder, "team.json"), JSON.stringify({ agents: script }));
  const place = { cwd: repository.root, temporaryFolder: folder };
  const shell = createShell({ ...place, ...(interruptAt === undefined ? {} : { interruptAt }) });
  return {
    repository,
    /** Interrupted where it is asked for. */
    shell,
    later: createShell(place),
    spawn: (...more: string[]) =>
      shell.run("spawn", "Work", "--name", "boss", "--model", `script/${join(folder, "team.json")}`, ...more),
  };
}

const waitForAll = calls(["wait", { until: "children" }]);
const alone: Script = [{ turns: [write("a.txt", "a\n"), { delayMs: 100, ...report("Done.") }] }];
const twoLevels: Script = [
  {
    match: { depth: 0 },
    turns: [calls(hire("parser")), waitForAll, calls(["merge_child", { child: "parser" }]), report("All.")],
  },
  { turns: [write("p.txt", "p\n"), { delayMs: 300, ...report("Parsed.") }] },
];

describe("a team that can't go on without the user", () => {
  test("ends the wait with what it waits for and what to type, and goes on with that", async () => {
    const { spawn, later } = await setUp([
      {
        match: { depth: 0 },
        turns: [calls(hire("parser", { budgetTokens: 100 })), waitForAll, waitForAll, report("All.")],
      },
      { turns: [write("p.txt", "p\n"), report("Parsed.")] },
    ]);
    const spawned = await spawn();
    expect(spawned.code).toBe(1);
    expect(spawned.out).toMatch(/^◐ boss +waiting for children/m);
    expect(spawned.err).toMatch(
      /^banyan: The team can't go on without you\.\nparser waits for budget: [^\n]+\nGo on with: banyan raise parser --tokens 10000\nthen with: banyan resume\n$/,
    );
    expect(await later.run("resume")).toMatchObject({ code: 1, err: spawned.err });
    expect(await later.json("resume")).toMatchObject([{ name: "boss" }, { name: "parser", waitingFor: "budget" }]);
    expect(await later.run("raise", "parser", "--tokens", "100000")).toEqual({
      code: 0,
      out: expect.stringMatching(/^✓ parser has 100,000 tokens more: [\d,]+ in all, [\d,]+ free\n$/),
      err: "Nobody runs it now. It goes on with: banyan resume\n",
    });
    expect(await later.json("raise", "boss", "0.50", "--tokens", "100000")).toMatchObject([{}, {}]);
    expect(await later.run("resume")).toMatchObject({ code: 0, err: "" });
  });

  test("prints its usual document with --json", async () => {
    const { spawn } = await setUp(alone);
    const { code, out } = await spawn("--tokens", "100", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      agent: { name: "boss", status: "waiting", waitingFor: "budget" },
      agents: [{}],
      budget: [{}, {}],
    });
  });
});

describe("an agent", () => {
  test("is paused with all below it, and goes on when it is resumed", async () => {
    const { spawn, later } = await setUp(twoLevels, /parser +wrote/);
    expect((await spawn()).code).toBe(130);
    expect(await later.run("pause", "boss", "--reason", "let me look")).toEqual({
      code: 0,
      out: "◑ boss  paused, with 1 agent below it\nLet it go on with: banyan resume boss\n",
      err: "",
    });
    expect((await later.run("tree")).out).toMatch(/^└─ ◑ parser .* let me look$/m);
    const kept = await later.run("resume");
    expect(kept.code).toBe(1);
    expect(kept.err).toBe(
      "banyan: The team can't go on without you.\nboss is paused: let me look\nparser is paused: let me look\nGo on with: banyan resume boss\nthen with: banyan resume\n",
    );
    expect(await later.run("resume", "boss", "--alone")).toEqual({
      code: 0,
      out: "○ boss  pending\n",
      err: "Nobody runs it now. It goes on with: banyan resume\n",
    });
    const partly = await later.run("resume");
    expect(partly.code).toBe(1);
    expect(partly.err).toMatch(/^Still paused: parser. Let it go on with: banyan resume parser\n/);
    expect(await later.json("resume", "parser")).toMatchObject({ name: "parser", status: "pending" });
    expect(await later.run("resume", "parser")).toMatchObject({ code: 1, err: expect.stringContaining("not paused") });
    expect((await later.run("resume")).code).toBe(0);
    expect(await later.run("pause", "boss")).toMatchObject({ code: 1, err: expect.stringContaining("has ended") });
  });

  test("is paused alone while what is below it goes on", async () => {
    const { spawn, later } = await setUp(twoLevels, /parser +wrote/);
    await spawn();
    expect((await later.run("pause", "boss", "--alone")).out).toMatch(/^◑ boss {2}paused; 1 agent below it goes on\n/);
    expect(await later.json("pause", "parser")).toMatchObject({ name: "parser", status: "paused" });
  });

  test("that has ended tries again, or gets more work, and is shown until it has ended", async () => {
    const { spawn, later, repository } = await setUp([
      { turns: [report("Could not.", "failed"), write("a.txt", "a\n"), report("Now."), report("And more.")] },
    ]);
    expect((await spawn()).code).toBe(1);
    const again = await later.run("reopen", "boss");
    expect(again).toMatchObject({ code: 0, err: "" });
    expect(again.out).toMatch(/boss +reopened: to be tried again$/m);
    expect(again.out).toMatch(/^Result +Now\.$/m);
    expect(again.out).toMatch(/Merge it +banyan merge boss\n$/);
    expect(await later.json("reopen", "boss", "Do more", "--budget", "0.50")).toMatchObject({
      agent: { status: "completed", result: { summary: "And more." } },
      agents: [{}],
    });
    expect((await later.run("budget", "boss")).out).toMatch(/reopened +usd/);
    expect((await later.run("merge", "boss")).code).toBe(0);
    expect(await repository.has("a.txt")).toBe(true);
    expect(await later.run("reopen", "nobody")).toMatchObject({ code: 2, out: "" });
  });

  test("is stopped alone, and what it hired is handed over", async () => {
    const { spawn, later } = await setUp(
      [
        { match: { depth: 0 }, turns: [calls(hire("middle")), waitForAll, waitForAll, report("All.")] },
        { match: { depth: 1 }, turns: [calls(hire("low")), waitForAll, report("Middle.")] },
        { turns: [write("l.txt", "l\n"), { delayMs: 300, ...report("Low.") }] },
      ],
      /low +wrote/,
    );
    await spawn();
    expect(await later.run("stop", "boss", "--alone")).toMatchObject({ code: 1, out: "" });
    expect(await later.run("stop", "middle", "--alone")).toEqual({ code: 0, out: "■ middle  terminated\n", err: "" });
    expect((await later.run("show", "low")).out).toMatch(/^ {2}Parent +boss$/m);
    expect((await later.run("budget", "middle")).out).toMatch(/handed over +usd/);
    expect((await later.run("resume")).code).toBe(0);
  });
});

test("everything is stopped at once, and what was ended is said", async () => {
  const { spawn, later } = await setUp(alone, /boss +wrote/);
  await spawn();
  expect(await later.run("stop", "--all", "--reason", "enough")).toEqual({
    code: 0,
    out: "■ boss  terminated\n",
    err: "",
  });
  expect((await later.run("show", "boss")).out).toMatch(/^ {2}Reason +enough$/m);
  expect(await later.run("stop", "--all")).toMatchObject({
    code: 0,
    out: "No team is unfinished: nothing was stopped\n",
  });
  expect(await later.json("stop", "--all")).toEqual([]);
});
