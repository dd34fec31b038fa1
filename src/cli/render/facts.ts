import { type Line, span, widthOfLine } from "./line.ts";

/** A heading and what belongs to it: one line or several. */
export interface Fact {
  readonly title: string;
  readonly value: readonly Line[];
}

/** A fact whose value is one line. */
export const fact = (title: string, ...value: Line): Fact => ({ title, value: [value] });

const GAP = 3;

/** Facts below each other, their values aligned; one without a value is left out. */
export function factLines(facts: readonly Fact[]): Line[] {
  const told = facts.filter(({ value }) => value.some((each) => widthOfLine(each) > 0));
  const width = Math.max(0, ...told.map(({ title }) => title.length)) + GAP;
  return told.flatMap(({ title, value }) =>
    value.map((each, index) => [span((index === 0 ? title : "").padEnd(width), "dim"), ...each]),
  );
}
