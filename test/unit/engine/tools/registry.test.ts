import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ok, refuse } from "../../../../src/base/errors.ts";
import { silentLogger } from "../../../../src/base/log.ts";
import { allTools, createToolbox } from "../../../../src/engine/tools/registry.ts";
import type { SpawnRequest, Team, Tool, ToolContext } from "../../../../src/engine/tools/tool.ts";
import { aloneTeam, noHistory } from "../../../support/team.ts";
import { contentOf } from "./bench.ts";

const signal = new AbortController().signal;
const context = (team: Partial<Team> = {}, given: AbortSignal = signal): ToolContext => ({
  agent: { id: "a", name: "lead" },
  files: { root: "/nowhere", list: async () => [], search: async () => ok({ matches: [], more: false }) },
  history: noHistory,
  team: {
    ...aloneTeam,
    merge: async () => refuse("conflict", "a.ts differs."),
    ...team,
  },
  signal: given,
  assertLeading() {},
});
const toolbox = createToolbox(allTools, silentLogger);

describe("createToolbox", () => {
  it("tells of every tool by a JSON schema whose defaults are not required", () => {
    expect(toolbox.specs.map((spec) => spec.name)).toEqual([
      "read_file",
      "list_files",
      "search",
      "write_file",
      "edit_file",
      "diff",
      "log",
      "status",
      "commit",
      "spawn_agent",
      "send_message",
      "ask",
      "wait",
      "answer_comment",
      "merge_child",
      "team_status",
      "forecast",
      "raise_budget",
      "reopen_agent",
      "stop_agent",
      "report",
    ]);
    for (const { inputSchema } of toolbox.specs) expect(inputSchema).toMatchObject({ type: "object" });
    expect(toolbox.specs[0]?.inputSchema).toMatchObject({ required: ["path"], additionalProperties: false });
  });

  it("marks what may run again after a crash", () => {
    const reading = allTools.filter((tool) => tool.effect === "reads").map((tool) => tool.name);
    expect(reading).toEqual([
      ...["read_file", "list_files", "search", "diff", "log", "status"],
      ...["wait", "team_status", "forecast", "report"],
    ]);
  });

  it("throws for two tools of one name", () => {
    expect(() => createToolbox([...allTools, ...allTools], silentLogger)).toThrow("same name");
  });
});

describe("runTool", () => {
  it("answers an unknown tool with those there are", async () => {
    const outcome = await toolbox.runTool("bash", {}, context());
    expect(outcome).toMatchObject({ kind: "result", isError: true });
    expect(contentOf(outcome)).toContain('no tool "bash". There are: read_file, list_files');
  });

  it("names what was wrong with an input, and what would be right", async () => {
    const outcome = await toolbox.runTool("read_file", { file: "a", limit: "many" }, context());
    const content = contentOf(outcome);
    for (const words of ["path:", "limit:", '"file"', '"required":["path"]']) expect(content).toContain(words);
  });

  it.each([null, undefined, 7, "x", []])("answers the input %j with an error", async (input) => {
    expect(await toolbox.runTool("read_file", input, context())).toMatchObject({ isError: true });
  });

  const failing: Tool = {
    name: "failing",
    description: "",
    input: z.unknown(),
    effect: "reads",
    needsWorktree: false,
    run: async () => {
      throw new Error("disk on fire");
    },
  };

  it("turns what a tool throws into an error, and an abort into the signal's reason", async () => {
    const box = createToolbox([failing], silentLogger);
    expect(await box.runTool("failing", {}, context())).toMatchObject({ content: "failing failed: disk on fire" });
    const aborted = AbortSignal.abort(new Error("stopped"));
    await expect(box.runTool("failing", {}, context({}, aborted))).rejects.toThrow("stopped");
  });
});

describe("the tools of a team", () => {
  it("hires with dollars as whole micro-dollars", async () => {
    const requests: SpawnRequest[] = [];
    const spawn: Team["spawn"] = async (request) => {
      requests.push(request);
      return ok({ id: "x1", name: request.name, branch: "banyan/api-x1" });
    };
    const input = { name: "api", role: "dev", task: "Do it.", budgetUsd: "0.25", budgetTokens: 9 };
    const outcome = await toolbox.runTool("spawn_agent", input, context({ spawn }));
    expect(requests).toEqual([{ ...input, budgetUsd: 250_000 }]);
    expect(contentOf(outcome)).toMatch(/^Hired "api" \(id x1\) on branch banyan\/api-x1\./);
  });

  it.each([{ budgetUsd: -1 }, { budgetUsd: "0.0000001" }, { name: "Not A Slug" }, { name: "-a" }, { task: " " }])(
    "hires nobody with %j",
    async (wrong) => {
      const input = { name: "api", role: "dev", task: "Do it.", ...wrong };
      const outcome = await toolbox.runTool("spawn_agent", input, context());
      expect(contentOf(outcome)).toContain(Object.keys(wrong)[0]);
      expect(outcome).toMatchObject({ isError: true });
    },
  );

  it("sends, merges, waits and reports", async () => {
    const team = context({
      send: async ({ priority }) => ok({ threadId: "t", sent: [{ messageId: priority, to: "lead" }] }),
      merge: async () => ok({ mergeCommit: "abc", files: ["a.ts", "b\nc"] }),
    });
    expect(contentOf(await toolbox.runTool("send_message", { to: "parent", body: "hi" }, team))).toBe(
      "Sent message normal to lead in thread t.",
    );
    expect(contentOf(await toolbox.runTool("merge_child", { child: "api" }, team))).toBe(
      'Merged "api" as abc, 2 files:\na.ts\n"b\\nc"',
    );
    expect(await toolbox.runTool("wait", {}, team)).toEqual({
      kind: "wait",
      until: { for: "message" },
      timeoutMs: null,
    });
    expect(await toolbox.runTool("report", { status: "completed", summary: "Done." }, team)).toEqual({
      kind: "report",
      result: { status: "completed", summary: "Done.", files: [] },
    });
  });

  it("passes a refusal on with its code", async () => {
    const outcome = await toolbox.runTool("merge_child", { child: "api" }, context());
    expect(outcome).toEqual({
      kind: "result",
      isError: true,
      content: expect.stringMatching(/^conflict: a.ts differs\. .*let_child_resolve/),
    });
  });
});
