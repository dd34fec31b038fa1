import { z } from "zod";
import {
  type CapSetting,
  HIGHEST_PRICE,
  type IntegersSetting,
  isOnParentEnd,
  isWorktreeCopy,
  type KeyOf,
  modelName,
  type NumberSetting,
  type OnParentEnd,
  type SettingValues,
  type StringsSetting,
  settings,
  type TextSetting,
  type WorktreeCopy,
} from "../../protocol/settings.ts";

function number(key: KeyOf<NumberSetting>) {
  const { type, minimum, maximum, default: usual }: NumberSetting = settings[key];
  const any = type === "integer" ? z.int() : z.number();
  return any.min(minimum).max(maximum).default(usual);
}

function cap(key: KeyOf<CapSetting>) {
  const { minimum, maximum, default: usual } = settings[key];
  return z.number().min(minimum).max(maximum).nullable().default(usual);
}

function integers(key: KeyOf<IntegersSetting>) {
  const { minimum, maximum, default: usual } = settings[key];
  return z
    .array(z.int().min(minimum).max(maximum))
    .readonly()
    .refine((list) => new Set(list).size === list.length)
    .default(usual);
}

function text(key: KeyOf<TextSetting>) {
  const { pattern, default: usual } = settings[key];
  return z.string().regex(new RegExp(pattern)).default(usual);
}

function strings(key: KeyOf<StringsSetting>) {
  const { pattern, default: usual }: StringsSetting = settings[key];
  return z
    .array(z.string().regex(new RegExp(pattern)))
    .readonly()
    .refine((list) => new Set(list).size === list.length)
    .default(usual);
}

const dollars = z.number().min(0).max(HIGHEST_PRICE);
const price = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars.optional(),
  cacheWrite: dollars.optional(),
});

/** The user's file: every setting that it may have, and no other key. */
export const fileSchema: z.ZodType<SettingValues> = z.strictObject({
  "banyan.slots": number("banyan.slots"),
  "banyan.maxDepth": number("banyan.maxDepth"),
  "banyan.maxChildren": number("banyan.maxChildren"),
  "banyan.maxTurns": number("banyan.maxTurns"),
  "banyan.maxHours": number("banyan.maxHours"),
  "banyan.onParentEnd": z.custom<OnParentEnd>(isOnParentEnd).default(settings["banyan.onParentEnd"].default),
  "banyan.budget.usd": number("banyan.budget.usd"),
  "banyan.budget.tokens": number("banyan.budget.tokens"),
  "banyan.budget.alerts": integers("banyan.budget.alerts"),
  "banyan.cap.perDay": cap("banyan.cap.perDay"),
  "banyan.cap.perMonth": cap("banyan.cap.perMonth"),
  "banyan.prices": z.record(z.string().regex(modelName), price).default(settings["banyan.prices"].default),
  "banyan.messages.maxPending": number("banyan.messages.maxPending"),
  "banyan.messages.maxKilobytes": number("banyan.messages.maxKilobytes"),
  "banyan.messages.keepDays": number("banyan.messages.keepDays"),
  "banyan.worktrees.folder": text("banyan.worktrees.folder"),
  "banyan.worktrees.include": strings("banyan.worktrees.include"),
  "banyan.worktrees.copy": z.custom<WorktreeCopy>(isWorktreeCopy).default(settings["banyan.worktrees.copy"].default),
  "banyan.worktrees.setUp": text("banyan.worktrees.setUp"),
  "banyan.worktrees.setUpMinutes": number("banyan.worktrees.setUpMinutes"),
  "banyan.worktrees.pool": number("banyan.worktrees.pool"),
  "banyan.worktrees.keepDays": number("banyan.worktrees.keepDays"),
  "banyan.worktrees.keepGigabytes": number("banyan.worktrees.keepGigabytes"),
  "banyan.model": text("banyan.model"),
});
