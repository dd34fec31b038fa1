import { describe, expect, test } from "vitest";
import type { TranscriptEntry } from "../../../src/protocol/transcript.ts";
import { type AgentDetail, agentMarkdown } from "../../../src/vscode/agentMarkdown.ts";
import { agentRow } from "./builders.ts";

const usage = { inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
const evil = "</details><script>x</script> [go](command:evil) ![p](https://e.vil/p) `code` # head";

const task: TranscriptEntry = {
  kind: "messages",
  messages: [
    {
      id: "m1",
      threadId: "t1",
      kind: "task",
      from: { agentId: null, name: "user", relation: "user" },
      priority: "normal",
      sentAt: 1,
      body: "Survey it",
    },
  ],
};
const reply = (id: string, text: string): TranscriptEntry => ({
  kind: "reply",
  content: [
    { type: "text", text },
    { type: "tool_call", id, tool: "read_file", input: { path: "a.ts" } },
  ],
  stopReason: "tool_use",
  usage,
});
const result = (callId: string, content: string, isError = false): TranscriptEntry => ({
  kind: "tool_result",
  callId,
  tool: "read_file",
  content,
  isError,
});

const detail = (changes: Partial<AgentDetail> = {}): AgentDetail => ({
  row: agentRow(),
  parent: undefined,
  worktree: undefined,
  budgets: [],
  transcript: [],
  ...changes,
});

describe("an agent's document", () => {
  test("tells state, task, figures, budget and worktree", () => {
    const budget = { allocated: 5_000_000, reserved: 0, used: 12_300, ownUsed: 12_300, overrun: 0, unconfirmed: 0 };
    const markdown = agentMarkdown(
      detail({
        row: agentRow({
          result: { status: "completed", summary: "All surveyed", files: ["docs/survey.md"], cost: null },
        }),
        budgets: [{ agentId: "a", unit: "usd", state: "open", ...budget }],
      }),
    );
    expect(markdown).toMatch(/^# lead\n\n\*\*completed\*\* · surveyor · `offline\/survey`\n/);
    expect(markdown).toContain("> Survey the repository");
    expect(markdown).toContain("- `docs/survey.md`");
    expect(markdown).toContain(
      String.raw`| US dollars | \$5\.00 | \$0\.0123 | \$0\.00 | \$4\.9877 | \$0\.00 | \$0\.00 | open |`,
    );
    expect(markdown).toContain("`banyan/lead-a000000000`");
    expect(markdown).toContain("*Nothing was said yet.*");
  });

  test("tells what it came to, and what the columns mean that stand apart", () => {
    const budget = { allocated: 5_000_000, reserved: 0, used: 12_300, ownUsed: 12_300, overrun: 500, unconfirmed: 70 };
    const cost = { usd: 1_250_000, tokens: 12_345 };
    const markdown = agentMarkdown(
      detail({
        row: agentRow({ result: { status: "completed", summary: "Done", files: [], cost } }),
        budgets: [{ agentId: "a", unit: "usd", state: "closed", ...budget }],
      }),
    );
    expect(markdown).toContain(String.raw`It came to \$1\.25 and 12,345 tokens, with all below it.`);
    expect(markdown).toContain(String.raw`| \$5\.00 | \$0\.0123 | \$0\.00 |  | \$0\.0005 | \$0\.00007 | closed |`);
    expect(markdown).toMatch(/Overrun was charged beyond .* Unconfirmed is what was set aside/);
  });

  test.each([
    ["paused", agentRow({ status: "paused" }), "**Resume Agent** lets it go on"],
    ["without budget", agentRow({ status: "waiting", waitingFor: "budget" }), "**Raise Budget…** lets it go on"],
    ["failed", agentRow({ status: "failed" }), "**Try Again** lets it go on"],
  ])("says of an agent that is %s which command helps", (_, row, hint) => {
    expect(agentMarkdown(detail({ row }))).toContain(hint);
  });

  test("tells why it is in its state, with the hint, below that", () => {
    const reason = "The budget is too small: a model call may take $0.06, left of it: $0.05.";
    const markdown = agentMarkdown(detail({ row: agentRow({ status: "waiting", waitingFor: "budget", reason }) }));
    expect(markdown).toMatch(/^\*\*waiting for budget\*\* · surveyor · `offline\/survey`$/m);
    expect(markdown).toMatch(/^The budget is too small.* \*\*Raise Budget…\*\* lets it go on\.$/m);
    expect(agentMarkdown(detail({ row: agentRow({ status: "paused", reason: "paused by the user" }) }))).toContain(
      "Paused by the user\\. **Resume Agent** lets it go on from where it stands.",
    );
  });

  test("hints at nothing that would be refused", () => {
    const row = agentRow({ id: "b", parentId: "a", status: "failed" });
    expect(agentMarkdown(detail({ row, parent: agentRow() }))).not.toContain("Try Again");
  });

  test("condenses the transcript: each call stands with the first line of its result", () => {
    const transcript = [
      task,
      reply("c1", "I look"),
      result("c1", "line one\nline two"),
      reply("c2", ""),
      result("c2", "no such file", true),
      reply("c3", "again"),
    ];
    const markdown = agentMarkdown(detail({ transcript }));
    expect(markdown).toContain("**task** from the user\n\n> Survey it");
    expect(markdown).toContain('### Turn 1\n\n> I look  \n\n- **read\\_file** `{"path":"a.ts"}` → `line one`');
    expect(markdown).toContain("→ **error** `no such file`");
    expect(markdown).toContain("### Turn 3");
    expect(markdown).toMatch(/`\{"path":"a.ts"\}` … no result yet/);
    expect(markdown).not.toContain("line two");
  });

  test("renders nothing that a model, a file or a peer wrote", () => {
    const markdown = agentMarkdown(
      detail({
        row: agentRow({
          name: evil,
          role: evil,
          task: evil,
          reason: evil,
          result: { status: "completed", summary: evil, files: [`\`${evil}`], cost: null },
        }),
        transcript: [reply("c1", evil), result("c1", evil)],
      }),
    );
    const outsideCode = markdown.replace(/(`+)(?:(?!\1)[^\n])*\1/g, "");
    expect(outsideCode).not.toMatch(/<script|<\/details|\]\(|!\[/);
  });

  test("shows the last entries of a long transcript and counts on", () => {
    const transcript = Array.from({ length: 300 }, (_, index) => [
      reply(`c${index}`, "hm"),
      result(`c${index}`, "ok"),
    ]).flat();
    const markdown = agentMarkdown(detail({ transcript }));
    expect(markdown).toContain("*400 earlier entries are not shown.*");
    expect(markdown).toContain("### Turn 201\n");
    expect(markdown).toContain("### Turn 300\n");
    expect(markdown).not.toContain("### Turn 200\n");
  });
});
