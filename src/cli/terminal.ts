import { jsonText } from "./render/json.ts";
import { type Line, paint } from "./render/line.ts";
import { oneLine } from "./render/text.ts";

/** The part of a process' stream that is used. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** What the environment says about colours and redrawing, by the names that are usual. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Something drawn at the bottom of the terminal that other output must not run into. */
export interface Region {
  /** Takes it off the screen, runs `write`, and draws it again. */
  aside(write: () => void): void;
}

/** Where a command's output goes. Lines are inert by how they are made; `raw` and `json` are for other programs. */
export interface Terminal {
  /** Somebody looks at standard output. */
  readonly isScreen: boolean;
  /** Standard output can be redrawn. */
  readonly canRedraw: boolean;
  readonly color: boolean;
  size(): { readonly columns: number; readonly rows: number };
  /** Columns that what is printed should keep to: without limit where nobody looks. */
  width(): number;
  print(...block: readonly Line[]): void;
  /** The same, of as many lines as there may be. */
  printAll(block: readonly Line[]): void;
  /** Writes a document to standard output, as it is. */
  raw(text: string): void;
  json(value: unknown): void;
  /** One line on standard error, after the program's name. */
  complain(message: string): void;
  /** One line on standard error. */
  note(text: string): void;
  /** Output of the live renderer, and the region that it keeps free. */
  control(text: string): void;
  setRegion(region: Region | null): void;
}

export interface TerminalOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly variables: Variables;
  readonly noColor: boolean;
}

export function createTerminal({ stdout, stderr, variables, noColor }: TerminalOptions): Terminal {
  const isScreen = stdout.isTTY === true;
  const dumb = variables.TERM === "dumb";
  const color = !noColor && wantsColor(variables, isScreen && !dumb);
  let region: Region | null = null;
  const beside = (write: () => void) => (region === null ? write() : region.aside(write));
  const note = (text: string) => beside(() => stderr.write(`${oneLine(text)}\n`));
  const printAll = (block: readonly Line[]) =>
    beside(() => stdout.write(block.map((each) => `${paint(each, color)}\n`).join("")));
  return {
    isScreen,
    canRedraw: isScreen && !dumb && !isSet(variables.CI),
    color,
    size: () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 }),
    width: () => (isScreen ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY),
    print: (...block) => printAll(block),
    printAll,
    raw: (text) => void stdout.write(text),
    json: (value) => void stdout.write(jsonText(value)),
    complain: (message) => note(`banyan: ${message}`),
    note,
    control: (text) => void stdout.write(text),
    setRegion: (next) => {
      region = next;
    },
  };
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "";

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, that over what the stream is. */
function wantsColor(variables: Variables, usual: boolean): boolean {
  if (isSet(variables.NO_COLOR)) return false;
  const forced = variables.FORCE_COLOR;
  return isSet(forced) ? forced !== "0" : usual;
}
