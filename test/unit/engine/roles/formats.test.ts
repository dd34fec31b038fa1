import { describe, expect, test } from "vitest";
import type { ReadRole, RoleReading } from "../../../../src/engine/roles/format.ts";
import { readBanyanRole } from "../../../../src/engine/roles/formats/banyan.ts";
import { readClaudeRole } from "../../../../src/engine/roles/formats/claude.ts";
import { readCopilotRole } from "../../../../src/engine/roles/formats/copilot.ts";
import { HIRING_TOOLS, type Role } from "../../../../src/engine/roles/role.ts";
import { knownTools } from "./checkout.ts";

const vocabulary = { knownTools, modelAliases: new Map([["sonnet", "anthropic/claude-sonnet-5"]]) };
const always = ["send_message", "ask", "wait", "report"];

const read = (format: ReadRole, text: string, stem = "file"): RoleReading =>
  format({ path: `folder/${stem}.md`, stem, text }, vocabulary);

function roleOf(reading: RoleReading): Role {
  if (reading.kind !== "role") throw new Error(JSON.stringify(reading));
  return reading.role;
}
const leftOutOf = (reading: RoleReading): readonly string[] =>
  reading.kind === "role"
    ? reading.leftOut.map(({ line, message }) => `${line}: ${message}`)
    : [JSON.stringify(reading)];
const problemOf = (reading: RoleReading): string =>
  reading.kind === "broken" ? `${reading.problem.line}: ${reading.problem.message}` : reading.kind;

describe("our own format", () => {
  test("takes every field", () => {
    const reading = read(
      readBanyanRole,
      `---
name: api-tests
description: Writes tests
  for the API.
model: anthropic/claude-sonnet-5
tools: [search, read_file, write_file]
mode: edit
budgetUsd: 0.50
budgetTokens: 200000
---

# Tests

Test the API.
`,
    );
    expect(reading).toEqual({
      kind: "role",
      role: {
        name: "api-tests",
        description: "Writes tests for the API.",
        instructions: "# Tests\n\nTest the API.",
        model: "anthropic/claude-sonnet-5",
        tools: ["read_file", "search", "write_file", ...always],
        mode: "edit",
        budgetUsd: 500_000,
        budgetTokens: 200_000,
        source: "folder/file.md",
      },
      leftOut: [],
    });
  });

  test("needs no more than a description and a body: the rest is the file's name and what the parent has", () => {
    const role = roleOf(read(readBanyanRole, "---\ndescription: Documents.\n---\nWrite.", "writer"));
    expect(role).toMatchObject({ name: "writer", model: null, tools: null, mode: null });
    expect(role).toMatchObject({ budgetUsd: null, budgetTokens: null });
  });

  test("keeps talking, waiting and reporting in a list that has nothing", () => {
    expect(roleOf(read(readBanyanRole, "---\ndescription: d\ntools: []\n---\nx")).tools).toEqual(always);
  });

  test("leaves out a tool that there is not, and says which there are", () => {
    const reading = read(readBanyanRole, "---\ndescription: d\ntools: [read_file, Bash]\n---\nx");
    expect(roleOf(reading).tools).toEqual(["read_file", ...always]);
    expect(leftOutOf(reading)).toEqual([expect.stringMatching(/^3: left out "Bash": the tools are read_file, /)]);
  });

  test.each([
    ["no front matter", "Just text.", /^1: a role begins with a line ---/],
    ["an open end", "---\ndescription: d\n", /^1: the front matter has no end/],
    ["a list", "---\n- a\n---\nx", /^2: the front matter must have fields/],
    ["nothing", "---\n---\nx", /the front matter must have fields/],
    ["no description", "---\nmode: ask\n---\nx", /description: must be text/],
    ["an empty description", "---\ndescription: ' '\n---\nx", /^2: description: must say what the role is for/],
    ["no body", "---\ndescription: d\n---\n \n", /write below the front matter/],
    [
      "a mistyped field",
      "---\ndescription: d\ntool: [search]\n---\nx",
      /^3: tool: is no field of a role: there are name, /,
    ],
    ["a name with a slash", "---\ndescription: d\nname: ../../etc\n---\nx", /^3: name: must be a lower-case slug/],
    ["a name in capitals", "---\nname: Reviewer\ndescription: d\n---\nx", /^2: name: must be a lower-case slug/],
    ["a number as a name", "---\nname: 3\ndescription: d\n---\nx", /^2: name: must be text/],
    [
      "a mode that is none",
      "---\ndescription: d\nmode: yolo\n---\nx",
      /^3: mode: must be one of plan, ask, edit, auto$/,
    ],
    ["tools that are none", "---\ndescription: d\ntools:\n  - search\n  - {a: 1}\n---\nx", /^3: tools: must be a list/],
    ["a bare model", "---\ndescription: d\nmodel: opus\n---\nx", /^3: model: must be provider\/model/],
    [
      "a script",
      "---\ndescription: d\nmodel: script/x.yaml\n---\nx",
      /^3: model: must be provider\/model, and no script/,
    ],
    ["a negative budget", "---\ndescription: d\nbudgetUsd: -1\n---\nx", /^3: budgetUsd: "-1" is no amount of dollars/],
    ["no budget", "---\ndescription: d\nbudgetUsd: 0\n---\nx", /^3: budgetUsd: must be more than 0/],
    ["an endless budget", "---\ndescription: d\nbudgetUsd: .inf\n---\nx", /^3: budgetUsd: /],
    ["half a token", "---\ndescription: d\nbudgetTokens: 0.5\n---\nx", /^3: budgetTokens: must be a whole number/],
    ["a key twice", "---\ndescription: d\nmode: plan\nmode: auto\n---\nx", /^4: Map keys must be unique/],
    ["a colon without quotes", "---\ndescription: Use when: x\n---\nx", /^2: .*put a value that holds ": " in quotes/],
    [
      "an alias",
      "---\ndescription: &d text\nname: *d\n---\nx",
      /^3: an alias \(\*\) stands here: write the value itself/,
    ],
    ["two documents", `---\ndescription: d\n...\nb: c\n---\nx`, /^\d+: /],
    ["a tab", "---\ndescription: d\n\tmode: ask\n---\nx", /^\d+: /],
  ])("is broken by %s, and says where and what would be right", (_, text, message) => {
    expect(problemOf(read(readBanyanRole, text))).toMatch(message);
  });

  test("asks for a name where the file's is no slug", () => {
    expect(problemOf(read(readBanyanRole, "---\ndescription: d\n---\nx", "My Role"))).toMatch(
      /^1: give it a name: "My Role" is no lower-case slug/,
    );
  });

  test("a key that every object has is a field that is none", () => {
    for (const key of ["__proto__", "constructor", "toString"]) {
      expect(problemOf(read(readBanyanRole, `---\ndescription: d\n${key}: {mode: auto}\n---\nx`))).toMatch(
        /^3: .*is no field of a role/,
      );
    }
  });

  const laughs = `a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: &d [*c, *c, *c]\ndescription: *d`;
  test.each([
    ["a billion laughs", laughs],
    ["a value in itself", "description: &a [*a]"],
    ["30,000 open lists", `a: ${"[".repeat(30_000)}`],
    ["5,000 open lists", `a: ${"[".repeat(5_000)}`],
    ["5,000 nested items", `${"- ".repeat(5_000)}x`],
    ["5,000 nested keys", `${"a: ".repeat(5_000)}x`],
    ["5,000 complex keys", `${"? ".repeat(5_000)}x`],
    ["3,000 nested maps", `a: ${"{a: ".repeat(3_000)}`],
    ["300 open lists", `a: ${"[".repeat(299)}`],
    ["what is too long", `description: ${"x".repeat(17_000)}`],
  ])("%s break one file, and nothing else", (_, yaml) => {
    expect(read(readBanyanRole, `---\n${yaml}\n---\nx`).kind).toBe("broken");
  });
});

describe("a subagent of Claude Code", () => {
  test("is taken with its tools, its model and its mode", () => {
    const reading = read(
      readClaudeRole,
      `---
name: code-reviewer
description: Reviews code for quality and best practices. Use PROACTIVELY.
tools: Read, Glob, Grep
model: sonnet
permissionMode: plan
color: purple
---

You are a code reviewer.
`,
    );
    expect(reading).toEqual({
      kind: "role",
      role: {
        name: "code-reviewer",
        description: "Reviews code for quality and best practices. Use PROACTIVELY.",
        instructions: "You are a code reviewer.",
        model: "anthropic/claude-sonnet-5",
        tools: ["read_file", "list_files", "search", ...always],
        mode: "plan",
        budgetUsd: null,
        budgetTokens: null,
        source: "folder/file.md",
      },
      leftOut: [],
    });
  });

  const claude = (fields: string) => read(readClaudeRole, `---\nname: a\ndescription: d\n${fields}\n---\nx`);
  const everything = knownTools;

  test.each([
    ["Read, Edit, Bash, Grep", ["read_file", "search", "edit_file"], ["Bash"]],
    ["[Read, Write, MultiEdit]", ["read_file", "write_file", "edit_file"], []],
    ["\n  - LS\n  - WebFetch\n  - mcp__github__get_issue", ["list_files"], ["WebFetch", "mcp__github__get_issue"]],
    ["Read, Agent(worker, researcher), SendMessage", ["read_file", ...HIRING_TOOLS], []],
    ["Task, Bash(git log:*), Bash(npm test)", [...HIRING_TOOLS], ["Bash"]],
    ["[]", [], []],
    ["read_file", ["read_file"], []],
  ])("tools: %s", (tools, ours, unknown) => {
    const reading = claude(`tools: ${tools}`);
    expect(roleOf(reading).tools).toEqual(everything.filter((tool) => [...ours, ...always].includes(tool)));
    const leftOut = unknown.map((name) => `"${name}"`).join(", ");
    expect(leftOutOf(reading)).toEqual(unknown.length === 0 ? [] : [`4: left out ${leftOut}: no tool here does that`]);
  });

  test.each(["", "tools:", "tools: '*'"])("with %j has all that its parent has", (fields) => {
    expect(roleOf(claude(fields)).tools).toBeNull();
  });

  test.each([
    ["disallowedTools: Write, Edit", everything.filter((tool) => tool !== "write_file" && tool !== "edit_file")],
    ["disallowedTools: [Agent]", everything.filter((tool) => !HIRING_TOOLS.includes(tool))],
    ["tools: Read, Write\ndisallowedTools: Write(src/**)", ["read_file", ...always]],
  ])("%j removes tools", (fields, ours) => {
    expect(roleOf(claude(fields)).tools).toEqual(ours);
  });

  test.each([
    ["", null],
    ["default", "ask"],
    ["manual", "ask"],
    ["dontAsk", "ask"],
    ["acceptEdits", "edit"],
    ["auto", "auto"],
    ["bypassPermissions", "auto"],
  ])("permissionMode: %s", (mode, ours) => {
    expect(roleOf(claude(`permissionMode: ${mode}`)).mode).toBe(ours);
  });

  test("a mode that is not known is the strictest, and told", () => {
    const reading = claude("permissionMode: delegate");
    expect(roleOf(reading).mode).toBe("plan");
    expect(leftOutOf(reading)).toEqual(['4: the mode "delegate" is not known: taken as plan']);
  });

  test.each([
    ["", null, 0],
    ["inherit", null, 0],
    ["sonnet", "anthropic/claude-sonnet-5", 0],
    ["claude-opus-5-5", "anthropic/claude-opus-5-5", 0],
    ["claude-opus-5-5[1m]", "anthropic/claude-opus-5-5", 0],
    ["anthropic/claude-haiku-4-5", "anthropic/claude-haiku-4-5", 0],
    ["haiku", null, 1],
    ["constructor", null, 1],
    ["script/evil.yaml", null, 1],
  ])("model: %s", (model, ours, warnings) => {
    const reading = claude(`model: ${model}`);
    expect(roleOf(reading).model).toBe(ours);
    expect(leftOutOf(reading)).toHaveLength(warnings);
  });

  test("what means nothing here is told once", () => {
    const reading = claude(
      "maxTurns: 5\nisolation: worktree\nbackground: true\nhooks:\n  Stop: []\nmcpServers: [slack]\nskills: [a]\nmemory: user",
    );
    expect(leftOutOf(reading)).toEqual([
      '4: left out "maxTurns", "hooks", "mcpServers", "skills", "memory": it has no meaning here',
    ]);
  });

  test("a description as its generator writes it is read without quotes", () => {
    const reading = read(
      readClaudeRole,
      `---
name: test-runner
description: Use this agent when tests fail. Examples:\\n\\n<example>\\nuser: "It's red"\\nassistant: "I run it."\\n</example>
model: inherit
---
Run.`,
    );
    expect(roleOf(reading).description).toBe(
      `Use this agent when tests fail. Examples: <example> user: "It's red" assistant: "I run it." </example>`,
    );
  });

  test("a description of pages is cut", () => {
    const { description } = roleOf(read(readClaudeRole, `---\nname: a\ndescription: ${"word ".repeat(900)}\n---\nx`));
    expect(description.length).toBeLessThanOrEqual(1_000);
    expect(description).toMatch(/word…$/);
  });

  test.each([
    ["Code Reviewer", "code-reviewer"],
    ["../../etc/passwd", "etc-passwd"],
    ["Größe", "grosse"],
    ["agent", "agent"],
  ])("the name %s becomes a slug", (name) => {
    const made = roleOf(read(readClaudeRole, `---\nname: ${name}\ndescription: d\n---\nx`)).name;
    expect(made).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });

  test.each([
    ["no name", "---\ndescription: d\n---\nx", /name: give one, of letters and digits/],
    ["a name of nothing", "---\nname: ···\ndescription: d\n---\nx", /^2: name: give one/],
    ["no description", "---\nname: a\n---\nx", /description: must say when to hire it/],
    ["no body", "---\nname: a\ndescription: d\n---\n", /no instructions/],
    ["tools of another kind", "---\nname: a\ndescription: d\ntools: {a: 1}\n---\nx", /^4: tools: must be a list/],
    ["lines that are not indented", '---\nname: a\ndescription: D:\n<example>\nuser: "x"\n---\nx', /^\d: /],
  ])("is broken by %s", (_, text, message) => {
    expect(problemOf(read(readClaudeRole, text))).toMatch(message);
  });

  test("a page without front matter is no role", () => {
    expect(read(readClaudeRole, "# Our agents\n").kind).toBe("none");
  });
});

describe("a custom agent of VS Code and GitHub", () => {
  test("is taken with its tools, under a slug of its name", () => {
    const reading = read(
      readCopilotRole,
      `---
description: Generate an implementation plan for new features or refactoring existing code.
name: Feature Planner
argument-hint: What to plan
tools: ['fetch', 'githubRepo', 'search', 'search/usages']
model: ['Claude Opus 4.5 (copilot)', 'sonnet']
target: vscode
handoffs:
  - label: Implement Plan
    agent: agent
    prompt: Implement the plan outlined above.
    send: false
---
# Planning instructions
Don't make any code edits.
`,
    );
    expect(reading).toMatchObject({
      kind: "role",
      role: {
        name: "feature-planner",
        description: "Generate an implementation plan for new features or refactoring existing code.",
        instructions: "# Planning instructions\nDon't make any code edits.",
        model: "anthropic/claude-sonnet-5",
        tools: ["list_files", "search", ...always],
        mode: null,
      },
    });
    expect(leftOutOf(reading)).toEqual([
      '5: left out "fetch", "githubRepo": no tool here does that',
      '8: left out "handoffs": it has no meaning here',
    ]);
  });

  const copilot = (fields: string) => read(readCopilotRole, `---\ndescription: d\n${fields}\n---\nx`, "my-agent");

  test("without front matter is broken where its name says that it is one, and a page elsewhere", () => {
    const named = (path: string) => readCopilotRole({ path, stem: "a", text: "Plan.\n" }, vocabulary);
    expect(problemOf(named(".github/agents/a.agent.md"))).toMatch(/^1: an agent begins with a line ---/);
    expect(problemOf(named(".github/agents/a.md"))).toBe("none");
  });

  test("has the file's name where it has none of its own", () => {
    expect(roleOf(copilot("")).name).toBe("my-agent");
  });

  test.each([
    ['["read", "edit", "search"]', ["read_file", "list_files", "search", "write_file", "edit_file"]],
    ["READ, Agent", ["read_file", ...HIRING_TOOLS]],
    ["[edit/editFiles, read/readFile, execute, some-mcp-server/*]", ["read_file", "write_file", "edit_file"]],
    ["[search/fileSearch]", ["list_files"]],
    ["[]", []],
  ])("tools: %s", (tools, ours) => {
    expect(roleOf(copilot(`tools: ${tools}`)).tools).toEqual(
      knownTools.filter((tool) => [...ours, ...always].includes(tool)),
    );
  });

  test("an asterisk is all tools, but a server's is not", () => {
    expect(roleOf(copilot('tools: ["*"]')).tools).toBeNull();
    expect(roleOf(copilot('tools: ["github/*"]')).tools).toEqual(always);
  });

  test("an empty list of agents takes hiring away; a list of some can't be kept and is told", () => {
    const alone = copilot("agents: []");
    expect(roleOf(alone).tools).toEqual(knownTools.filter((tool) => !HIRING_TOOLS.includes(tool)));
    expect(leftOutOf(alone)).toEqual([]);
    expect(leftOutOf(copilot("agents: ['*']"))).toEqual([]);
    expect(leftOutOf(copilot("agents: [Researcher]"))).toEqual(['3: left out "agents": it has no meaning here']);
  });

  test("a model of an editor's name is the parent's, and told", () => {
    const reading = copilot("model: GPT-5.2 (copilot)");
    expect(roleOf(reading).model).toBeNull();
    expect(leftOutOf(reading)).toEqual([
      expect.stringMatching(/^3: left out the model "GPT-5.2 \(copilot\)": the parent's/),
    ]);
  });

  test("that others must not hire, or that brings servers, is told", () => {
    expect(
      leftOutOf(copilot("disable-model-invocation: true\nmcp-servers: {a: {command: x}}\nuser-invocable: false")),
    ).toEqual(['3: left out "disable-model-invocation", "mcp-servers": it has no meaning here']);
  });
});
