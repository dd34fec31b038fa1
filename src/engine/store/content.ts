import { join } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import type { Disk } from "./disk.ts";

/** Where a record lies in an agent's content file. */
export const contentRefSchema = z.object({
  /** Bytes from the file's start. */
  offset: z.int().nonnegative(),
  /** Bytes. */
  length: z.int().nonnegative(),
  /** CRC-32 of the bytes. */
  checksum: z.int().nonnegative(),
});
export type ContentRef = z.infer<typeof contentRefSchema>;

/** What is large stays out of the database: one append-only file an agent, a record a line of JSON. */
export interface ContentFiles {
  /** Appends records durably, so that a transaction may refer to them. */
  append(agentId: string, records: readonly unknown[]): Promise<ContentRef[]>;
  /** Throws when a record isn't there as it was written: the database refers to nothing that was not flushed. */
  read(agentId: string, refs: readonly ContentRef[]): Promise<unknown[]>;
  /** Bytes of the file that a record ends at, or 0. */
  end(refs: readonly ContentRef[]): number;
  /** Cuts what no row refers to: a crash came between the append and its transaction. */
  cut(agentId: string, length: number): Promise<void>;
}

export function createContentFiles(folder: string, disk: Disk): ContentFiles {
  const pathOf = (agentId: string) => join(folder, `${agentId}.jsonl`);
  const tails = new Map<string, Promise<unknown>>();

  /** One writer at a time for each file, in the order of the calls. */
  const inTurn = <T>(agentId: string, work: () => Promise<T>): Promise<T> => {
    const next = (tails.get(agentId) ?? Promise.resolve()).then(work, work);
    tails.set(agentId, next);
    const forget = () => {
      if (tails.get(agentId) === next) tails.delete(agentId);
    };
    next.then(forget, forget);
    return next;
  };

  /** Answers where the content begins. */
  const appendTo = async (agentId: string, bytes: Uint8Array): Promise<number> => {
    await disk.makeFolder(folder);
    const offset = await disk.size(pathOf(agentId));
    const file = await disk.openAppend(pathOf(agentId));
    try {
      await file.append(bytes);
    } finally {
      await file.close();
    }
    if (offset === 0) await disk.syncFolder(folder);
    return offset;
  };

  return {
    append: (agentId, records) =>
      inTurn(agentId, async () => {
        const lines = records.map((record) => new TextEncoder().encode(`${JSON.stringify(record)}\n`));
        let offset = await appendTo(agentId, Buffer.concat(lines));
        return lines.map((line) => {
          const ref = { offset, length: line.length, checksum: crc32(line) };
          offset += line.length;
          return ref;
        });
      }),
    async read(agentId, refs) {
      const end = endOf(refs);
      const start = Math.min(end, ...refs.map((ref) => ref.offset));
      const bytes = (await disk.readPart(pathOf(agentId), start, end - start)) ?? new Uint8Array();
      return refs.map((ref) =>
        decode(bytes.subarray(ref.offset - start, ref.offset - start + ref.length), ref, agentId),
      );
    },
    end: endOf,
    cut: (agentId, length) =>
      inTurn(agentId, async () => {
        if ((await disk.size(pathOf(agentId))) > length) await disk.truncate(pathOf(agentId), length);
      }),
  };
}

const endOf = (refs: readonly ContentRef[]): number => Math.max(0, ...refs.map((ref) => ref.offset + ref.length));

function decode(bytes: Uint8Array, ref: ContentRef, agentId: string): unknown {
  if (bytes.length !== ref.length || crc32(bytes) !== ref.checksum) {
    throw new Error(`the content file of agent ${agentId} is damaged at byte ${ref.offset}`);
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}
