import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Content, type FileDeed, LINES } from "./deeds.ts";

/** What somebody does to files: an agent in its worktree, the user in the checkout. */

/** A text of which one line is another; the line's own number where `line` is none. */
const linesWith = (line: number, value: number): string =>
  Array.from({ length: LINES }, (_, index) => (index === line ? `value ${value}` : `line ${index}`))
    .map((text) => `${text}\n`)
    .join("");

export const PLAIN_LINES = linesWith(-1, 0);

/** Nothing below a file or a link, and no folder where there is one: such a deed is none. */
export function doFile(root: string, deed: FileDeed): void {
  if (!canStand(root, deed.path)) return;
  const file = join(root, deed.path);
  if (deed.do === "delete") rmSync(file, { recursive: true, force: true });
  else if (deed.do === "rename") rename(root, deed.path, deed.to);
  else writeAnew(file, deed);
}

function writeAnew(file: string, { content, executable }: Extract<FileDeed, { do: "write" }>): void {
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory() === true || there?.isSymbolicLink() === true) rmSync(file, { recursive: true });
  mkdirSync(dirname(file), { recursive: true });
  if (content.kind === "link") writeLink(file, content.value);
  else writeFileSync(file, bytesOf(file, content));
  if (executable && content.kind !== "link") chmodSync(file, 0o755);
}

function canStand(root: string, path: string): boolean {
  const parts = path.split("/");
  return parts.slice(0, -1).every((_, depth) => {
    const stats = lstatSync(join(root, ...parts.slice(0, depth + 1)), { throwIfNoEntry: false });
    return stats === undefined || stats.isDirectory();
  });
}

function rename(root: string, from: string, to: string): void {
  const [source, target] = [join(root, from), join(root, to)];
  if (!existsSync(source) || existsSync(target) || !canStand(root, to) || `${to}/`.startsWith(`${from}/`)) return;
  mkdirSync(dirname(target), { recursive: true });
  renameSync(source, target);
}

function writeLink(file: string, value: number): void {
  rmSync(file, { force: true });
  symlinkSync(["b.txt", "../outside", "nowhere", "dir"][value % 4] ?? "b.txt", file);
}

/** Of a text that is there one line is changed, so that what others changed in it stays. */
function bytesOf(file: string, content: Exclude<Content, { kind: "link" }>): string | Uint8Array {
  if (content.kind === "empty") return "";
  if (content.kind === "short") return `${content.value}\n`;
  if (content.kind === "binary") return Buffer.from([0, content.value, 255, 10, 0, 13]);
  const lines = existsSync(file) ? readFileSync(file, "latin1").split("\n") : [];
  const text = lines.length === LINES + 1 ? lines : PLAIN_LINES.split("\n");
  return text.with(content.line, `value ${content.value}`).join("\n");
}
