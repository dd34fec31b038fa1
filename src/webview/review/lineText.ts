import type { DiffLine } from "../../protocol/records.ts";
import { visible } from "../shared/visible.ts";

export interface Piece {
  readonly text: string;
  readonly className: string | null;
}

/** Longer lines are cut: nobody reads them here, and they would hold the page up. */
const LONGEST = 5_000;

/**
 * A line as it is drawn: what nobody sees by its number, blanks at the end of what was changed and a carriage return there
 * marked, the end of an overlong line left out.
 */
export function piecesOf({ text, kind }: Pick<DiffLine, "text" | "kind">): readonly Piece[] {
  const hasReturn = text.endsWith("\r");
  const shown = hasReturn ? text.slice(0, -1) : text;
  if (shown.length > LONGEST) {
    const left = (shown.length - LONGEST).toLocaleString("en-US");
    return [plain(visible(shown.slice(0, LONGEST))), { text: `… ${left} characters more`, className: "cut" }];
  }
  const body = kind === "context" ? shown : shown.replace(/[ \t]+$/, "");
  const blanks = shown.slice(body.length);
  return [
    plain(visible(body)),
    ...(blanks === "" ? [] : [{ text: blanks, className: "blanks" }]),
    ...(hasReturn && kind !== "context" ? [{ text: "␍", className: "return" }] : []),
  ];
}

const plain = (text: string): Piece => ({ text, className: null });
