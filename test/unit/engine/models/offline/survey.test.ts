import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { surveyReply } from "../../../../../src/engine/models/offline/survey.ts";
import { type TranscriptEntry, toolCallsOf } from "../../../../../src/protocol/transcript.ts";
import {
  type Intercept,
  makeWorld,
  message,
  type Played,
  requestOf,
  surveyor,
  type Tree,
  type World,
} from "./world.ts";

let world: World | undefined;
afterEach(() => world?.dispose());
const of = async (tree: Tree, intercept?: Intercept) => {
  world = await makeWorld(tree, intercept);
  return world;
};

const callsOf = (played: Played) => played.replies.map((reply) => toolCallsOf(reply).map((call) => call.tool));

const tree: Tree = {
  "package.json": '{ "description": "A small shop." }',
  "src/index.ts": "/** Starts the shop. */\nexport function start() {}\nconst port = 80;\n",
  "src/deep/cart.ts": "export class Cart {}\nexport interface Line {}\n",
  "lib/tool.py": "# Tools.\ndef tool():\n    pass\n",
  "docs/guide.md": "# The guide | to `all`\n\n## Setup\n",
  ".github/ci.yml": "on: push\n",
};

describe("a lead", () => {
  it("looks, hires all at once, waits, merges, writes and reports", async () => {
    const played = await (await of(tree)).play();
    expect(callsOf(played)).toEqual([
      ["list_files"],
      ["list_files"],
      ["spawn_agent", "spawn_agent", "spawn_agent", "read_file"],
      ["wait"],
      ["merge_child", "merge_child"],
      ["wait"],
      ["merge_child"],
      ["write_file"],
      ["report"],
    ]);
    expect(played.result).toMatchObject({
      status: "completed",
      files: ["docs/survey/README.md", "docs/survey/src.md", "docs/survey/docs.md", "docs/survey/lib.md"],
    });
  });

  it("writes an index of folders, agents and figures, and says what nobody surveyed", async () => {
    const { play, read } = await of(tree);
    await play();
    const index = await read("docs/survey/README.md");
    expect(index).toContain("| `src/` | `survey-src` | 2 | 114 B | TypeScript (2) | 4 | [src.md](src.md) |");
    expect(index).toContain('["src/ (2 files, 114 B)"]');
    expect(index).toContain("`package.json`: A small shop.");
    expect(index).toContain("- `.github/`: hidden");
  });

  it("hires twelve at most, the largest folders first", async () => {
    const folders = Array.from({ length: 14 }, (_, index) => `f${String(index).padStart(2, "0")}`);
    const many = Object.fromEntries(folders.flatMap((name) => [[`${name}/a.ts`, ""]]).concat([["f13/b.ts", ""]]));
    const { play, read } = await of(many);
    const played = await play();
    const hired = played.replies.flatMap(toolCallsOf).filter((call) => call.tool === "spawn_agent");
    expect(hired).toHaveLength(12);
    expect(hired[0]?.input).toMatchObject({ name: "survey-f13" });
    expect(await read("docs/survey/README.md")).toContain("`f12/`: small (1 file): only the 12 largest");
  });

  it("surveys the root itself where there are no folders", async () => {
    const { play, read } = await of({ "main.go": "package main\n\nfunc main() {}\n", "README.md": "# Flat\n" });
    const played = await play();
    expect(played.result?.status).toBe("completed");
    expect(await read("docs/survey/README.md")).toContain("| `main.go` | 29 B | Go | main |");
  });

  it("says of an empty repository that it is empty", async () => {
    const { play, read } = await of({});
    expect((await play()).result?.status).toBe("completed");
    expect(await read("docs/survey/README.md")).toContain("There are no files here");
  });

  it("names folders whatever they are called, and tells them apart", async () => {
    const odd = ["a|b", 'we"ird', "with space", "日本", "ünï", "back`tick", "README", "readme", "a b", "a-b", "1. x"];
    const { play, read } = await of(Object.fromEntries(odd.map((name) => [`${name}/x.ts`, "export const x = 1;\n"])));
    const played = await play();
    expect(played.result?.status).toBe("completed");
    expect(played.result?.files).toHaveLength(odd.length + 1);
    expect(new Set(played.result?.files.map((file) => file.toLowerCase())).size).toBe(odd.length + 1);
    const index = await read("docs/survey/README.md");
    expect(index).not.toContain("Not surveyed");
    expect(index).toContain("| a\\|b/ |");
  });

  it("leaves an earlier survey out and comes to the same pages again", async () => {
    const { play, read } = await of(tree);
    await play();
    const first = [await read("docs/survey/README.md"), await read("docs/survey/docs.md")];
    await play();
    expect([await read("docs/survey/README.md"), await read("docs/survey/docs.md")]).toEqual(first);
  });

  it("says who could not be hired, who failed and whose work could not be merged", async () => {
    const { play, read } = await of(tree, ({ agent, tool, input }) => {
      const text = JSON.stringify(input);
      if (tool === "spawn_agent" && text.includes("survey-lib")) return "budget_exceeded: nothing is left.";
      if (agent === "survey-docs" && tool === "list_files") return "broken";
      if (tool === "merge_child" && text.includes("child00000")) return "conflict: src.md differs.";
      return undefined;
    });
    const played = await play();
    expect(played.result?.status).toBe("completed");
    const index = await read("docs/survey/README.md");
    expect(index).toContain("`lib/`: could not be hired: budget\\_exceeded: nothing is left.");
    expect(index).toContain("`docs/`: its agent failed: docs/ could not be listed: broken");
    expect(index).toContain("`src/`: its work could not be merged: conflict: src.md differs.");
    const tries = played.replies
      .flatMap(toolCallsOf)
      .filter((call) => JSON.stringify(call.input).includes("survey-lib"));
    expect(tries).toHaveLength(2);
  });

  it("gives up waiting when waits bring nothing", async () => {
    const { play } = await of(tree, ({ tool }) => (tool === "wait" ? "store_locked: try later." : undefined));
    const played = await play();
    expect(played.result?.summary).toContain("without a report");
  });
});

const interrupted = "spawn_agent was interrupted when the engine stopped: it may have taken effect, or not.";

describe("a lead whose spawn was interrupted", () => {
  it("looks before it repeats, and hires where nobody was hired", async () => {
    const { play } = await of(tree, ({ tool, count }) =>
      tool === "spawn_agent" && count <= 3 ? interrupted : undefined,
    );
    const played = await play();
    expect(callsOf(played).slice(2, 6)).toEqual([
      ["spawn_agent", "spawn_agent", "spawn_agent", "read_file"],
      ["merge_child", "merge_child", "merge_child"],
      ["spawn_agent", "spawn_agent", "spawn_agent"],
      ["wait"],
    ]);
    expect(played.result?.files).toHaveLength(4);
  });

  it("takes the one who works under that name for its own", () => {
    const request = requestOf(leadAgent, []);
    const entries: TranscriptEntry[] = [];
    const play = (answers: readonly string[], isError = true) => {
      const reply = surveyReply({ ...request, transcript: entries });
      entries.push(reply);
      toolCallsOf(reply).forEach((call, index) => {
        const content = answers[index] ?? "";
        entries.push({ kind: "tool_result", callId: call.id, tool: call.tool, content, isError });
      });
      return toolCallsOf(reply).map((call) => call.tool);
    };
    play(["D  src/  1 file  1 byte"], false);
    expect(play([interrupted])).toEqual(["spawn_agent"]);
    expect(play(["illegal_move: survey-src is still at work (running)."])).toEqual(["merge_child"]);
    expect(play([""])).toEqual(["wait"]);
  });
});

const leadAgent = { id: "l", name: "lead", role: "lead", task: "Survey.", depth: 0 };

describe("a surveyor", () => {
  it("lists, searches and reads at once, writes its page and reports its figures", async () => {
    const { play, read } = await of(tree);
    const played = await play(surveyor("src", "docs/survey/src.md"));
    expect(callsOf(played)).toEqual([["list_files"], ["search", "read_file", "read_file"], ["write_file"], ["report"]]);
    expect(played.result?.summary.split("\n")[0]).toBe("files=2 bytes=114 definitions=4 languages=TypeScript:2");
    const page = await read("docs/survey/src.md");
    expect(page).toContain("| `deep/cart.ts` | 46 B | TypeScript | Cart, Line |");
    expect(page).toContain("- `index.ts`: Starts the shop.");
  });

  it("does not survey the survey", async () => {
    const { play, read } = await of({ "docs/a.md": "# A\n", "docs/survey/src.md": "# Old\n" });
    await play(surveyor("docs", "docs/survey/docs.md"));
    const page = await read("docs/survey/docs.md");
    expect(page).toContain("1 file,");
    expect(page).not.toContain("Old");
  });

  it("pages a large folder, groups it and says what it did not open", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 1300 }, (_, index) => [`src/p${index % 7}/f${index}.ts`, `export const v${index} = 1;\n`]),
    );
    const { play, read } = await of(files);
    const played = await play(surveyor("src", "docs/survey/src.md"));
    expect(callsOf(played).slice(0, 2)).toEqual([["list_files"], ["list_files"]]);
    expect(played.result?.summary).toMatch(/^files=1300 bytes=\d+ definitions=1300 /);
    const page = await read("docs/survey/src.md");
    expect(page).toContain("they are grouped");
    expect(page).toContain("Shown are 100 of 1300 files.");
    expect(page).toContain("1292 files were not opened");
  });

  it("tries what failed once more, then goes on without it and says so", async () => {
    const broken: Intercept = ({ tool }) => (tool === "search" || tool === "read_file" ? "broken" : undefined);
    const { play, read } = await of(tree, broken);
    const played = await play(surveyor("lib", "docs/survey/lib.md"));
    expect(callsOf(played)).toEqual([
      ["list_files"],
      ["search", "read_file"],
      ["search", "read_file"],
      ["write_file"],
      ["report"],
    ]);
    expect(played.result).toMatchObject({ status: "completed" });
    expect(played.result?.summary).toContain("lib/tool.py could not be read: broken");
    expect(await read("docs/survey/lib.md")).toContain(
      "Definitions (python) were searched up to match 0 only: broken.",
    );
  });

  it("needs only one try when the first was interrupted", async () => {
    const once: Intercept = ({ tool, count }) => (tool === "write_file" && count === 1 ? "interrupted" : undefined);
    const played = await (await of(tree, once)).play(surveyor("lib", "docs/survey/lib.md"));
    expect(played.result).toMatchObject({ status: "completed", files: ["docs/survey/lib.md"] });
  });

  it("reports failure when it can't write", async () => {
    const { play } = await of(tree, ({ tool }) => (tool === "write_file" ? "disk full" : undefined));
    const played = await play(surveyor("lib", "docs/survey/lib.md"));
    expect(played.result).toMatchObject({ status: "failed", files: [] });
    expect(played.result?.summary).toContain("disk full");
  });

  it("says of a folder that went that it could not be listed", async () => {
    const { play, root } = await of(tree);
    await rm(join(root, "lib"), { recursive: true });
    const played = await play(surveyor("lib", "docs/survey/lib.md"));
    expect(played.result).toMatchObject({ status: "failed" });
    expect(played.result?.summary).toContain("lib/ could not be listed");
  });

  it("ends its turn with text after two reports that failed", async () => {
    const { play } = await of(tree, ({ tool }) => (tool === "report" ? "not now" : undefined));
    const played = await play(surveyor("lib", "docs/survey/lib.md"));
    expect(played.result).toBeUndefined();
    expect(callsOf(played).slice(-3)).toEqual([["report"], ["report"], []]);
    expect(played.replies.at(-1)).toMatchObject({ stopReason: "end_turn" });
  });
});

describe("the survey model", () => {
  it("answers a message that asked for something else in its report", async () => {
    const note = message({ kind: "question", body: "Could you fix the bug?\nPlease." });
    const played = await (await of(tree)).play(surveyor("lib", "docs/survey/lib.md"), [note]);
    expect(played.result?.summary).toContain(
      'question from the user ("Could you fix the bug?"): I am a rule-based model',
    );
  });

  it("answers what comes after its report, and nothing else", async () => {
    const played = await (await of(tree)).play(surveyor("lib", "docs/survey/lib.md"));
    const agent = surveyor("lib", "docs/survey/lib.md");
    const again = surveyReply(requestOf(agent, played.transcript));
    expect(again.stopReason).toBe("end_turn");
    const asked: TranscriptEntry = { kind: "messages", messages: [message({ kind: "task", body: "Survey again." })] };
    const answer = surveyReply(requestOf(agent, [...played.transcript, asked]));
    expect(toolCallsOf(answer)).toMatchObject([{ tool: "report", input: { status: "completed" } }]);
    expect(JSON.stringify(answer)).toContain("Survey again.");
  });

  it("answers the same to the same transcript, and from every point of it", async () => {
    const played = await (await of(tree)).play();
    const ends = played.transcript.flatMap((entry, index) => (entry.kind === "reply" ? [index] : []));
    const agent = { ...leadAgent, task: "Survey this repository." };
    const again = ends.map((end) => surveyReply(requestOf(agent, structuredClone(played.transcript.slice(0, end)))));
    expect(again).toEqual(played.replies);
  });

  it("begins no reply that does not fit", async () => {
    const played = await (await of(tree)).play();
    const reply = surveyReply({ ...requestOf(leadAgent, played.transcript.slice(0, 3)), maxOutputTokens: 5 });
    expect(reply).toMatchObject({ content: [], stopReason: "max_tokens" });
  });
});
