import { readFile } from "node:fs/promises";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { defaultValues, isSettingKey, type SettingKey, type SettingValues } from "../../protocol/settings.ts";
import { oneLine, quoted } from "../render/text.ts";
import { complaintAbout, notAnObject } from "./complaint.ts";
import { fileSchema } from "./schema.ts";

/** What counts in the terminal. */
export interface UserSettings {
  /** Where the file is, or would be. */
  readonly file: string;
  readonly values: SettingValues;
  /** The settings that stand in the file; the others are the defaults. */
  readonly given: ReadonlySet<SettingKey>;
}

/** The user's settings file: the defaults where there is none. Refuses what is not right in it, in one line. */
export async function readSettings(file: string): Promise<Result<UserSettings>> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return ok({ file, values: defaultValues, given: new Set() });
    return refuse("bad_input", `The settings in ${file} can't be read: ${messageOf(error)}`);
  }
  return parseSettings(file, text);
}

/** As `readSettings`, of the file's text. */
export function parseSettings(file: string, text: string): Result<UserSettings> {
  const wrong = (complaint: string) => refuse("bad_input", `In ${file}, ${complaint}`);
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    return wrong(`the text is no JSON: ${oneLine(messageOf(error))}.`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return wrong(notAnObject);
  const parsed = fileSchema.safeParse(content);
  if (parsed.success)
    return ok({ file, values: parsed.data, given: new Set(Object.keys(content).filter(isSettingKey)) });
  const [issue] = parsed.error.issues;
  return wrong(issue === undefined ? `${quoted(parsed.error.message)}.` : complaintAbout(issue, content));
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
