import { describe, expect, it } from "vitest";
import { countContent, countRequest, countTokens } from "../../../../src/engine/models/counting.ts";
import { createModels } from "../../../../src/engine/models/models.ts";
import { createOfflineProvider } from "../../../../src/engine/models/offline/provider.ts";
import { message, requestOf } from "./offline/world.ts";

const models = createModels([createOfflineProvider()]);
const request = requestOf({ id: "a", name: "lead", role: "lead", task: "Survey.", depth: 0 }, [
  { kind: "messages", messages: [message({ kind: "task", body: "Survey." })] },
  { kind: "reply", content: [{ type: "text", text: "Looking." }], stopReason: "tool_use", usage: { ...noTokens() } },
  { kind: "tool_result", callId: "c", tool: "list_files", content: "ä".repeat(10), isError: false },
]);

function noTokens() {
  return { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
}

describe("createModels", () => {
  it("opens offline/survey and refuses what it does not know in one line", async () => {
    expect(await models.open("offline/survey")).toMatchObject({ ok: true, value: { id: "offline/survey" } });
    for (const id of ["offline/other", "offline/", "survey", "other/survey", ""]) {
      const opened = await models.open(id);
      expect(opened).toMatchObject({ ok: false, refusal: { code: "unknown_model" } });
      expect(opened.ok ? "" : opened.refusal.message).toContain("offline/survey");
    }
  });
});

describe("a provider that only a window has", () => {
  it("is told from one that nobody knows", async () => {
    const opened = await models.open("vscode/some-model");
    expect(opened).toMatchObject({ ok: false, refusal: { code: "provider_absent" } });
    expect(await models.open("vscode/")).toMatchObject({ ok: false, refusal: { code: "unknown_model" } });
  });
});

describe("the counting", () => {
  it("rounds UTF-8 bytes up to tokens of four", () => {
    expect([countTokens(""), countTokens("a"), countTokens("äää")]).toEqual([0, 1, 2]);
  });

  it("counts system, tools and every entry", () => {
    const parts = [request.system, JSON.stringify(request.tools), "ä".repeat(10), "Looking."];
    const least = parts.reduce((sum, part) => sum + countTokens(part), 0);
    expect(countRequest(request)).toBeGreaterThan(least);
    expect(countContent([{ type: "tool_call", id: "1", tool: "wait", input: undefined }])).toBe(2);
  });

  it("is what offline/survey charges", async () => {
    const opened = await models.open("offline/survey");
    if (!opened.ok) throw new Error(opened.refusal.message);
    const outcome = await opened.value.call(request, new AbortController().signal);
    if (outcome.kind !== "reply") throw new Error(outcome.fault.message);
    expect(outcome.reply.usage.inputTokens).toBe(await opened.value.countInput(request));
    await expect(opened.value.call(request, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });
});
