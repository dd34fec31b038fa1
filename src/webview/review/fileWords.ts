import type { FileReview, ReviewFile } from "../../protocol/records.ts";

/** How the view says what files are. Pure. */

export const statusLetters: Readonly<Record<ReviewFile["status"], string>> = {
  added: "A",
  modified: "M",
  deleted: "D",
  renamed: "R",
};

export const statusWords: Readonly<Record<ReviewFile["status"], string>> = {
  added: "Added",
  modified: "Modified",
  deleted: "Deleted",
  renamed: "Renamed",
};

const KILO = 1024;

/** `512 bytes`, `12 KB`, `3.4 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < KILO) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const units = ["KB", "MB", "GB", "TB"] as const;
  let value = bytes / KILO;
  let unit = 0;
  for (; value >= KILO && unit < units.length - 1; unit++) value /= KILO;
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${units[unit]}`;
}

/** `12 KB → 14 KB`; of a file that is in one version only, its size there. */
export function sizesText({ baseSize, workSize }: Pick<ReviewFile, "baseSize" | "workSize">): string {
  return [baseSize, workSize].flatMap((size) => (size === null ? [] : [sizeText(size)])).join(" → ");
}

const modeWords: Readonly<Record<string, string>> = {
  "100644": "file",
  "100755": "program",
  "120000": "symbolic link",
  "160000": "submodule",
};
const modeText = (mode: string): string => `${modeWords[mode] ?? "mode"} (${mode})`;

type Described = Pick<ReviewFile, "status" | "previousPath" | "baseMode" | "workMode" | "baseSize" | "workSize">;

/** What there is to say of a file beside its lines, one line each. */
export function notesOf(file: Described, lines: Pick<FileReview, "hunks" | "omitted"> | null): readonly string[] {
  return [...modeNotes(file), ...(lines === null ? [] : omittedNotes(file, lines))];
}

function modeNotes({ baseMode, workMode }: Described): readonly string[] {
  if (baseMode !== null && workMode !== null && baseMode !== workMode) {
    return [`Was a ${modeText(baseMode)}, is a ${modeText(workMode)}.`];
  }
  const mode = workMode ?? baseMode;
  if (mode === "120000") return ["A symbolic link: its line is where it leads."];
  return mode === "100755" && baseMode === null ? [`A ${modeText(mode)}.`] : [];
}

function omittedNotes(file: Described, { hunks, omitted }: Pick<FileReview, "hunks" | "omitted">): readonly string[] {
  const sizes = sizesText(file);
  switch (omitted) {
    case "binary":
      return [sizes === "" ? "Binary file." : `Binary file, ${sizes}.`];
    case "large":
      return [`Too large to be shown here${sizes === "" ? "" : `, ${sizes}`}: the diff editor shows it.`];
    case "submodule":
      return ["Submodule: it names another commit."];
    case null:
      if (hunks.length > 0) return [];
      if (file.status === "renamed") return ["Renamed; its text is the same."];
      return file.baseMode !== file.workMode && file.baseMode !== null && file.workMode !== null
        ? []
        : ["An empty file."];
  }
}

/** A path as its folder and its name. */
export function partsOf(path: string): { readonly folder: string; readonly name: string } {
  const end = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, end), name: path.slice(end) };
}

/** `a.ts, b.ts and 3 more`. */
export function pathsText(paths: readonly string[], most = 4): string {
  const shown = paths.slice(0, most).join(", ");
  return paths.length <= most ? shown : `${shown} and ${paths.length - most} more`;
}
