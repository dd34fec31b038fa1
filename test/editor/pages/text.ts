/** Matches a whole label: a string as it stands, without regard to surrounding blanks; a pattern as it is. */
export function exactly(label: string | RegExp): RegExp {
  return label instanceof RegExp ? label : new RegExp(`^\\s*${escaped(label)}\\s*$`);
}

/** Matches a title that is `words`, or `words: more`. */
export function titled(words: string): RegExp {
  return new RegExp(`^\\s*${escaped(words)}\\s*(:|$)`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "\\s");
}

/** VS Code draws blanks as no-break spaces in editors and trees. */
export function plainSpaces(text: string): string {
  return text.replaceAll("\u00a0", " ");
}
