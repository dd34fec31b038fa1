import { createHash } from "node:crypto";
import { formatCount } from "./figures.ts";

/** Bytes up to which a file is shown in a diff. */
export const MAX_SHOWN = 5 * 1024 * 1024;
/** Git, too, looks for a NUL in so many first bytes to tell a binary file. */
const SNIFFED = 8000;

/** A file of a commit as the text that a diff shows: itself, or for a binary or very large one a line that stands for it. */
export function shownText(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return "";
  if (bytes.subarray(0, SNIFFED).includes(0)) return standIn("Binary file", bytes);
  if (bytes.byteLength > MAX_SHOWN) return standIn("Large file", bytes);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Differs whenever the bytes do, so that a change still shows as one. */
function standIn(what: string, bytes: Uint8Array): string {
  const digest = createHash("sha256").update(bytes).digest("hex");
  return `${what}, ${formatCount(bytes.byteLength)} bytes, SHA-256 ${digest}: not shown here.\n`;
}
