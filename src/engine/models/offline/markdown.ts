/** Text that comes from a repository, made safe to stand in Markdown and in Mermaid. Plain and deterministic. */

/** Characters that would be seen as nothing or as something else: shown by their number. */
const showHidden = (text: string): string =>
  text.replace(/[\p{C}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** One line of Markdown that reads exactly as the text, in a table cell too. */
export function escapeMarkdown(text: string): string {
  return showHidden(text)
    .replace(/[\\`*_[\]#~|$]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/:(?=\/\/)/g, "&#58;")
    .replace(/@/g, "&#64;")
    .replace(/^( *)([-+=]|\d+[.)])/, (_, spaces: string, marker: string) => `${spaces}${numbered(marker)}`);
}

/** The last character of a list marker by its number, so that no list starts. */
const numbered = (marker: string): string => `${marker.slice(0, -1)}&#${marker.charCodeAt(marker.length - 1)};`;

/** A path or a name: as code where it is plain, escaped where it is not. */
export const code = (text: string): string =>
  /^[\p{L}\p{N}./_@+=,-](?:[\p{L}\p{N} ./_@+=,()-]*[\p{L}\p{N}./_@+=,()-])?$/u.test(text)
    ? `\`${text}\``
    : escapeMarkdown(text);

/** Prose of a file, on one line and cut. */
export function prose(text: string, max: number): string {
  const line = [...text.replace(/\s+/gu, " ").trim()];
  return escapeMarkdown(line.length > max ? `${line.slice(0, max).join("").trimEnd()}…` : line.join(""));
}

/** A GitHub-flavoured table; the cells are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [row(header), row(header.map(() => "---")), ...rows.map(row)].join("\n");
}

export const bullets = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");

/** A link whose target is a path relative to the page. */
export const link = (text: string, target: string): string =>
  `[${escapeMarkdown(text)}](${target.split("/").map(encodeURIComponent).join("/").replace(/[()]/g, percent)})`;

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16)}`;

/** A name inside a quoted Mermaid label: everything but letters, digits and a few plain signs by its number. */
export function escapeMermaid(text: string): string {
  const escaped = showHidden(text).replace(/[^\p{L}\p{N} ./-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
  return escaped
    .replace(/\.(?=\s)/g, "#46;")
    .replace(/^-/, "#45;")
    .replace(/^ | $/g, "#32;");
}

export interface MermaidChild {
  /** As it is in the repository. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** A flowchart of a root and what is below it. */
export function mermaidTree(root: string, children: readonly MermaidChild[]): string {
  const nodes = children.map(
    (child, index) =>
      `  root --> n${index}["${escapeMermaid(child.name)} (${counted(child.files, "file")}, ${size(child.bytes)})"]`,
  );
  return ["```mermaid", "flowchart LR", `  root["${escapeMermaid(root)}"]`, ...nodes, "```"].join("\n");
}

export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** Bytes for a person: `812 B`, `3.4 kB`, `12.0 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? "TB"}`;
}

/** Sections of a page, a blank line between them; empty ones are left out. */
export const page = (sections: readonly string[]): string =>
  `${sections.filter((section) => section !== "").join("\n\n")}\n`;
