import { z } from "zod";
import type { PermissionMode } from "../../../protocol/words.ts";
import { descriptionOf, naming, type ReadRole, slugOf } from "../format.ts";
import { type Problem, problemOf, readFrontMatter } from "../frontMatter.ts";
import { HIRING_TOOLS } from "../role.ts";
import { foreignFields, foreignModel, foreignTools, nameList, quoteDescription, requiredText } from "./foreign.ts";

/** Claude Code's tools; the others of its tools have no counterpart. */
const tools: ReadonlyMap<string, readonly string[]> = new Map([
  ["Read", ["read_file"]],
  ["NotebookRead", ["read_file"]],
  ["LS", ["list_files"]],
  ["Glob", ["list_files"]],
  ["Grep", ["search"]],
  ["Write", ["write_file"]],
  ["Edit", ["edit_file"]],
  ["MultiEdit", ["edit_file"]],
  ["Agent", HIRING_TOOLS],
  ["Task", HIRING_TOOLS],
  ["SendMessage", ["send_message"]],
]);

/** `dontAsk` refuses what would be asked; `bypassPermissions` is as wide as the parent is. */
const modes: ReadonlyMap<string, PermissionMode> = new Map([
  ["plan", "plan"],
  ["default", "ask"],
  ["manual", "ask"],
  ["dontAsk", "ask"],
  ["acceptEdits", "edit"],
  ["auto", "auto"],
  ["bypassPermissions", "auto"],
]);

/** Taken, or true of every agent here, or of no consequence. */
const understood: ReadonlySet<string> = new Set([
  "name",
  "description",
  "tools",
  "disallowedTools",
  "model",
  "permissionMode",
  "isolation",
  "background",
  "color",
]);

const schema = z.looseObject({
  name: z.string("must be text").nullish(),
  description: requiredText("must say when to hire it"),
  tools: nameList,
  disallowedTools: nameList,
  model: z.string("must be text").nullish(),
  permissionMode: z.string("must be text").nullish(),
});

/** `.claude/agents/NAME.md`, a subagent of Claude Code. */
export const readClaudeRole: ReadRole = (file, vocabulary) => {
  const reading = readFrontMatter(file.text, quoteDescription);
  if (reading.kind !== "read") return reading;
  const { matter } = reading;
  const checked = schema.safeParse(matter.value);
  if (!checked.success) return { kind: "broken", problem: problemOf(checked.error, matter) };
  const given = checked.data;
  const name = slugOf(given.name ?? "");
  if (name === undefined) {
    return {
      kind: "broken",
      problem: { line: matter.lineOf(["name"]), message: "name: give one, of letters and digits" },
    };
  }
  if (matter.body === "") {
    return { kind: "broken", problem: { line: 1, message: "there are no instructions below the front matter" } };
  }
  const model = given.model ?? "inherit";
  const allowed = foreignTools(
    { allowed: given.tools, denied: given.disallowedTools, ours: (tool) => tools.get(tool) ?? [] },
    vocabulary,
    matter,
  );
  const chosen = foreignModel(model === "inherit" ? [] : [model], anthropicModel, vocabulary, matter);
  const mode = given.permissionMode ?? undefined;
  const known = mode === undefined ? undefined : modes.get(mode);
  const strange: readonly Problem[] =
    mode === undefined || known !== undefined
      ? []
      : [
          {
            line: matter.lineOf(["permissionMode"]),
            message: `the mode ${naming([mode])} is not known: taken as plan`,
          },
        ];
  return {
    kind: "role",
    role: {
      name,
      // Claude Code's own generator writes line feeds as \n into plain text.
      description: descriptionOf(given.description.replaceAll("\\n", " ")),
      instructions: matter.body,
      model: chosen.model,
      tools: allowed.tools,
      mode: mode === undefined ? null : (known ?? "plan"),
      budgetUsd: null,
      budgetTokens: null,
      source: file.path,
    },
    leftOut: [...allowed.leftOut, ...chosen.leftOut, ...strange, ...foreignFields(given, understood, matter)],
  };
};

const anthropicModel = (name: string): string | undefined => {
  const id = /^(claude-[a-z0-9.@-]+)(?:\[1m\])?$/.exec(name)?.[1];
  return id === undefined ? undefined : `anthropic/${id}`;
};
