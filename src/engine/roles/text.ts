import { ok, type Result, refuse } from "../../base/errors.ts";
import { unseenCharacters } from "../../base/text.ts";

/** On one line, and cut between words where it is longer than `longest` characters. */
export function shortened(text: string, longest: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= longest) return line;
  const cut = line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, "");
  return `${cut.replace(/\s+\S{0,20}$/, "")}…`;
}

export interface ReadableText {
  /** Lines end in `\n`; nothing in it is unseen. */
  readonly text: string;
  /** The line of the first character that nobody sees, and that was left out; undefined where there was none. */
  readonly unseenLine: number | undefined;
}

/** Bytes as the text that a person sees in them. Refuses what is no UTF-8 or holds NUL, with the place. */
export function readableText(bytes: Uint8Array): Result<ReadableText> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("bad_input", "is no text in UTF-8: save it as UTF-8");
  }
  const lines = text.replace(/\r\n?/g, "\n");
  const nul = lines.indexOf("\0");
  if (nul !== -1) return refuse("bad_input", `holds a NUL character on line ${lineAt(lines, nul)}: it is no text`);
  const unseen = lines.search(unseenCharacters);
  const unseenLine = unseen === -1 ? undefined : lineAt(lines, unseen);
  return ok({ text: lines.replace(unseenCharacters, ""), unseenLine });
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
