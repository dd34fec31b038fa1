import { type Line, span, widthOfLine } from "./line.ts";

export interface Column {
  /** Shown dimmed above the column. */
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns of the terminal that it takes at least, so that a table that is drawn again keeps its shape. */
  readonly atLeast: number;
}

export const left = (title: string, atLeast = 0): Column => ({ title, align: "left", atLeast });
export const right = (title: string, atLeast = 0): Column => ({ title, align: "right", atLeast });

const GAP = 2;

/** Aligned columns below their titles. A row has one cell for each column; the last cell of a row is not padded. */
export function table(columns: readonly Column[], rows: readonly (readonly Line[])[]): Line[] {
  const titles = columns.map(({ title }) => [span(title, "dim")]);
  const all = columns.every(({ title }) => title === "") ? rows : [titles, ...rows];
  const widths = columns.map(({ atLeast }, index) =>
    Math.max(atLeast, ...all.map((row) => widthOfLine(row[index] ?? []))),
  );
  return all.map((row) => layOut(columns, widths, row));
}

function layOut(columns: readonly Column[], widths: readonly number[], row: readonly Line[]): Line {
  const last = row.findLastIndex((cell) => widthOfLine(cell) > 0);
  return columns.slice(0, last + 1).flatMap((column, index) => {
    const cell = row[index] ?? [];
    const padding = span(" ".repeat((widths[index] ?? 0) - widthOfLine(cell)));
    const gap = index === 0 ? [] : [span(" ".repeat(GAP))];
    if (column.align === "right") return [...gap, padding, ...cell];
    return index === last ? [...gap, ...cell] : [...gap, ...cell, padding];
  });
}
