import type { OutputStream } from "../../../../src/cli/terminal.ts";

/** A stream that keeps what is written. */
export interface FakeStream extends OutputStream {
  readonly written: readonly string[];
  text(): string;
}

export function createStream(options: { isTTY?: boolean; columns?: number; rows?: number } = {}): FakeStream {
  const written: string[] = [];
  return { ...options, written, write: (text) => written.push(text), text: () => written.join("") };
}

const ESC = "\u001b";
const CONTROL = new RegExp(`(${ESC}\\[[?\\d;]*[A-Za-z]|\\n|\\r)`);

/**
 * What a terminal shows after `text`: the screen's lines, by the few control sequences that the live renderer uses, and
 * whether the cursor is visible. Throws on any other.
 */
export function screenOf(text: string): { readonly lines: readonly string[]; readonly cursor: boolean } {
  const lines: string[] = [""];
  let row = 0;
  let column = 0;
  let cursor = true;
  for (const token of text.split(CONTROL).filter((each) => each !== "")) {
    const current = lines[row] ?? "";
    if (token === "\n") lines[++row] ??= "";
    if (token === "\n" || token === "\r") column = 0;
    else if (token === "\u001b[?25l" || token === "\u001b[?25h") cursor = token.endsWith("h");
    else if (token === "\u001b[0K" || token === "\u001b[0J") lines[row] = current.slice(0, column);
    else if (token.endsWith("A") && token.startsWith("\u001b")) row -= Number.parseInt(token.slice(2), 10);
    else if (token.startsWith("\u001b")) throw new Error(`unexpected control sequence ${JSON.stringify(token)}`);
    else {
      lines[row] = current.slice(0, column) + token + current.slice(column + token.length);
      column += token.length;
    }
    if (token === "\u001b[0J") lines.splice(row + 1);
    if (row < 0) throw new Error("the cursor went above the screen");
  }
  return { lines, cursor };
}
