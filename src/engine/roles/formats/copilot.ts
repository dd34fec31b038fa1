import { z } from "zod";
import { descriptionOf, type ReadRole, slugOf } from "../format.ts";
import { problemOf, readFrontMatter } from "../frontMatter.ts";
import { HIRING_TOOLS } from "../role.ts";
import { foreignFields, foreignModel, foreignTools, nameList, quoteDescription, requiredText } from "./foreign.ts";

const READ = ["read_file"];
const FIND = ["search"];
const LIST = ["list_files"];
const CHANGES = ["diff", "status"];
const EDIT = ["write_file", "edit_file"];

/** The aliases that GitHub documents and VS Code's own names, in lower case, since the aliases have no case. */
const tools: ReadonlyMap<string, readonly string[]> = new Map([
  ["read", READ],
  ["notebookread", READ],
  ["readfile", READ],
  ["read/readfile", READ],
  ["search", [...FIND, ...LIST]],
  ["grep", FIND],
  ["codebase", FIND],
  ["search/codebase", FIND],
  ["textsearch", FIND],
  ["search/textsearch", FIND],
  ["usages", FIND],
  ["search/usages", FIND],
  ["glob", LIST],
  ["filesearch", LIST],
  ["search/filesearch", LIST],
  ["listdirectory", LIST],
  ["search/listdirectory", LIST],
  ["changes", CHANGES],
  ["search/changes", CHANGES],
  ["edit", EDIT],
  ["multiedit", EDIT],
  ["write", EDIT],
  ["editfiles", EDIT],
  ["edit/editfiles", EDIT],
  ["createfile", ["write_file"]],
  ["edit/createfile", ["write_file"]],
  ["agent", HIRING_TOOLS],
  ["custom-agent", HIRING_TOOLS],
  ["task", HIRING_TOOLS],
  ["runsubagent", HIRING_TOOLS],
  ["agent/runsubagent", HIRING_TOOLS],
]);

/** Taken, or of no consequence: how an editor shows the agent, and where it was meant to run. */
const understood: ReadonlySet<string> = new Set([
  "name",
  "description",
  "tools",
  "model",
  "target",
  "argument-hint",
  "metadata",
  "user-invocable",
  "user-invokable",
]);

const schema = z.looseObject({
  name: z.string("must be text").nullish(),
  description: requiredText("must say what the agent is for"),
  tools: nameList,
  agents: nameList,
  model: nameList,
});

/** `.github/agents/NAME.agent.md` or `NAME.md`, a custom agent of VS Code and GitHub Copilot. */
export const readCopilotRole: ReadRole = (file, vocabulary) => {
  const reading = readFrontMatter(file.text, quoteDescription);
  if (reading.kind === "none" && file.path.endsWith(".agent.md")) {
    return {
      kind: "broken",
      problem: { line: 1, message: "an agent begins with a line ---, its fields and a line ---" },
    };
  }
  if (reading.kind !== "read") return reading;
  const { matter } = reading;
  const checked = schema.safeParse(matter.value);
  if (!checked.success) return { kind: "broken", problem: problemOf(checked.error, matter) };
  const given = checked.data;
  const name = slugOf(given.name ?? file.stem);
  if (name === undefined) {
    return {
      kind: "broken",
      problem: { line: matter.lineOf(["name"]), message: "name: give one, of letters and digits" },
    };
  }
  if (matter.body === "") {
    return { kind: "broken", problem: { line: 1, message: "there are no instructions below the front matter" } };
  }
  // An empty list forbids subagents; one that names some can't be kept, and is told.
  const alone = Array.isArray(given.agents) && given.agents.length === 0;
  const everyone = given.agents === "*" || (Array.isArray(given.agents) && given.agents.includes("*"));
  const allowed = foreignTools(
    { allowed: given.tools, denied: alone ? ["agent"] : [], ours: (tool) => tools.get(tool.toLowerCase()) ?? [] },
    vocabulary,
    matter,
  );
  const models = typeof given.model === "string" ? [given.model] : (given.model ?? []);
  const chosen = foreignModel(models, () => undefined, vocabulary, matter);
  const taken = alone || everyone ? new Set([...understood, "agents"]) : understood;
  return {
    kind: "role",
    role: {
      name,
      description: descriptionOf(given.description),
      instructions: matter.body,
      model: chosen.model,
      tools: allowed.tools,
      mode: null,
      budgetUsd: null,
      budgetTokens: null,
      source: file.path,
    },
    leftOut: [...allowed.leftOut, ...chosen.leftOut, ...foreignFields(given, taken, matter)],
  };
};
