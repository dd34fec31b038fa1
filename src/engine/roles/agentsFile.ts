import type { Result } from "../../base/errors.ts";
import { ok } from "../../base/errors.ts";
import { readInside } from "./files.ts";
import { readableText } from "./text.ts";

/** What the project tells every agent. */
export const AGENTS_FILE = "AGENTS.md";

const LONGEST = 32 * 1024;

export interface Instructions {
  /** Null where there is no such file, or nothing in it. */
  readonly text: string | null;
  readonly warning: string | undefined;
}

/** The first 32 KB of AGENTS.md, with a note where it is cut. */
export async function readInstructions(realRoot: string): Promise<Result<Instructions>> {
  const content = await readInside(realRoot, AGENTS_FILE, LONGEST);
  if (!content.ok) return content;
  if (content.value === undefined) return ok({ text: null, warning: undefined });
  const { bytes, size } = content.value;
  const isCut = size > LONGEST;
  const readable = readableText(isCut ? wholeCharacters(bytes) : bytes);
  if (!readable.ok) return readable;
  const text = readable.value.text.trim();
  if (text === "") return ok({ text: null, warning: undefined });
  return ok({
    text: isCut
      ? `${text}\n\n[Cut here: ${AGENTS_FILE} has ${Math.ceil(size / 1024)} KB, of which agents get 32.]`
      : text,
    warning: isCut
      ? `${AGENTS_FILE}: has ${Math.ceil(size / 1024)} KB: agents get the first 32`
      : unseenIn(readable.value),
  });
}

const unseenIn = ({ unseenLine }: { readonly unseenLine: number | undefined }): string | undefined =>
  unseenLine === undefined ? undefined : `${AGENTS_FILE}:${unseenLine}: characters that nobody sees were left out`;

/** Without the last character of UTF-8 where it was cut. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let start = bytes.length;
  while (start > 0 && start > bytes.length - 4) {
    start--;
    const byte = bytes[start] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return start + length > bytes.length ? bytes.subarray(0, start) : bytes;
    }
  }
  return bytes;
}
