/**
 * Where a line of one version of a file stands in another one; both count from 1. What is the same before and behind all
 * that differs keeps its place; in between, the nearest line that reads the same, or else where the difference begins.
 */
export function relocate(from: readonly string[], to: readonly string[], line: number): number {
  const at = clamp(line, from.length);
  const shorter = Math.min(from.length, to.length);
  const before = common(shorter, (index) => from[index] === to[index]);
  if (at <= before) return at;
  const behind = common(shorter - before, (index) => from.at(-1 - index) === to.at(-1 - index));
  if (at > from.length - behind) return to.length - (from.length - at);
  return nearest(from[at - 1], to, before + 1, to.length - behind, at) ?? clamp(before + 1, to.length);
}

/** From 1 to the last line of a file that has so many. */
export const clamp = (line: number, lines: number): number => Math.max(1, Math.min(line, lines));

function common(most: number, isSame: (index: number) => boolean): number {
  let count = 0;
  while (count < most && isSame(count)) count++;
  return count;
}

/** Of the lines `first` to `last` that read so, the one nearest to `line`. */
function nearest(
  text: string | undefined,
  lines: readonly string[],
  first: number,
  last: number,
  line: number,
): number | undefined {
  let found: number | undefined;
  for (let each = first; each <= last; each++) {
    if (lines[each - 1] === text && (found === undefined || Math.abs(each - line) < Math.abs(found - line)))
      found = each;
  }
  return found;
}
