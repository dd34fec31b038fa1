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

/**
 * What is large stays out of the database: append-only files for each agent, a record a line of JSON. Each leader writes
 * a file of its own, so that one that was replaced without knowing it can harm nothing: `AGENT/START-EPOCH.jsonl` holds
 * what that leader wrote, from offset START of the agent's content on. An offset lies in the file of the highest epoch
 * that begins at or before it.
 */
export interface ContentFiles {
  /**
   * Begins this leader's file behind `end`, the last byte that rows refer to. To be called before the first append;
   * safe to repeat. What an earlier leader wrote behind it, and no row refers to, is cut.
   */
  begin(agentId: string, end: number): Promise<void>;
  /** Appends records durably, so that a transaction may refer to them. */
  append(agentId: string, records: readonly unknown[]): Promise<ContentRef[]>;
  /** Throws when a record isn't there as it was written: the database refers to nothing that was not flushed. */
  read(agentId: string, refs: readonly ContentRef[]): Promise<unknown[]>;
  /** Bytes of the content that a record ends at, or 0. */
  end(refs: readonly ContentRef[]): number;
}

/** One leader's file. */
interface Part {
  readonly path: string;
  /** Offset of its first byte in the agent's content. */
  readonly start: number;
  readonly epoch: number;
}

/** This leader's own file, which nobody else writes. */
interface OwnPart extends Part {
  /** Bytes; undefined where it has to be looked up: at first, and after an append that failed. */
  size: number | undefined;
}

const PART_NAME = /^(\d+)-(\d+)\.jsonl$/;

/** `epoch`: the leader's; null for one that only reads. */
export function createContentFiles(folder: string, disk: Disk, epoch: number | null): ContentFiles {
  const folderOf = (agentId: string) => join(folder, agentId);
  const own = new Map<string, OwnPart>();
  const tails = new Map<string, Promise<unknown>>();

  /** One writer at a time for each agent, in the order of the calls. */
  const inTurn = <T>(agentId: string, work: () => Promise<T>): Promise<T> => {
    const next = (tails.get(agentId) ?? Promise.resolve()).then(work, work);
    tails.set(agentId, next);
    const forget = () => {
      if (tails.get(agentId) === next) tails.delete(agentId);
    };
    next.then(forget, forget);
    return next;
  };

  /** Newest epoch first. A store of the first days has one file an agent, beside the folders. */
  const partsOf = async (agentId: string): Promise<readonly Part[]> => {
    const parts = (await disk.list(folderOf(agentId))).flatMap((name) => {
      const match = PART_NAME.exec(name);
      if (match === null) return [];
      return [{ path: join(folderOf(agentId), name), start: Number(match[1]), epoch: Number(match[2]) }];
    });
    const first: Part = { path: join(folder, `${agentId}.jsonl`), start: 0, epoch: 0 };
    return [...parts, first].sort((a, b) => b.epoch - a.epoch);
  };

  const cutBehind = async (agentId: string, end: number, before: number): Promise<void> => {
    const last = (await partsOf(agentId)).find((part) => part.epoch < before);
    if (last === undefined || last.start > end) return;
    if ((await disk.size(last.path)) > end - last.start) await disk.truncate(last.path, end - last.start);
  };

  /** Answers the offset at which the content begins. */
  const appendTo = async (agentId: string, part: OwnPart, bytes: Uint8Array): Promise<number> => {
    const size = part.size ?? (await disk.size(part.path));
    part.size = undefined;
    if (size === 0) await disk.makeFolder(folderOf(agentId));
    const file = await disk.openAppend(part.path);
    try {
      await file.append(bytes);
    } finally {
      await file.close();
    }
    if (size === 0) {
      await disk.syncFolder(folderOf(agentId));
      await disk.syncFolder(folder);
    }
    part.size = size + bytes.length;
    return part.start + size;
  };

  const readPart = async (agentId: string, part: Part, refs: readonly ContentRef[]): Promise<unknown[]> => {
    const start = Math.min(...refs.map((ref) => ref.offset));
    const length = endOf(refs) - start;
    const bytes = (await disk.readPart(part.path, start - part.start, length)) ?? new Uint8Array();
    return refs.map((ref) => decode(bytes.subarray(ref.offset - start, ref.offset - start + ref.length), ref, agentId));
  };

  return {
    begin: (agentId, end) =>
      inTurn(agentId, async () => {
        if (epoch === null) throw new Error("content was opened to be read");
        if (own.has(agentId)) return;
        await cutBehind(agentId, end, epoch);
        own.set(agentId, {
          path: join(folderOf(agentId), `${end}-${epoch}.jsonl`),
          start: end,
          epoch,
          size: undefined,
        });
      }),
    append: (agentId, records) =>
      inTurn(agentId, async () => {
        const part = own.get(agentId);
        if (part === undefined) throw new Error(`the content of agent ${agentId} was not begun`);
        const lines = records.map((record) => new TextEncoder().encode(`${JSON.stringify(record)}\n`));
        let offset = await appendTo(agentId, part, Buffer.concat(lines));
        return lines.map((line) => {
          const ref = { offset, length: line.length, checksum: crc32(line) };
          offset += line.length;
          return ref;
        });
      }),
    async read(agentId, refs) {
      const parts = await partsOf(agentId);
      const partOf = (ref: ContentRef) => parts.find((part) => part.start <= ref.offset);
      const records = new Map<ContentRef, unknown>();
      for (const part of parts) {
        const wanted = refs.filter((ref) => partOf(ref) === part);
        if (wanted.length === 0) continue;
        const read = await readPart(agentId, part, wanted);
        for (const [index, ref] of wanted.entries()) records.set(ref, read[index]);
      }
      return refs.map((ref) => records.get(ref));
    },
    end: endOf,
  };
}

const endOf = (refs: readonly ContentRef[]): number => Math.max(0, ...refs.map((ref) => ref.offset + ref.length));

function decode(bytes: Uint8Array, ref: ContentRef, agentId: string): unknown {
  if (bytes.length !== ref.length || crc32(bytes) !== ref.checksum) {
    throw new Error(`the content file of agent ${agentId} is damaged at byte ${ref.offset}`);
  }
  return JSON.parse(new TextDecoder().decode(bytes));
}
