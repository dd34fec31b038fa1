import { fold, inert, truncate, widthOf } from "./text.ts";

export type Tone = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan";

/** A piece of a line in one tone. Made by `span` alone, which makes its text inert. */
export interface Span {
  readonly text: string;
  readonly tone: Tone | null;
}

/** One line of output, without colours yet: what can be measured, cut and compared in a test. */
export type Line = readonly Span[];

/** A piece of a line; whatever a terminal would obey in it is taken out, and a line break becomes a space. */
export const span = (text: string, tone: Tone | null = null): Span => ({
  text: inert(text).replace(/[\t\n]/g, " "),
  tone,
});

/** A line of one piece. */
export const line = (text: string, tone: Tone | null = null): Line => [span(text, tone)];

export const emptyLine: Line = [];

export const widthOfLine = (spans: Line): number => spans.reduce((width, { text }) => width + widthOf(text), 0);

/** A text of several lines, inert, each line in the same tone. */
export const lines = (text: string, tone: Tone | null = null): Line[] =>
  inert(text)
    .split("\n")
    .map((each) => line(each.replaceAll("\t", "    "), tone));

/** As `lines`, those that are wider than `width` columns broken. */
export const folded = (text: string, width: number): Line[] =>
  lines(text).flatMap((each) => fold(plain(each), width).map((part) => line(part)));

/** Every line moved to the right. */
export const indent = (block: readonly Line[], columns = 2): Line[] =>
  block.map((each) => (each.length === 0 ? each : [span(" ".repeat(columns)), ...each]));

/** Blocks below each other, an empty line between; empty ones are left out. */
export const stacked = (...blocks: readonly (readonly Line[])[]): Line[] =>
  blocks.filter((block) => block.length > 0).flatMap((block, index) => (index === 0 ? block : [emptyLine, ...block]));

/** The line in at most `width` columns. */
export function truncateLine(spans: Line, width: number): Line {
  if (widthOfLine(spans) <= width) return spans;
  const kept: Span[] = [];
  let left = width;
  for (const each of spans) {
    const needed = widthOf(each.text);
    if (needed >= left) {
      kept.push({ ...each, text: truncate(`${each.text}…`, left) });
      break;
    }
    kept.push(each);
    left -= needed;
  }
  return kept;
}

const codes: Readonly<Record<Tone, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 };

const paintSpan = ({ text, tone }: Span): string =>
  tone === null || text === "" ? text : `\u001b[${codes[tone]}m${text}\u001b[0m`;

/** The line as it is written, without its trailing spaces when plain. */
export const paint = (spans: Line, color: boolean): string => (color ? spans.map(paintSpan).join("") : plain(spans));

/** The line's text. */
export const plain = (spans: Line): string =>
  spans
    .map(({ text }) => text)
    .join("")
    .trimEnd();
