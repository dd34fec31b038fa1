import { join } from "node:path";
import type { AppendFile, Disk } from "./disk.ts";
import { type SegmentHeader, segmentName } from "./files.ts";
import { encodeRecord, type Statement, TransactionEncoder } from "./record.ts";

/** Where the journal goes on. */
export interface JournalStart {
  /** Number of the segment to begin. */
  readonly segment: number;
  /** Bytes at which the segment before it is sealed; null where there is none. */
  readonly sealed: number | null;
  /** Sequence number of the last record. */
  readonly sequence: number;
  readonly epoch: number;
  /** SQLite's version. */
  readonly sqlite: string;
}

/** One segment that is being written. Not to be used by two callers at a time. */
export interface Journal {
  readonly segment: number;
  /** Bytes that are on disk and acknowledged. */
  readonly length: number;
  readonly sequence: number;
  /**
   * Appends transactions in one write. They are on disk when it resolves, or, where there is no promise, when it
   * returns. After it rejected or threw, the journal is of no use.
   */
  append(transactions: readonly (readonly Statement[])[]): Promise<void> | undefined;
  /** In good order: nothing is under way, and nobody else leads. */
  close(): Promise<void>;
  /** After a failure: what lies on the disk stays as it is. */
  abandon(): Promise<void>;
}

/** Bytes of a segment that are set aside at a time. */
const ROOM = 512 * 1024;

/** Begins a segment: its header is on disk, under its name, when it resolves. */
export async function beginSegment(disk: Disk, folder: string, start: JournalStart): Promise<Journal> {
  const path = join(folder, segmentName(start.segment));
  const header: SegmentHeader = { segment: start.segment, sqlite: start.sqlite, sealed: start.sealed };
  const first = encodeRecord({
    sequence: start.sequence + 1,
    epoch: start.epoch,
    payload: new TextEncoder().encode(JSON.stringify(header)),
  });
  await disk.write(path, [first]);
  await disk.syncFolder(folder);
  return createJournal(await disk.openAppend(path, ROOM), start, first.length);
}

function createJournal(file: AppendFile, start: JournalStart, headerLength: number): Journal {
  const encoder = new TransactionEncoder();
  let length = headerLength;
  let sequence = start.sequence + 1;
  return {
    segment: start.segment,
    get length() {
      return length;
    },
    get sequence() {
      return sequence;
    },
    append(transactions) {
      const records = transactions.map((statements, index) =>
        encodeRecord({ sequence: sequence + 1 + index, epoch: start.epoch, payload: encoder.encode(statements) }),
      );
      const bytes = Buffer.concat(records);
      const count = () => {
        length += bytes.length;
        sequence += records.length;
      };
      if (!file.appendNow(bytes)) return file.append(bytes).then(count);
      count();
      return undefined;
    },
    async close() {
      await file.trim();
      await file.close();
    },
    abandon: () => file.close(),
  };
}
