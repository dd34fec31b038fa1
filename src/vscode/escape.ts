import { unseenCharacters } from "../base/text.ts";

/**
 * Text that a model, a file or a peer made is shown in Markdown, notifications and labels. These make it plain there:
 * no markup, no links, no icons, no line breaks where one line is meant.
 */

/** `text` on one line, at most `limit` characters long. */
export function oneLine(text: string, limit: number): string {
  return cut(text.replace(unseenCharacters, " ").replace(/\s+/g, " ").trim(), limit);
}

/** `text` as a sentence of its own. */
export function asSentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return begun === "" || /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

/** `text` cut to `limit` characters, with an ellipsis where something was left out. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = limit - 1;
  const splitsPair = /[\ud800-\udbff]/.test(text.charAt(end - 1));
  return `${text.slice(0, splitsPair ? end - 1 : end)}…`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Markdown that shows one line of `text` as it is: HTML, links (also bare ones), icons and formulas stay text. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(unseenCharacters, "")
    .replace(/[\r\n\t]+/g, " ")
    .replace(/[\\`*_{}[\]()#+\-.!|~$=:^@]/g, "\\$&")
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

/** A Markdown quotation of `text`, line by line, at most `limit` characters of it. */
export function quote(text: string, limit: number): string {
  return plainLines(text, limit)
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** Markdown that shows `text` as it is, line by line, at most `limit` characters of it. */
export const paragraphs = (text: string, limit: number): string => plainLines(text, limit).join("\n");

const HARD_BREAK = "  ";

const plainLines = (text: string, limit: number): readonly string[] =>
  cut(text.trim(), limit)
    .split(/\r\n|\r|\n/)
    .map(plainLine);

function plainLine(line: string): string {
  const expanded = line.replace(/\t/g, "  ");
  const indent = expanded.length - expanded.trimStart().length;
  const shown = "&nbsp;".repeat(Math.min(indent, 40)) + escapeMarkdown(expanded.trim());
  return shown === "" ? "" : `${shown}${HARD_BREAK}`;
}

/** A Markdown code span that shows one line of `text` as it is. */
export function codeSpan(text: string, limit = 200): string {
  const line = oneLine(text, limit);
  if (line === "") return "";
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((run) => run[0].length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** One line for a notification or a dialog, which would make `[text](command:…)` a link that runs a command. */
export function noticeText(text: string): string {
  return oneLine(text, 400).replace(/\]\(/g, "] (");
}
