import { type Line, line, paint, truncateLine } from "./render/line.ts";
import { plural } from "./render/text.ts";
import type { OutputStream, Terminal } from "./terminal.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_BELOW = "\u001b[0J";
const CLEAR_LINE_END = "\u001b[0K";
const upBy = (rows: number): string => (rows === 0 ? "\r" : `\u001b[${rows}A\r`);

/** Gives the cursor back where a drawing could not be closed. */
export const showCursor = (stream: OutputStream): void => void stream.write(SHOW_CURSOR);

/** Lines at the bottom of the terminal that are drawn again in place. */
export interface Live {
  /** Shows `block` instead of what was shown, cut to the terminal's width and height. */
  draw(block: readonly Line[]): void;
  /** Takes everything off the screen and gives the cursor back. Safe to repeat. */
  close(): void;
}

/** Needs a terminal that can redraw. What is printed meanwhile goes above the lines. */
export function createLive(terminal: Terminal): Live {
  let shown: readonly string[] | null = null;
  const erase = () => (shown === null ? "" : `${upBy(shown.length)}${CLEAR_BELOW}`);
  const write = (rows: readonly string[]) => rows.map((row) => `${row}${CLEAR_LINE_END}\n`).join("");

  terminal.setRegion({
    aside(writeAside) {
      terminal.control(erase());
      writeAside();
      terminal.control(write(shown ?? []));
    },
  });

  return {
    draw(block) {
      const rows = visible(block, terminal).map((each) => paint(each, terminal.color));
      if (shown !== null && rows.length === shown.length && rows.every((row, index) => row === shown?.[index])) return;
      const start = shown === null ? HIDE_CURSOR : upBy(shown.length);
      terminal.control(`${start}${write(rows)}${CLEAR_BELOW}`);
      shown = rows;
    },
    close() {
      terminal.setRegion(null);
      if (shown !== null) terminal.control(`${erase()}${SHOW_CURSOR}`);
      shown = null;
    },
  };
}

/** The first lines that fit, and how many more there are; each one column short of the edge, where some terminals wrap. */
function visible(block: readonly Line[], terminal: Terminal): Line[] {
  const { columns, rows } = terminal.size();
  const room = Math.max(1, rows - 1);
  const kept = block.length <= room ? block : block.slice(0, room - 1);
  const rest = block.length - kept.length;
  const all = rest === 0 ? kept : [...kept, line(`… and ${plural(rest, "more line")}`, "dim")];
  return all.map((each) => truncateLine(each, Math.max(1, columns - 1)));
}
