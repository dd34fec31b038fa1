import { crc32 } from "node:zlib";
import { z } from "zod";
import type { SqlValue } from "./port.ts";

/**
 * One record of a segment of the journal: a header of 24 bytes, little-endian, and a payload of JSON.
 *
 * | bytes | what |
 * | --- | --- |
 * | 0–3 | length of the payload |
 * | 4–11 | sequence number: one more than the record before |
 * | 12–15 | epoch of the leader that wrote it |
 * | 16–19 | CRC-32 of the payload |
 * | 20–23 | CRC-32 of the 20 bytes before |
 */
export interface JournalRecord {
  readonly sequence: number;
  readonly epoch: number;
  readonly payload: Uint8Array;
}

export const HEADER_LENGTH = 24;
/** Blocks of the disk, of which a write that was torn may have left some out. */
const SECTOR = 512;

export function encodeRecord({ sequence, epoch, payload }: JournalRecord): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length, true);
  view.setBigUint64(4, BigInt(sequence), true);
  view.setUint32(12, epoch, true);
  view.setUint32(16, crc32(payload), true);
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true);
  bytes.set(payload, HEADER_LENGTH);
  return bytes;
}

/** How reading a segment ended: whole, with a last record that was cut off while it was written, or damaged. */
export type SegmentEnd =
  | { readonly kind: "whole" }
  | { readonly kind: "torn"; readonly at: number }
  | { readonly kind: "damaged"; readonly at: number; readonly why: string };

export interface ReadSegment {
  readonly records: readonly JournalRecord[];
  /** Bytes that the records take. */
  readonly length: number;
  readonly end: SegmentEnd;
}

/** Reads all records of a segment's bytes. A record that stands there twice in a row counts once. */
export function readRecords(bytes: Uint8Array): ReadSegment {
  const records: JournalRecord[] = [];
  let at = 0;
  const stop = (end: SegmentEnd): ReadSegment => ({ records, length: at, end });
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const header = readHeader(rest);
    if (header === "incomplete") return stop({ kind: "torn", at });
    if (header === "wrong") return stop(unreadable(rest, at, "a record's header does not add up"));
    if (rest.length < HEADER_LENGTH + header.length) return stop({ kind: "torn", at });
    const payload = rest.subarray(HEADER_LENGTH, HEADER_LENGTH + header.length);
    if (crc32(payload) !== header.payloadChecksum) {
      // JSON holds no zero byte: one that is there was never written.
      if (payload.includes(0)) return stop({ kind: "torn", at });
      return stop({ kind: "damaged", at, why: `record ${header.sequence} does not add up` });
    }
    const last = records.at(-1);
    const doubled = last !== undefined && last.sequence === header.sequence && same(last.payload, payload);
    if (!doubled && last !== undefined && header.sequence !== last.sequence + 1) {
      return stop({ kind: "damaged", at, why: `record ${header.sequence} follows record ${last.sequence}` });
    }
    if (!doubled) records.push({ sequence: header.sequence, epoch: header.epoch, payload });
    at += HEADER_LENGTH + header.length;
  }
  return stop({ kind: "whole" });
}

interface Header {
  readonly length: number;
  readonly sequence: number;
  readonly epoch: number;
  readonly payloadChecksum: number;
}

function readHeader(bytes: Uint8Array): Header | "incomplete" | "wrong" {
  if (bytes.length < HEADER_LENGTH) return "incomplete";
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_LENGTH);
  if (view.getUint32(20, true) !== crc32(bytes.subarray(0, 20))) return "wrong";
  return {
    length: view.getUint32(0, true),
    sequence: Number(view.getBigUint64(4, true)),
    epoch: view.getUint32(12, true),
    payloadChecksum: view.getUint32(16, true),
  };
}

/**
 * Blocks that were never written are zeros, and so is all behind a record of which not even the header was finished.
 * Anything else that can't be read is damage.
 */
function unreadable(rest: Uint8Array, at: number, why: string): SegmentEnd {
  const unwritten = isZero(rest.subarray(0, SECTOR - (at % SECTOR))) || isZero(rest.subarray(HEADER_LENGTH));
  return unwritten ? { kind: "torn", at } : { kind: "damaged", at, why };
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);

/** One statement of a transaction, as it is run again. */
export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

const encodedValue = z.union([z.string(), z.number(), z.null(), z.object({ bytes: z.base64() })]);
const encodedStatement = z.union([
  z.tuple([z.int(), z.array(encodedValue)]),
  z.tuple([z.int(), z.array(encodedValue), z.string()]),
]);
const encodedTransaction = z.array(encodedStatement);

/**
 * Writes the transactions of one segment: the text of a statement stands in the record that uses it first, and is
 * called by its number afterwards.
 */
export class TransactionEncoder {
  readonly #numbers = new Map<string, number>();

  encode(statements: readonly Statement[]): Uint8Array {
    return new TextEncoder().encode(JSON.stringify(statements.map((statement) => this.#statement(statement))));
  }

  #statement({ sql, parameters }: Statement): z.infer<typeof encodedStatement> {
    const values = parameters.map(encodeValue);
    const known = this.#numbers.get(sql);
    if (known !== undefined) return [known, values];
    const number = this.#numbers.size;
    this.#numbers.set(sql, number);
    return [number, values, sql];
  }
}

export class TransactionDecoder {
  readonly #texts = new Map<number, string>();

  decode(payload: Uint8Array): Statement[] {
    const parsed = encodedTransaction.parse(JSON.parse(new TextDecoder().decode(payload)));
    return parsed.map(([number, values, sql]) => {
      if (sql !== undefined) this.#texts.set(number, sql);
      const text = this.#texts.get(number);
      if (text === undefined) throw new Error(`the journal calls statement ${number} before it is there`);
      return { sql: text, parameters: values.map(decodeValue) };
    });
  }
}

const encodeValue = (value: SqlValue): z.infer<typeof encodedValue> =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value;

const decodeValue = (value: z.infer<typeof encodedValue>): SqlValue =>
  typeof value === "object" && value !== null ? Buffer.from(value.bytes, "base64") : value;
