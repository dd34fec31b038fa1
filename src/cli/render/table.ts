import { type Line, span, truncateLine, widthOfLine } from "./line.ts";

export interface Column {
  /** Shown dimmed above the column. */
  readonly title: string;
  readonly align: "left" | "right";
  /** Columns of the terminal that it takes at least, so that a table that is drawn again keeps its shape. */
  readonly atLeast: number;
  /** Where there is no room for all, the highest goes first; null: it stays. */
  readonly spare: number | null;
  /** Columns of the terminal that its cells may be cut to where there is no room; null: never. */
  readonly cutTo: number | null;
  /** Cut rather than that another column is left out. */
  readonly cutFirst: boolean;
}

export const left = (title: string, atLeast = 0): Column => ({
  title,
  align: "left",
  atLeast,
  spare: null,
  cutTo: null,
  cutFirst: false,
});
export const right = (title: string, atLeast = 0): Column => ({ ...left(title, atLeast), align: "right" });

/** The column, left out where there is no room for all; the highest rank goes first. */
export const spare = (rank: number, column: Column): Column => ({ ...column, spare: rank });

/** The column, cut to no less than `width` before another one is left out. */
export const elastic = (width: number, column: Column): Column => ({ ...column, cutTo: width, cutFirst: true });

/** The column, cut to no less than `width` when no other can be left out any more. */
export const pliable = (width: number, column: Column): Column => ({ ...column, cutTo: width });

const GAP = 2;

type Row = readonly Line[];

/**
 * Aligned columns below their titles, in at most `width` columns of the terminal. A row has one cell for each column; the
 * last cell of a row is not padded.
 */
export function table(columns: readonly Column[], rows: readonly Row[], width = Number.POSITIVE_INFINITY): Line[] {
  const titles = columns.map(({ title }) => [span(title, "dim")]);
  const all = columns.every(({ title }) => title === "") ? rows : [titles, ...rows];
  const widths = columns.map(({ atLeast }, index) =>
    Math.max(atLeast, ...all.map((row) => widthOfLine(row[index] ?? []))),
  );
  const kept = keptColumns(columns, widths, width);
  const pick = <T>(list: readonly T[]): T[] =>
    kept.flatMap((index) => {
      const each = list[index];
      return each === undefined ? [] : [each];
    });
  const room = cutWidths(pick(columns), pick(widths), width);
  return all.map((row) =>
    truncateLine(
      layOut(
        pick(columns),
        room,
        kept.map((index) => row[index] ?? []),
      ),
      width,
    ),
  );
}

const widthOfAll = (widths: readonly number[]): number =>
  widths.reduce((sum, each) => sum + each, 0) + GAP * Math.max(0, widths.length - 1);

/** What a column takes at least, whose widest cell takes `width`. */
const leastOf = (column: Column, width: number): number => Math.min(width, column.cutTo ?? width);

/** Indexes of the columns that there is room for. */
function keptColumns(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  let kept = columns.map((_, index) => index);
  const spareOf = (index: number): number => columns[index]?.spare ?? Number.NEGATIVE_INFINITY;
  const needed = () =>
    widthOfAll(
      kept.map((index) => {
        const column = columns[index];
        const each = widths[index] ?? 0;
        return column?.cutFirst === true ? leastOf(column, each) : each;
      }),
    );
  while (needed() > width) {
    const next = kept.reduce((most, index) => (spareOf(index) > spareOf(most) ? index : most), kept[0] ?? 0);
    if (spareOf(next) === Number.NEGATIVE_INFINITY) return kept;
    kept = kept.filter((index) => index !== next);
  }
  return kept;
}

/** Takes what is too much from the columns that may be cut, the last of them first. */
function cutWidths(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  let excess = widthOfAll(widths) - width;
  return widths
    .map((each, index) => ({ each, column: columns[index] }))
    .toReversed()
    .map(({ each, column }) => {
      const least = column === undefined ? each : leastOf(column, each);
      const cut = Math.max(0, Math.min(each - least, excess));
      excess -= cut;
      return each - cut;
    })
    .toReversed();
}

function layOut(columns: readonly Column[], widths: readonly number[], row: Row): Line {
  const last = row.findLastIndex((cell) => widthOfLine(cell) > 0);
  return columns.slice(0, last + 1).flatMap((column, index) => {
    const cell = truncateLine(row[index] ?? [], widths[index] ?? 0);
    const padding = span(" ".repeat((widths[index] ?? 0) - widthOfLine(cell)));
    const gap = index === 0 ? [] : [span(" ".repeat(GAP))];
    if (column.align === "right") return [...gap, padding, ...cell];
    return index === last ? [...gap, ...cell] : [...gap, ...cell, padding];
  });
}
