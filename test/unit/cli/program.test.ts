import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { agentTreeRowSchema } from "../../../src/protocol/records.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { temporaryFolder } from "../../support/store.ts";
import { createShell } from "./support/program.ts";
import { screenOf } from "./support/stream.ts";

const files = { "README.md": "# Project\n", "src/a.ts": "export const a = 1;\n", "lib/b.ts": "export const b = 2;\n" };

const demoSchema = z.object({
  repository: z.string(),
  source: z.string().nullable(),
  branch: z.string(),
  agents: z.array(agentTreeRowSchema),
  messages: z.array(z.unknown()),
  budget: z.array(z.unknown()),
  merge: z.object({ commit: z.string(), files: z.array(z.string()) }),
  diff: z.object({ files: z.array(z.object({ path: z.string() })) }),
  remaining: z.object({ worktrees: z.array(z.string()), branches: z.array(z.string()) }),
});

async function setUp(options: { interruptAt?: RegExp; files?: typeof files | null } = {}) {
  const { files: first = files, ...more } = options;
  const repository = await createRepository({ files: first });
  const temporary = await temporaryFolder();
  return { repository, temporary, shell: createShell({ cwd: repository.root, temporaryFolder: temporary, ...more }) };
}

const hasStore = async ({ root }: TestRepository) => (await readdir(join(root, ".git"))).includes("banyan");

describe("the program", () => {
  test("shows help and version", async () => {
    const { shell } = await setUp();
    const overview = await shell.run("--help");
    expect(overview).toMatchObject({ code: 0, err: "" });
    expect(overview.out).toMatch(/^ {2}worktrees list {8}Show the worktrees/m);
    expect((await shell.run()).out).toBe(overview.out);
    expect((await shell.run("help")).out).toBe(overview.out);
    const spawn = await shell.run("help", "spawn");
    expect(spawn.out).toContain("banyan spawn TASK [--model M]");
    expect((await shell.run("spawn", "--help")).out).toBe(spawn.out);
    expect((await shell.run("worktrees", "-h")).out).toBe((await shell.run("help", "worktrees", "list")).out);
    expect(await shell.run("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" });
  });

  test.each([
    [["tre"], 'banyan: Unknown command "tre": did you mean tree?\n'],
    [["help", "tre"], 'banyan: Unknown command "tre": did you mean tree?\n'],
    [["--nope"], 'banyan: Unknown option "--nope" of banyan: banyan --help shows those there are.\n'],
    [["tree", "--repo", "nowhere"], /^banyan: Folder "nowhere" does not exist: [^\n]*\n$/],
    [["demo", "--budget", "-1"], 'banyan: Budget "-1" is not an amount: give dollars, for instance --budget 2.50.\n'],
    [["spawn", "x", "--budget", "abc"], /^banyan: Budget "abc" is not an amount: [^\n]*\n$/],
    [["demo", "--model", "nope/x"], /^banyan: Unknown model "nope\/x": [^\n]*\n$/],
    [["spawn", "x", "--model", "script/none.json"], /^banyan: There is no script none.json[^\n]*\n$/],
    [["demo", "--in-place", "--no-keep"], /^banyan: Option --no-keep is about the clone[^\n]*\n$/],
    [["demo", "--keep", "--no-keep"], /^banyan: Options --keep and --no-keep contradict[^\n]*\n$/],
    [["pause"], "banyan: banyan pause needs AGENT: banyan pause AGENT [--reason TEXT] [--alone]\n"],
    [["resume", "--alone"], /^banyan: Option --alone is about one agent: [^\n]*\n$/],
    [["stop"], "banyan: Say what to stop: banyan stop AGENT, or banyan stop --all.\n"],
    [["stop", "x", "--all"], /^banyan: An agent and --all contradict each other[^\n]*\n$/],
    [["stop", "--all", "--alone"], /^banyan: Options --alone and --all contradict each other[^\n]*\n$/],
    [["raise", "x"], /^banyan: Say by how much: banyan raise AGENT 0.50[^\n]*\n$/],
    [["raise", "x", "0"], /^banyan: Budget "0" would pay for nothing: [^\n]*banyan raise AGENT 0.50\.\n$/],
    [["raise", "x", "--tokens", "1.5"], /^banyan: Tokens "1.5" is not a number of tokens: [^\n]*\n$/],
    [["reopen", "x", " "], "banyan: The task is empty: give it some text.\n"],
    [["reopen", "x", "y", "--budget", "abc"], /^banyan: Budget "abc" is not an amount: [^\n]*\n$/],
    [["send", "x", "y", "--priority", "hgh"], 'banyan: Unknown priority "hgh": did you mean high?\n'],
    [["send", "x"], /^banyan: banyan send needs TEXT: banyan send \[AGENT\] TEXT... \[--priority P\][^\n]*\n$/],
    [["send", "--reply-to", "3"], /^banyan: banyan send needs TEXT: [^\n]*\n$/],
    [["send", "x", "-"], "banyan: The message is empty: give it some text.\n"],
    [["send", "x", "y", "--team", "--children"], /^banyan: Options --children and --team contradict[^\n]*\n$/],
    [["send", "x", "y", "--team", "--reopen"], /^banyan: Options --reopen and --team contradict[^\n]*\n$/],
    [["send", "y", "--children", "--reply-to", "3"], /^banyan: Options --reply-to and --children contradict[^\n]*\n$/],
    [["messages", "--state", "ded"], 'banyan: Unknown state "ded": did you mean dead?\n'],
    [["messages", "--state", "x"], /^banyan: Unknown state "x": use one of pending, delivered, processed, dead.\n$/],
    [["messages", "--priority", "urgnt"], 'banyan: Unknown priority "urgnt": did you mean urgent?\n'],
    [["messages", "--last", "many"], /^banyan: Last "many" is not a number: [^\n]*\n$/],
    [["messages", "--last", "0"], /^banyan: Last "0" is not a number: [^\n]*\n$/],
    [["messages", "--search", "x".repeat(1001)], /^banyan: The text to search for is too long: [^\n]*\n$/],
    [["messages", "--id", "3", "--state", "dead"], "banyan: Option --id shows one message: leave out --state.\n"],
    [["messages", "--id", "3", "--threads"], "banyan: Option --id shows one message: leave out --threads.\n"],
    [["messages", "x", "--id", "3"], "banyan: Option --id shows one message: leave out the agent.\n"],
    [["messages", "--threads", "--thread", "3"], /^banyan: Options --threads and --thread contradict[^\n]*\n$/],
    [
      ["dead-letters", "retry"],
      "banyan: banyan dead-letters retry needs MESSAGE: banyan dead-letters retry MESSAGE...\n",
    ],
    [["dead-letters", "shw", "3"], 'banyan: Unexpected argument "3": banyan dead-letters [AGENT]\n'],
  ])("refuses %j with one line, exit code 2, and nothing written", async (args, line) => {
    const { repository, temporary, shell } = await setUp();
    const ran = await shell.run(...args);
    expect(ran).toMatchObject({ code: 2, out: "" });
    expect(ran.err).toMatch(line);
    expect(await hasStore(repository)).toBe(false);
    expect(await repository.git("status", "--porcelain")).toBe("");
    expect(await readdir(temporary)).toEqual([]);
  });

  test("refuses a repository that a team can't start from", async () => {
    const { repository, temporary, shell } = await setUp();
    await repository.write("new.txt", "new");
    const dirty = await shell.run("demo", "--in-place");
    expect(dirty).toMatchObject({ code: 2, out: "" });
    expect(dirty.err).toMatch(/has 1 uncommitted change: commit or stash first/);
    await repository.git("checkout", "--quiet", "--detach");
    expect(await shell.run("demo", "--in-place")).toMatchObject({ code: 2, err: expect.stringContaining("detached") });
    expect(await shell.run("spawn", "x")).toMatchObject({ code: 2, err: expect.stringContaining("detached") });
    expect(await shell.run("demo", "--repo", temporary)).toMatchObject({ code: 2, out: "" });
    expect(await hasStore(repository)).toBe(false);
    const unborn = await setUp({ files: null });
    expect(await unborn.shell.run("demo")).toMatchObject({ code: 2, err: expect.stringContaining("no commit") });
    expect(await readdir(unborn.temporary)).toEqual([]);
  });

  test("reads a repository without a store, and makes none", async () => {
    const { repository, shell } = await setUp();
    expect(await shell.run("tree")).toEqual({ code: 0, out: "No agents yet\n", err: "" });
    expect(await shell.json("tree")).toEqual([]);
    for (const [args, said] of [
      [["messages"], "No messages yet\n"],
      [["messages", "--threads"], "No threads yet\n"],
      [["dead-letters"], "No dead letters\n"],
      [["budget"], "No budgets yet\n"],
      [["worktrees", "list"], "No worktrees yet\n"],
      [["doctor"], "There is no store yet\n"],
    ] as const) {
      expect(await shell.run(...args)).toEqual({ code: 0, out: said, err: "" });
      if (args[0] !== "doctor") expect(await shell.json(...args)).toEqual([]);
    }
    expect(await shell.json("doctor")).toEqual({ sound: true, damage: null, repair: null });
    for (const args of [
      ["show", "x"],
      ["messages", "x"],
      ["messages", "--id", "1"],
      ["messages", "--thread", "1"],
      ["dead-letters", "x"],
      ["dead-letters", "show", "1"],
      ["dead-letters", "retry", "1"],
      ["dead-letters", "discard", "1"],
      ["budget", "x"],
      ["diff", "x"],
      ["resume"],
    ]) {
      const ran = await shell.run(...args);
      expect(ran).toMatchObject({ code: 1, out: "" });
      expect(ran.err).toMatch(/^banyan: [^\n]+\n$/);
    }
    for (const args of [
      ["stop", "x"],
      ["stop", "--all"],
      ["pause", "x"],
      ["resume", "x"],
      ["raise", "x", "1"],
      ["reopen", "x"],
      ["send", "x", "y"],
      ["send", "--reply-to", "1", "y"],
      ["merge", "x"],
    ]) {
      expect(await shell.run(...args)).toMatchObject({ code: 1, out: "" });
    }
    expect(await hasStore(repository)).toBe(false);
  });
});

describe("the demo", () => {
  test("works on a clone that it keeps, and leaves the repository as it is", async () => {
    const { repository, temporary, shell } = await setUp();
    const before = await repository.fingerprint();
    const report = demoSchema.parse(await shell.json("demo"));
    expect(report.source).toBe(repository.root);
    expect(report.repository.startsWith(temporary)).toBe(true);
    expect(report.agents.map(({ name, status }) => `${name} ${status}`)).toEqual(
      expect.arrayContaining(["lead completed", "survey-src completed", "survey-lib completed"]),
    );
    expect(report.merge.files).toContain("docs/survey/README.md");
    expect(report.diff.files.map(({ path }) => path)).toEqual(report.merge.files);
    expect(report.remaining.worktrees).toEqual([]);
    const inClone = (...args: string[]) => repository.gitIn(report.repository, ...args);
    expect(await inClone("rev-parse", "main")).toBe(report.merge.commit);
    expect(await inClone("status", "--porcelain")).toBe("");
    expect(await repository.fingerprint()).toBe(before);
    expect(await hasStore(repository)).toBe(false);
  });

  test("makes a branch in the clone of a repository that is on none, and removes the clone when asked to", async () => {
    const { repository, temporary, shell } = await setUp();
    await repository.git("checkout", "--quiet", "--detach");
    const ran = await shell.run("demo", "--no-keep");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toMatch(/^ {2}✓ [0-9a-f]{10} on demo$/m);
    expect(ran.out).toContain("Nothing: the clone is removed.");
    expect(await readdir(temporary)).toEqual([]);
  });

  test("leaves nothing behind when it is interrupted before the clone is there", async () => {
    const { temporary, shell } = await setUp({ interruptAt: /^$/ });
    expect(await shell.run("demo")).toEqual({ code: 130, out: "", err: "" });
    expect(await readdir(temporary)).toEqual([]);
  });

  test("tells each event in a line, then the whole story", async () => {
    const { shell } = await setUp();
    const { code, out } = await shell.run("demo", "--in-place");
    expect(code).toBe(0);
    expect(out).not.toContain("\u001b");
    for (const line of [
      /^ +\+\d+\.\d\ds {2}survey-src +hired by lead$/m,
      /survey-src +wrote 1 file$/m,
      /survey-src +merged$/m,
    ]) {
      expect(out).toMatch(line);
    }
    expect(out.match(/^(Agents|Budget|Messages \(\d+\)|Merge|Left behind|Try next)$/gm)).toHaveLength(6);
  });

  test("shows the tree at work on a terminal, and takes it off again", async () => {
    const { shell } = await setUp();
    const { code, out } = await shell.look("demo", "--in-place");
    expect(code).toBe(0);
    expect(out).toContain("A team at work with offline/survey");
    const { lines, cursor } = screenOf(out);
    expect(cursor).toBe(true);
    expect(lines[0]).toMatch(/^Banyan demo {2}project, branch main at [0-9a-f]{10}$/);
    expect(lines.slice(1, 3)).toEqual(["", "Agents"]);
    expect(lines.join("\n")).not.toContain("A team at work");
  });

  test("that can't go on says what it waits for and what to type, and keeps the clone for it", async () => {
    const { temporary, shell } = await setUp();
    const { code, out, err } = await shell.run("demo", "--budget", "0.001", "--no-keep");
    expect(code).toBe(1);
    expect(out).toContain("Nothing was merged.");
    expect(err).toMatch(
      /^banyan: The team can't go on without you\.\nlead waits for budget: [^\n]+\nGo on with: banyan raise lead 0\.01 --repo \S+\nthen with: banyan resume --repo \S+\n$/,
    );
    expect(await readdir(temporary)).toHaveLength(1);
  });
});

describe("a team", () => {
  test("is spawned, looked at in every way, and merged", async () => {
    const { repository, shell } = await setUp();
    const spawned = await shell.run("spawn", "Survey it", "--name", "boss", "--budget", "2.50");
    expect(spawned).toMatchObject({ code: 0, err: "" });
    expect(spawned.out).toMatch(/Merge it {3}banyan merge boss\n$/);
    expect(await repository.git("log", "--format=%s", "main")).toBe("First");

    expect((await shell.run("tree")).out).toMatch(/^✓ boss +\w{10} +completed/m);
    expect((await shell.run("show", "boss")).out).toMatch(/^ {2}boss {3}usd +\$2\.50/m);
    expect(await shell.json("show", "boss")).toMatchObject({
      agent: { name: "boss" },
      figures: {},
      worktree: {},
      turns: expect.any(Array),
    });
    expect((await shell.run("messages")).out).toMatch(/you +boss +task/);
    expect((await shell.run("messages", "survey-src")).out).toContain("survey-src → boss  report");
    expect((await shell.run("budget", "boss")).out).toMatch(/settled +usd .* turn 1$/m);
    expect(await shell.json("budget", "boss")).toMatchObject({ balances: [{}, {}], ledger: expect.any(Array) });
    expect((await shell.run("worktrees", "list")).out).toMatch(/^boss +isolated +banyan\/boss-\w+ +main/m);
    expect((await shell.run("diff", "boss", "--stat")).out).toMatch(/^A {2}docs\/survey\/README.md +\d+ {2}\++$/m);
    expect((await shell.look("diff", "boss")).out).toContain("+# ");

    const patch = await shell.run("diff", "boss");
    await repository.write("../work.patch", patch.out);
    await repository.git("apply", "--check", "../work.patch");

    const merged = await shell.run("merge", "boss");
    expect(merged).toMatchObject({ code: 0, err: "" });
    expect(merged.out).toMatch(/^✓ Merged boss {2}\d+ files into main as [0-9a-f]{10}\n\nA {2}docs/);
    expect(await repository.has("docs/survey/README.md")).toBe(true);
    expect((await shell.run("merge", "boss")).out).toMatch(/^✓ boss is merged already/);
    expect(await shell.run("stop", "boss")).toMatchObject({ code: 1, out: "" });
    expect(await shell.run("show", "nobody")).toMatchObject({ code: 2, out: "" });
    expect((await shell.run("resume")).out).toBe("No team is unfinished\n");
  });

  test("is parked by an interrupt and goes on with resume", async () => {
    const { repository, temporary, shell } = await setUp({ interruptAt: /boss +started/ });
    const stopped = await shell.run("spawn", "Survey it", "--name", "boss");
    expect(stopped.code).toBe(130);
    expect(stopped.err).toMatch(/^Parked: the agents stay .*\nThey go on with: banyan resume\n$/);

    const later = createShell({ cwd: temporary, temporaryFolder: temporary });
    const sent = await later.run("send", "boss", "be", "quick", "--repo", repository.root);
    const goesOn = `Nobody runs it now. It goes on with: banyan resume --repo ${repository.root}\n`;
    expect(sent).toEqual({ code: 0, out: "✓ Message #2 to boss\n", err: goesOn });
    const resumed = await later.run("resume", "--repo", repository.root);
    expect(resumed).toMatchObject({ code: 0, err: "" });
    expect(resumed.out).toContain(`banyan merge boss --repo ${repository.root}`);
  });

  test("can be stopped while it is parked", async () => {
    const { shell } = await setUp({ interruptAt: /boss +started/ });
    await shell.run("spawn", "Survey it", "--name", "boss");
    expect(await shell.run("stop", "boss", "--reason", "not needed")).toEqual({
      code: 0,
      out: "■ boss  terminated\n",
      err: "",
    });
    expect((await shell.run("tree")).out).toContain("not needed");
  });
});
