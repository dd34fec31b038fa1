import { constants, readSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, truncate } from "node:fs/promises";

/** A file that is only ever written at its end. */
export interface AppendFile {
  /** Appends; what it resolved for is on disk. */
  append(content: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A file that is read at any place; it stays readable when its name is gone. */
export interface ReadFile {
  /** Bytes. */
  readonly size: number;
  /** Fills `into` from `offset` on; throws where there is less. */
  read(into: Uint8Array, offset: number): Promise<void>;
  /** The same, in this very call. */
  readNow(into: Uint8Array, offset: number): void;
  close(): void;
}

/**
 * All of the store's access to the disk, in steps that a crash can come between. A test can pass one that fails, tears
 * or dies at any of them. What changes a name in a folder is durable after `syncFolder`.
 */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, sorted; none where it isn't there. */
  list(folder: string): Promise<string[]>;
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Undefined where there is no such file; fewer bytes where it ends before. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /** Undefined where there is no such file. */
  openRead(path: string): Promise<ReadFile | undefined>;
  /** Bytes; 0 where there is no such file. */
  size(path: string): Promise<number>;
  /** Makes the file where it isn't there. */
  openAppend(path: string): Promise<AppendFile>;
  /** Makes or overwrites a file, of pieces; resolves when its content is on disk. */
  write(path: string, content: Iterable<Uint8Array>): Promise<void>;
  /** Cuts a file to `length` bytes. */
  truncate(path: string, length: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

async function unlessMissing<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return otherwise;
    throw error;
  }
}

/** With O_DSYNC one call writes and flushes, which costs half of a write and a flush. Where there is none: both. */
const { O_APPEND, O_CREAT, O_WRONLY, O_DSYNC } = constants;
const writesThrough = process.platform === "linux" && O_DSYNC !== undefined;
const APPEND_FLAGS = O_APPEND | O_CREAT | O_WRONLY | (writesThrough ? O_DSYNC : 0);

async function writeWhole(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let written = 0; written < content.length; ) {
    written += (await handle.write(content, written)).bytesWritten;
  }
}

const tooShort = (path: string): Error => new Error(`${path} is shorter than it was`);

async function openRead(path: string): Promise<ReadFile> {
  const handle = await open(path, "r");
  return {
    size: (await handle.stat()).size,
    async read(into, offset) {
      const { bytesRead } = await handle.read(into, 0, into.length, offset);
      if (bytesRead !== into.length) throw tooShort(path);
    },
    readNow(into, offset) {
      if (readSync(handle.fd, into, 0, into.length, offset) !== into.length) throw tooShort(path);
    },
    // A file that was only read has nothing to lose.
    close: () => void handle.close().catch(() => {}),
  };
}

export const realDisk: Disk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  list: async (folder) => (await unlessMissing(readdir(folder), [])).sort(),
  read: (path) => unlessMissing(readFile(path), undefined),
  async readPart(path, offset, length) {
    const handle = await unlessMissing(open(path, "r"), undefined);
    if (handle === undefined) return undefined;
    try {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  openRead: (path) => unlessMissing(openRead(path), undefined),
  size: async (path) => (await unlessMissing(stat(path), undefined))?.size ?? 0,
  async openAppend(path) {
    const handle = await open(path, APPEND_FLAGS, 0o600);
    return {
      async append(content) {
        await writeWhole(handle, content);
        if (!writesThrough) await handle.datasync();
      },
      close: () => handle.close(),
    };
  },
  async write(path, content) {
    const handle = await open(path, "w", 0o600);
    try {
      for (const piece of content) await writeWhole(handle, piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  truncate: (path, length) => truncate(path, length),
  rename: (from, to) => rename(from, to),
  async syncFolder(path) {
    if (process.platform === "win32") return;
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (path) => rm(path, { force: true }),
};
