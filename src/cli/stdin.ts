import { ok, type Result, refuse } from "../base/errors.ts";

/** What is piped into the program, in pieces. */
export type InputStream = AsyncIterable<Uint8Array | string>;

/** All of a text in UTF-8, without a line break at its end. Refuses one of more than `maxBytes`, and what is no text. */
export async function readText(stream: InputStream, maxBytes: number): Promise<Result<string>> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    const part = Buffer.from(piece);
    bytes += part.length;
    if (bytes > maxBytes) {
      return refuse("bad_input", `Standard input is too long: at most ${maxBytes} bytes are read.`);
    }
    pieces.push(part);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces));
    return ok(text.replace(/\r?\n$/, ""));
  } catch {
    return refuse("bad_input", "Standard input is not text in UTF-8.");
  }
}
