import type { Refusal } from "../../base/errors.ts";
import { failWith, type ToolOutcome } from "./tool.ts";

/** At most so many bytes of one tool result: what is longer is paged. */
export const MAX_RESULT_BYTES = 64 * 1024;

export const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");

/** Names that would break a line-by-line format, or could be taken for part of it. */
const ODD_NAME = /[\p{C}"\\\u2028\u2029]| {2}|^ | $|:\d+:/u;

/** A path as one word of a result: as it is, or as a JSON string where it holds odd characters. */
export const quotePath = (path: string): string => (ODD_NAME.test(path) ? JSON.stringify(path) : path);

/** The first `max` characters, with a mark where something was cut. Never cuts a character in two. */
export function cutLine(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max;
  return `${text.slice(0, end)} […${text.length - end} characters cut]`;
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export const failRefused = (refusal: Refusal): ToolOutcome => failWith(`${refusal.code}: ${refusal.message}`);

/** Leading lines that fit into `MAX_RESULT_BYTES`, at least one. */
export function fittingLines(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += bytesOf(line) + 1;
    if (bytes > MAX_RESULT_BYTES && index > 0) return lines.slice(0, index);
  }
  return lines;
}
