import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A line that git begins or ends a conflict with. */
const MARKER = /^(?:<{7}|>{7}|\|{7})(?: |\r?$)/m;

/** Whether a conflict stands in a text. */
export const isMarked = (text: string): boolean => MARKER.test(text);

/** Those of some files in which a conflict stands. A file that isn't there, or can't be read, has none. */
export async function markedFiles(root: string, files: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "latin1").catch(() => "")));
  return files.filter((_, index) => isMarked(texts[index] ?? ""));
}
