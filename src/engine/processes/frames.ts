import type { Program } from "../../base/programs.ts";

/**
 * What an engine and its helper say to each other: frames of a length (4 bytes), a kind (1 byte), the number of a
 * program (4 bytes), and content.
 */
export const kinds = {
  /** From the helper: it listens. */
  ready: 1,
  start: 2,
  kill: 3,
  started: 4,
  stdout: 5,
  stderr: 6,
  exited: 7,
  closed: 8,
  failed: 9,
} as const;

export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly content: Buffer;
}

const HEAD = 9;

/** The parts of a frame, to be written one behind the other. */
export function encode(kind: number, id: number, content: Uint8Array): [head: Buffer, content: Uint8Array] {
  const head = Buffer.allocUnsafe(HEAD);
  head.writeUInt32BE(content.length, 0);
  head.writeUInt8(kind, 4);
  head.writeUInt32BE(id, 5);
  return [head, content];
}

/** Takes bytes as they come and hands on whole frames. */
export function createDecoder(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let size = 0;
  let needed = HEAD;
  return (chunk) => {
    parts.push(chunk);
    size += chunk.length;
    while (size >= needed) {
      const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      const whole = HEAD + bytes.readUInt32BE(0);
      if (size >= whole) {
        onFrame({ kind: bytes.readUInt8(4), id: bytes.readUInt32BE(5), content: bytes.subarray(HEAD, whole) });
      }
      const rest = size >= whole ? bytes.subarray(whole) : bytes;
      needed = size >= whole ? HEAD : whole;
      parts = rest.length === 0 ? [] : [rest];
      size = rest.length;
    }
  };
}

/** Throws where an argument or a variable holds a NUL, which no system takes. */
export function encodeProgram({ file, args, cwd, env, stdin = "" }: Program): Buffer {
  const fields = [file, cwd, String(args.length), ...args, ...Object.entries(env).flat()];
  if (fields.some((field) => field.includes("\0"))) throw new Error(`${file}: an argument holds a NUL`);
  const text = Buffer.from(fields.join("\0"));
  const length = Buffer.allocUnsafe(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([length, text, typeof stdin === "string" ? Buffer.from(stdin) : stdin]);
}

export function decodeProgram(content: Buffer): Program {
  const end = 4 + content.readUInt32BE(0);
  const [file = "", cwd = "", count = "0", ...rest] = content.toString("utf8", 4, end).split("\0");
  const args = rest.slice(0, Number(count));
  const env: Record<string, string> = {};
  for (let index = args.length; index + 1 < rest.length; index += 2) env[rest[index] ?? ""] = rest[index + 1] ?? "";
  return { file, cwd, args, env, stdin: content.subarray(end) };
}

/** How a program ended: `0`, or `SIGTERM`. */
export const encodeEnd = (code: number | null, signal: string | null): Buffer => Buffer.from(String(code ?? signal));

export function decodeEnd(content: Buffer): [code: number | null, signal: string | null] {
  const text = content.toString();
  return /^\d+$/.test(text) ? [Number(text), null] : [null, text];
}

/** What Node says of a program that it could not start: its code, where there is one, and its words. */
export function encodeError(error: Error): Buffer {
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return Buffer.from(`${code}\n${error.message}`);
}

export function decodeError(content: Buffer): Error {
  const [code = "", ...message] = content.toString().split("\n");
  const error = new Error(message.join("\n"));
  return code === "" ? error : Object.assign(error, { code });
}
