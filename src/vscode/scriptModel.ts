import { isAbsolute, relative, sep } from "node:path";

/** The model that plays `file` (absolute): named from `folder` where it lies in it, else by its whole path. */
export function scriptModel(file: string, folder: string | undefined): string {
  const inside = folder === undefined ? "" : relative(folder, file);
  const isInside = inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
  return `script/${isInside ? inside.split(sep).join("/") : file}`;
}
