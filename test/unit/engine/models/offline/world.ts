import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ok, refuse } from "../../../../../src/base/errors.ts";
import { silentLogger } from "../../../../../src/base/log.ts";
import { surveyReply } from "../../../../../src/engine/models/offline/survey.ts";
import { surveyTask } from "../../../../../src/engine/models/offline/task.ts";
import type { ModelRequest } from "../../../../../src/engine/models/port.ts";
import { allTools, createToolbox } from "../../../../../src/engine/tools/registry.ts";
import type { FileEntry, ToolContext, WorktreeFiles } from "../../../../../src/engine/tools/tool.ts";
import type { Report } from "../../../../../src/protocol/records.ts";
import {
  type InboxMessage,
  type ReplyEntry,
  type TranscriptEntry,
  toolCallsOf,
} from "../../../../../src/protocol/transcript.ts";
import { aloneTeam, noHistory } from "../../../../support/team.ts";

/** The real tools on real folders, with a team of surveyors that run when their lead waits. */

const toolbox = createToolbox(allTools, silentLogger);
const MAX_TURNS = 60;

export type Tree = Readonly<Record<string, string>>;

/** What a tool answers instead of running: an error, or undefined to let it run. `count` is from 1, per tool. */
export type Intercept = (call: { agent: string; tool: string; input: unknown; count: number }) => string | undefined;

export interface Played {
  readonly transcript: readonly TranscriptEntry[];
  readonly replies: readonly ReplyEntry[];
  readonly result: Report | undefined;
}

export interface World {
  readonly root: string;
  read(path: string): Promise<string>;
  /** Plays an agent until it reports or ends its turn. */
  play(agent?: Partial<ModelRequest["agent"]>, more?: readonly InboxMessage[]): Promise<Played>;
  dispose(): Promise<void>;
}

export async function makeWorld(tree: Tree, intercept: Intercept = () => undefined): Promise<World> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "survey-")));
  const root = join(base, "root");
  await mkdir(root);
  await writeTree(root, tree);
  return {
    root,
    read: (path) => readFile(join(root, path), "utf8"),
    play: (agent, more = []) =>
      playAgent({ root, base, intercept }, { ...lead, ...agent }, [
        message({ kind: "task", body: "Survey." }),
        ...more,
      ]),
    dispose: () => rm(base, { recursive: true, force: true }),
  };
}

export async function writeTree(root: string, tree: Tree): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const lead = { id: "lead000000", name: "lead", role: "lead", task: "Survey this repository.", depth: 0 };

export const surveyor = (folder: string, page: string) => ({
  id: "surveyor00",
  name: "survey",
  role: "surveyor",
  task: surveyTask({ folder, page }),
  depth: 1,
});

let messages = 0;
export function message(given: Partial<InboxMessage>): InboxMessage {
  messages += 1;
  return {
    id: `m${messages}`,
    threadId: "t",
    kind: "note",
    from: { agentId: null, name: "user", relation: "user" },
    priority: "normal",
    sentAt: 0,
    body: "",
    ...given,
  };
}

interface Place {
  readonly root: string;
  readonly base: string;
  readonly intercept: Intercept;
}

interface Hired {
  readonly agent: ModelRequest["agent"];
  readonly root: string;
  result: Report | undefined;
}

async function playAgent(place: Place, agent: ModelRequest["agent"], inbox: readonly InboxMessage[]): Promise<Played> {
  const transcript: TranscriptEntry[] = [{ kind: "messages", messages: [...inbox] }];
  const children: Hired[] = [];
  const context = contextOf(place, agent, children);
  const counts = new Map<string, number>();
  const replies: ReplyEntry[] = [];
  const played = (result?: Report): Played => ({ transcript, replies, result });
  for (let turn = 0; turn < MAX_TURNS; turn += 1) {
    const reply = surveyReply(requestOf(agent, transcript));
    replies.push(reply);
    transcript.push(reply);
    if (reply.stopReason !== "tool_use") return played();
    for (const call of toolCallsOf(reply)) {
      const count = (counts.get(call.tool) ?? 0) + 1;
      counts.set(call.tool, count);
      const refused = place.intercept({ agent: agent.name, tool: call.tool, input: call.input, count });
      const result = (content: string, isError: boolean) =>
        transcript.push({ kind: "tool_result", callId: call.id, tool: call.tool, content, isError });
      if (refused !== undefined) {
        result(refused, true);
        continue;
      }
      const outcome = await toolbox.runTool(call.tool, call.input, context);
      if (outcome.kind === "result") result(outcome.content, outcome.isError);
      if (outcome.kind === "report") {
        result("Reported.", false);
        return played(outcome.result);
      }
      if (outcome.kind === "wait") {
        const reports = await runNext(place, children);
        const open = children.filter((child) => child.result === undefined).map((child) => child.agent.name);
        result(JSON.stringify({ openChildren: open }), false);
        if (reports.length > 0) transcript.push({ kind: "messages", messages: reports });
      }
    }
  }
  throw new Error(`${agent.name} has not ended after ${MAX_TURNS} turns.`);
}

export const requestOf = (agent: ModelRequest["agent"], transcript: readonly TranscriptEntry[]): ModelRequest => ({
  agent,
  system: "You survey.",
  tools: toolbox.specs,
  transcript,
  standing: "Left of your budget: $1.00.",
  maxOutputTokens: 16_000,
  attempt: 1,
});

/** One wait brings the reports of two children, as it may be. */
async function runNext(place: Place, children: Hired[]): Promise<InboxMessage[]> {
  const reports: InboxMessage[] = [];
  for (const child of children.filter(({ result }) => result === undefined).slice(0, 2)) {
    const task = message({ kind: "task", body: child.agent.task });
    const played = await playAgent({ ...place, root: child.root }, child.agent, [task]);
    child.result = played.result ?? { status: "failed", summary: "ended without a report", files: [] };
    reports.push(
      message({
        kind: "report",
        from: { agentId: child.agent.id, name: child.agent.name, relation: "child" },
        body: child.result.summary,
        payload: { agent: child.agent.name, status: child.result.status, reason: null, files: child.result.files },
      }),
    );
  }
  return reports;
}

function contextOf(place: Place, agent: ModelRequest["agent"], children: Hired[]): ToolContext {
  const find = (key: string) => children.find((child) => child.agent.id === key || child.agent.name === key);
  return {
    agent,
    files: filesOf(place.root),
    history: noHistory,
    signal: new AbortController().signal,
    assertLeading() {},
    team: {
      ...aloneTeam,
      async spawn({ name, role, task }) {
        if (find(name) !== undefined) return refuse("bad_input", `The name ${name} is already taken.`);
        const id = `child${String(children.length).padStart(5, "0")}`;
        const root = join(place.base, `${agent.id}-${id}`);
        await cp(place.root, root, { recursive: true });
        children.push({ agent: { id, name, role, task, depth: agent.depth + 1 }, root, result: undefined });
        return ok({ id, name, branch: `banyan/${name}-${id}` });
      },
      async merge(key) {
        const child = find(key);
        if (child?.result === undefined) return refuse("not_found", `No ended child ${key}.`);
        for (const file of child.result.files) {
          await mkdir(dirname(join(place.root, file)), { recursive: true });
          await cp(join(child.root, file), join(place.root, file));
        }
        return ok({ mergeCommit: "abc123", files: child.result.files });
      },
    },
  };
}

/** Lists by walking and searches with the real `git grep -E`, as the engine does. */
export function filesOf(root: string): WorktreeFiles {
  return {
    root,
    async list(path) {
      const entries: FileEntry[] = [];
      for (const entry of await readdir(join(root, path), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = join(entry.parentPath, entry.name);
        entries.push({ path: file.slice(root.length + 1), size: (await stat(file)).size });
      }
      return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async search({ pattern, path, ignoreCase, limit, offset }) {
      const flags = ["-n", "-I", "-z", "-E", ...(ignoreCase ? ["-i"] : [])];
      const found = await gitGrep(root, [...flags, "-e", pattern, "--", path]);
      if (found.code > 1) return refuse("bad_input", found.text);
      const matches = found.text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [file = "", number = "", text = ""] = line.split("\0");
          return { path: file, line: Number(number), text };
        });
      return ok({ matches: matches.slice(offset, offset + limit), more: matches.length > offset + limit });
    },
  };
}

const gitGrep = (cwd: string, args: readonly string[]): Promise<{ code: number; text: string }> =>
  new Promise((resolve) => {
    execFile("git", ["grep", "--no-index", ...args], { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error === null ? 0 : 2;
      resolve({ code, text: code > 1 ? stderr : stdout });
    });
  });
