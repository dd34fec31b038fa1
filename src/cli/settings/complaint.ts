import type { z } from "zod";
import {
  HIGHEST_PRICE,
  isSettingKey,
  priceFields,
  type Setting,
  settingKeys,
  settings,
} from "../../protocol/settings.ts";
import { quoted, truncate } from "../render/text.ts";
import { didYouMean } from "../suggest.ts";

/** What is wrong with a parsed file, and what would be right, in one line. */
export function complaintAbout(issue: z.core.$ZodIssue, content: unknown): string {
  const [key, model, field] = issue.path.map(String);
  if (key === undefined) return issue.code === "unrecognized_keys" ? unknownKey(issue.keys) : notAnObject;
  if (!isSettingKey(key)) throw new Error(`the schema has a key that is no setting: ${key}`);
  const setting: Setting = settings[key];
  if (setting.type !== "prices" || model === undefined) {
    return `"${key}" is ${shown(valueAt(content, [key]))}: write ${rightOf(setting)}.`;
  }
  return `"${key}": ${priceComplaint(issue, model, field, content)}`;
}

export const notAnObject = 'it is no JSON object: write one such as { "banyan.slots": 4 }.';

function unknownKey(keys: readonly string[]): string {
  const [key = ""] = keys;
  return `there is no setting ${quoted(key)}: ${didYouMean(key, settingKeys) ?? "banyan settings shows those there are."}`;
}

function priceComplaint(issue: z.core.$ZodIssue, model: string, field: string | undefined, content: unknown): string {
  if (issue.code === "invalid_key") return `${quoted(model)} names no model: write provider/model.`;
  const fields = Object.keys(priceFields).join(", ");
  if (issue.code === "unrecognized_keys") return `${quoted(model)} has ${quoted(issue.keys[0] ?? "")}: use ${fields}.`;
  if (field === undefined) return `${quoted(model)} has no prices: write an object with ${fields}.`;
  const value = valueAt(content, ["banyan.prices", model, field]);
  const right = `write US dollars for a million tokens, a number from 0 to ${HIGHEST_PRICE}.`;
  return value === undefined
    ? `${quoted(model)} has no "${field}": ${right}`
    : `${quoted(model)}: "${field}" is ${shown(value)}: ${right}`;
}

/** What may be written for a setting. */
function rightOf(setting: Setting): string {
  switch (setting.type) {
    case "integer":
      return `a whole number from ${setting.minimum} to ${setting.maximum}`;
    case "number":
      return `a number from ${setting.minimum} to ${setting.maximum}`;
    case "cap":
      return `a number from ${setting.minimum} to ${setting.maximum}, or null`;
    case "string":
    case "strings":
      return setting.right;
    case "choice":
      return Object.keys(setting.choices)
        .map((choice) => `"${choice}"`)
        .join(" or ");
    case "integers":
      return `a list of whole numbers from ${setting.minimum} to ${setting.maximum}, no two alike`;
    case "prices":
      return 'an object such as { "anthropic/my-model": { "input": 3, "output": 15 } }';
  }
}

const shown = (value: unknown): string => truncate(JSON.stringify(value) ?? "missing", 60);

function valueAt(content: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return content;
  if (typeof content !== "object" || content === null) return undefined;
  return valueAt(Object.getOwnPropertyDescriptor(content, key)?.value, rest);
}
