import { readFile, stat } from "node:fs/promises";
import { parseDocument } from "yaml";
import type { z } from "zod";
import { messageOf, ok, type Result, refuse } from "../../../base/errors.ts";
import { firstLineOf } from "../../../base/text.ts";
import { type Script, scriptSchema } from "./schema.ts";

const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;

/** Reads and checks a script. `file` is how messages name it; refuses in one line that names the file and the place. */
export async function loadScript(path: string, file: string): Promise<Result<Script>> {
  let text: string;
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > MAX_SCRIPT_BYTES) {
      return refuse("unknown_model", `${file} is no script: give a YAML or JSON file of at most 64 MB.`);
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    return refuse("unknown_model", `There is no script ${file} to play: ${messageOf(error)}`);
  }
  const parsed = file.endsWith(".json") ? parseJson(text) : parseYaml(text);
  if (!parsed.ok) return refuse("bad_input", `${file}: ${parsed.refusal.message}`);
  const checked = check(parsed.value);
  return checked.ok ? checked : refuse("bad_input", `${file}: ${checked.refusal.message}`);
}

/** An alias of YAML may stand for what it is in: a value without an end, which the check gives up. */
function check(value: unknown): Result<Script> {
  try {
    const checked = scriptSchema.safeParse(value);
    return checked.success ? ok(checked.data) : refuse("bad_input", issueText(checked.error));
  } catch (error) {
    return refuse("bad_input", firstLineOf(messageOf(error)));
  }
}

function parseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text));
  } catch (error) {
    return refuse("bad_input", firstLineOf(messageOf(error)));
  }
}

function parseYaml(text: string): Result<unknown> {
  try {
    const document = parseDocument(text, { prettyErrors: true });
    const error = document.errors[0];
    if (error !== undefined) return refuse("bad_input", firstLineOf(error.message).replace(/:$/, ""));
    return ok(document.toJS());
  } catch (error) {
    return refuse("bad_input", firstLineOf(messageOf(error)));
  }
}

/** The first issue with its place: `agents[0].turns[2].calls[0].tool: …`, and how many more there are. */
function issueText({ issues }: z.ZodError): string {
  const first = issues[0];
  if (first === undefined) return "not a script";
  const { path, message } = deepest(first);
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${place.replace(/^\./, "") || "the file"}: ${message}${more}`;
}

/** Inside a union that nothing fits, the issue that got furthest says most. */
function deepest(issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union") return issue;
  const inner = issue.errors
    .flat()
    .map(deepest)
    .reduce<{ path: readonly PropertyKey[]; message: string } | undefined>(
      (best, next) => (best === undefined || weight(next) > weight(best) ? next : best),
      undefined,
    );
  return inner === undefined ? issue : { path: [...issue.path, ...inner.path], message: inner.message };
}

/** Longer paths first; of equal ones, a rule of ours before "expected string". */
const weight = ({ path, message }: { path: readonly PropertyKey[]; message: string }): number =>
  path.length * 2 + (message.startsWith("Invalid") ? 0 : 1);
