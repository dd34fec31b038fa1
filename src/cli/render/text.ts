import { unseenCharacters } from "../../base/text.ts";
import { formatUsd } from "../../protocol/money.ts";

const ESC = "\u001b";
const CSI = "\u009b";
const BEL = "\u0007";

/**
 * What a terminal obeys instead of showing: control sequences (CSI), strings to the terminal that are ended properly
 * (OSC, DCS, APC, PM, SOS), and the two-character escapes. A string without an end loses only its introducer, so that
 * nothing can swallow the text behind it.
 */
const escapeSequences = new RegExp(
  [
    `(?:${ESC}\\[|${CSI})[0-?]*[ -/]*[@-~]`,
    `${ESC}[\\]PX^_][^${ESC}${BEL}]*(?:${BEL}|${ESC}\\\\)`,
    `${ESC}[ -/]*[0-~]`,
  ].join("|"),
  "g",
);
const lineBreaks = /\r\n|[\u2028\u2029]/g;

/**
 * Text from a model, a file or git that a terminal can only show: no escape sequence, no control character but tab and
 * line feed, nothing that turns the direction of what is read.
 */
export const inert = (text: string): string =>
  text.replace(escapeSequences, "").replace(lineBreaks, "\n").replace(unseenCharacters, "");

/** As `inert`, in one line: every run of white space is one space. */
export const oneLine = (text: string): string => inert(text).replace(/\s+/g, " ").trim();

/** The first line with something in it, inert. */
export const firstLine = (text: string): string => {
  const lines = inert(text).split("\n");
  return oneLine(lines.find((line) => line.trim() !== "") ?? "");
};

/** What was typed, for a message about it: inert, on one line, in double quotes, cut where it is long. */
export const quoted = (text: string): string => `"${truncate(oneLine(text), 60)}"`;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const narrow = /^[ -~]*$/;
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
const halfWidthForms = /^[\uff61-\uffdc\uffe8-\uffee]/;
const wide =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}]|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6])/u;
const withoutWidth = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

/** Columns of one grapheme: 2 for East Asian wide and full-width characters and for emoji, 0 for marks alone. */
function widthOfGrapheme(grapheme: string): 0 | 1 | 2 {
  if (withoutWidth.test(grapheme)) return 0;
  if (emoji.test(grapheme)) return 2;
  return wide.test(grapheme) && !halfWidthForms.test(grapheme) ? 2 : 1;
}

/** Columns that inert text of one line takes on a terminal. */
export function widthOf(text: string): number {
  if (narrow.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOfGrapheme(segment);
  return width;
}

/** `text` in at most `width` columns; what does not fit is replaced by an ellipsis. */
export function truncate(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOfGrapheme(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Running text as lines of at most `width` columns, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && widthOf(longer) > width) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** Where a text is to be broken so that what is before fits into `width` columns: behind a space where there is one. */
function breakIn(text: string, from: number, width: number): number {
  let used = 0;
  let end = 0;
  let space = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += widthOfGrapheme(segment);
    if (used > width && end > from) break;
    end = index + segment.length;
    if (segment === " " && index > from) space = end;
  }
  return text[end] === " " || space === 0 ? end : space;
}

/**
 * One line of inert text as lines of at most `width` columns, broken between words where that goes; all are indented as
 * it is, and the spaces in it stay.
 */
export function fold(text: string, width: number): string[] {
  const room = Math.max(2, width);
  const indent = /^ */.exec(text)?.[0].slice(0, Math.floor(room / 2)) ?? "";
  const lines: string[] = [];
  let rest = text.trimEnd();
  while (widthOf(rest) > room) {
    const end = breakIn(rest, indent.length, room);
    lines.push(rest.slice(0, end).trimEnd());
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1234567` as `1,234,567`. */
export const formatCount = (count: number): string => grouped.format(count);

/** `plural(1, "file")` is `1 file`, `plural(2, "branch", "branches")` is `2 branches`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

const decimalsOf = (amount: string): number => amount.length - amount.indexOf(".") - 1;

/** Micro-dollars to stand below each other: all with as many decimals as the finest of them needs. */
export function formatUsdColumn(amounts: readonly number[]): string[] {
  const texts = amounts.map(formatUsd);
  const most = Math.max(0, ...texts.map(decimalsOf));
  return texts.map((text) => text + "0".repeat(most - decimalsOf(text)));
}

/** "812 B", "1.2 MB": powers of 1024, one place. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"] as const;
  const power = Math.min(bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const amount = bytes / 1024 ** power;
  return `${power === 0 ? amount : amount.toFixed(1)} ${units[power]}`;
}

/** Milliseconds as `0.42s`, `12.3s`, `3m 05s`, `2h 07m`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(2)}s`;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.floor(seconds);
  const two = (part: number) => String(part).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor(whole / 60) % 60)}m`;
}

/** An instant in the zone of the machine, to the second: `2026-03-01 14:05:09`. */
export function formatInstant(ms: number, timeZone?: string): string {
  const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone });
  return format.format(ms);
}

/** The time of an instant within a day, in the zone of the machine: `14:05`. */
export const formatClock = (ms: number, timeZone?: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeStyle: "short", timeZone }).format(ms);

/** The first ten digits of a commit's hash. */
export const shortHash = (commit: string): string => inert(commit).slice(0, 10);
