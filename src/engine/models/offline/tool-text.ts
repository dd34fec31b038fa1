/** Reads what the tools answer. Their formats are stated beside each tool; a line that has none of them is passed over. */

export interface ListedFile {
  readonly kind: "file";
  readonly path: string;
  /** Bytes; null where there is no size. */
  readonly size: number | null;
}

export interface ListedFolder {
  readonly kind: "folder";
  /** Without the last `/`. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page starts; null on the last one. */
  readonly next: number | null;
  /** Of all pages, where the tool says so. */
  readonly total: number | null;
}

const ENTRY = /^([DF]) {2}("(?:[^"\\]|\\.)*"|.+?) {2}(?:(\d+) files? {2})?(?:(\d+) bytes?|unknown size)$/;
const MORE = /^… (?:(\d+) of (\d+) entries|more matches); go on with offset=(\d+)$/;
const MATCH = /^("(?:[^"\\]|\\.)*"|.+?):(\d+): (.*)$/;
const HIRED = /^Hired "([^"]+)" \(id ([^)\s]+)\)/;

function unquote(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}

function parsePage<T>(text: string, parse: (line: string) => T | undefined): Page<T> {
  const lines = text.split("\n");
  const more = MORE.exec(lines.at(-1) ?? "");
  const items = lines.map(parse).filter((item) => item !== undefined);
  return {
    items,
    next: more === null ? null : Number(more[3]),
    total: more?.[2] === undefined ? null : Number(more[2]),
  };
}

export const parseListing = (text: string): Page<ListedFile | ListedFolder> => parsePage(text, parseEntry);

function parseEntry(line: string): ListedFile | ListedFolder | undefined {
  const match = ENTRY.exec(line);
  if (match === null) return undefined;
  const [, kind, name = "", files, bytes] = match;
  const path = unquote(name);
  if (kind === "F") return { kind: "file", path, size: bytes === undefined ? null : Number(bytes) };
  return { kind: "folder", path: path.replace(/\/$/, ""), files: Number(files ?? 0), bytes: Number(bytes ?? 0) };
}

export interface FoundLine {
  readonly path: string;
  readonly text: string;
}

export const parseMatches = (text: string): Page<FoundLine> => parsePage(text, parseMatch);

function parseMatch(line: string): FoundLine | undefined {
  const match = MATCH.exec(line);
  return match === null ? undefined : { path: unquote(match[1] ?? ""), text: match[3] ?? "" };
}

/** The text of a file without the line that names it. */
export const parseRead = (text: string): string => text.split("\n").slice(1).join("\n");

export function parseHired(text: string): { name: string; id: string } | undefined {
  const match = HIRED.exec(text);
  return match === null ? undefined : { name: match[1] ?? "", id: match[2] ?? "" };
}
