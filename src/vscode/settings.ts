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
  type OwnPrice,
  type OwnPrices,
  priceFields,
  requiredPriceFields,
  type SettingKey,
  type SettingValues,
  type StringsSetting,
  settings,
  type TextSetting,
  type WorktreeCopy,
} from "../protocol/settings.ts";

/** Reads one setting's value as the editor has it, whatever it is. */
export type SettingReader = (key: SettingKey) => unknown;

/**
 * The settings as they count in the editor, which marks what is wrong where it is typed: what is out of its range or of
 * another type counts as the nearest value that is not.
 */
export const settingValues = (read: SettingReader): SettingValues => ({
  "banyan.slots": numberOf(read, "banyan.slots"),
  "banyan.maxDepth": numberOf(read, "banyan.maxDepth"),
  "banyan.maxChildren": numberOf(read, "banyan.maxChildren"),
  "banyan.maxTurns": numberOf(read, "banyan.maxTurns"),
  "banyan.maxHours": numberOf(read, "banyan.maxHours"),
  "banyan.onParentEnd": onParentEndOf(read),
  "banyan.budget.usd": numberOf(read, "banyan.budget.usd"),
  "banyan.budget.tokens": numberOf(read, "banyan.budget.tokens"),
  "banyan.budget.alerts": integersOf(read, "banyan.budget.alerts"),
  "banyan.cap.perDay": capOf(read, "banyan.cap.perDay"),
  "banyan.cap.perMonth": capOf(read, "banyan.cap.perMonth"),
  "banyan.prices": pricesOf(read),
  "banyan.messages.maxPending": numberOf(read, "banyan.messages.maxPending"),
  "banyan.messages.maxKilobytes": numberOf(read, "banyan.messages.maxKilobytes"),
  "banyan.messages.keepDays": numberOf(read, "banyan.messages.keepDays"),
  "banyan.worktrees.folder": textOf(read, "banyan.worktrees.folder"),
  "banyan.worktrees.include": stringsOf(read, "banyan.worktrees.include"),
  "banyan.worktrees.copy": worktreeCopyOf(read),
  "banyan.worktrees.setUp": textOf(read, "banyan.worktrees.setUp"),
  "banyan.worktrees.setUpMinutes": numberOf(read, "banyan.worktrees.setUpMinutes"),
  "banyan.worktrees.pool": numberOf(read, "banyan.worktrees.pool"),
  "banyan.worktrees.keepDays": numberOf(read, "banyan.worktrees.keepDays"),
  "banyan.worktrees.keepGigabytes": numberOf(read, "banyan.worktrees.keepGigabytes"),
  "banyan.model": textOf(read, "banyan.model"),
});

const isFiniteNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const within = (value: number, { minimum, maximum }: Pick<NumberSetting, "minimum" | "maximum">): number =>
  Math.min(Math.max(value, minimum), maximum);

function numberOf(read: SettingReader, key: KeyOf<NumberSetting>): number {
  const setting: NumberSetting = settings[key];
  const value = read(key);
  if (!isFiniteNumber(value)) return setting.default;
  return setting.type === "integer" ? Math.floor(within(value, setting)) : within(value, setting);
}

/** A cap that can't be read lets nothing through. */
function capOf(read: SettingReader, key: KeyOf<CapSetting>): number | null {
  const value = read(key) ?? null;
  if (value === null) return null;
  return isFiniteNumber(value) ? within(value, settings[key]) : settings[key].minimum;
}

function integersOf(read: SettingReader, key: KeyOf<IntegersSetting>): readonly number[] {
  const setting: IntegersSetting = settings[key];
  const value = read(key);
  if (!Array.isArray(value)) return setting.default;
  return value.filter((each) => Number.isInteger(each) && within(each, setting) === each);
}

function onParentEndOf(read: SettingReader): OnParentEnd {
  const value = read("banyan.onParentEnd");
  return isOnParentEnd(value) ? value : settings["banyan.onParentEnd"].default;
}

function worktreeCopyOf(read: SettingReader): WorktreeCopy {
  const value = read("banyan.worktrees.copy");
  return isWorktreeCopy(value) ? value : settings["banyan.worktrees.copy"].default;
}

const matches = (value: unknown, { pattern }: { readonly pattern: string }): value is string =>
  typeof value === "string" && new RegExp(pattern).test(value);

function textOf(read: SettingReader, key: KeyOf<TextSetting>): string {
  const value = read(key);
  return matches(value, settings[key]) ? value : settings[key].default;
}

function stringsOf(read: SettingReader, key: KeyOf<StringsSetting>): readonly string[] {
  const setting: StringsSetting = settings[key];
  const value = read(key);
  return Array.isArray(value) ? value.filter((each) => matches(each, setting)) : setting.default;
}

function pricesOf(read: SettingReader): OwnPrices {
  const value = read("banyan.prices");
  if (typeof value !== "object" || value === null) return settings["banyan.prices"].default;
  const whole = Object.entries(value).filter((entry): entry is [string, OwnPrice] => isPrice(entry[1]));
  return Object.fromEntries(whole.filter(([model]) => modelName.test(model)));
}

function isPrice(value: unknown): value is OwnPrice {
  if (typeof value !== "object" || value === null) return false;
  const fields = Object.entries(value);
  const known = fields.every(
    ([name, price]) =>
      Object.hasOwn(priceFields, name) && isFiniteNumber(price) && price >= 0 && price <= HIGHEST_PRICE,
  );
  return known && requiredPriceFields.every((name) => Object.hasOwn(value, name));
}
