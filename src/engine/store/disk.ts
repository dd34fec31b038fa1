import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncate,
  open as openFile,
  readSync,
  write,
  writeSync,
} from "node:fs";
import {
  copyFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
} from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { Pace } from "./pace.ts";

/** A file that is only ever written at its end. */
export interface AppendFile {
  /** Appends; what it resolved for is on disk. */
  append(content: Uint8Array): Promise<void>;
  /**
   * The same in this very call, where that is quick and others have had their turn; else does nothing and answers
   * false. Throws where the disk refuses.
   */
  appendNow(content: Uint8Array): boolean;
  /** Gives back the room that was set aside. Only when nobody else may have begun to write behind what it appended. */
  trim(): Promise<void>;
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
  /**
   * Makes the file where it isn't there. `room`: bytes of zeros to set aside behind its end, again and again: a flush
   * that changes no file's size is quicker. Whoever reads the file finds them.
   */
  openAppend(path: string, room?: number): Promise<AppendFile>;
  /** Makes or overwrites a file, of pieces; resolves when its content is on disk. */
  write(path: string, content: Iterable<Uint8Array>): Promise<void>;
  /** Cuts a file to `length` bytes. */
  truncate(path: string, length: number): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  /** Makes or overwrites `to`; resolves when its content is on disk. */
  copy(from: string, to: string): Promise<void>;
  /** A file, or a folder with all that is in it; nothing where there is none. */
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
const { O_CREAT, O_WRONLY, O_DSYNC } = constants;
const writesThrough = process.platform === "linux" && O_DSYNC !== undefined;
const APPEND_FLAGS = O_CREAT | O_WRONLY | (writesThrough ? O_DSYNC : 0);

const onFile = {
  open: promisify(openFile),
  write: promisify(write),
  flush: promisify(fdatasync),
  truncate: promisify(ftruncate),
};

async function writeAt(file: number, content: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < content.length; ) {
    written += (await onFile.write(file, content, written, content.length - written, position + written)).bytesWritten;
  }
}

async function writeWhole(handle: FileHandle, content: Uint8Array): Promise<void> {
  for (let written = 0; written < content.length; ) {
    written += (await handle.write(content, written, content.length - written)).bytesWritten;
  }
}

class RealAppendFile implements AppendFile {
  readonly #file: number;
  readonly #pace = new Pace();
  #room: number;
  /** Where the next content goes, and where the room behind it ends. */
  #position: number;
  #end: number;

  constructor(file: number, size: number, room: number) {
    this.#file = file;
    this.#position = size;
    this.#end = size;
    this.#room = room;
  }

  async append(content: Uint8Array): Promise<void> {
    if (!this.#fits(content)) await this.#setAside(content.length);
    if (this.#pace.isQuick(content.length)) {
      await setImmediate();
      this.#write(content);
      return;
    }
    const start = performance.now();
    await writeAt(this.#file, content, this.#position);
    if (!writesThrough) await onFile.flush(this.#file);
    this.#wrote(content, start);
  }

  appendNow(content: Uint8Array): boolean {
    if (!this.#pace.isQuick(content.length) || !this.#pace.isInTime() || !this.#fits(content)) return false;
    this.#write(content);
    return true;
  }

  async trim(): Promise<void> {
    if (this.#end > this.#position) await onFile.truncate(this.#file, this.#position);
    this.#end = this.#position;
  }

  /** What was appended is on disk, so that nothing is left to be done: it takes no time. */
  async close(): Promise<void> {
    closeSync(this.#file);
  }

  #fits(content: Uint8Array): boolean {
    return this.#room === 0 || this.#position + content.length <= this.#end;
  }

  #write(content: Uint8Array): void {
    const start = performance.now();
    for (let written = 0; written < content.length; ) {
      written += writeSync(this.#file, content, written, content.length - written, this.#position + written);
    }
    if (!writesThrough) fdatasyncSync(this.#file);
    this.#wrote(content, start);
  }

  #wrote(content: Uint8Array, start: number): void {
    this.#position += content.length;
    this.#pace.record(performance.now() - start);
  }

  /** A disk that has no room for room may have some for content. */
  async #setAside(needed: number): Promise<void> {
    const end = this.#position + needed + this.#room;
    try {
      await writeAt(this.#file, new Uint8Array(end - this.#end), this.#end);
      this.#end = end;
    } catch {
      this.#room = 0;
    }
  }
}

async function openAppend(path: string, room = 0): Promise<AppendFile> {
  const file = await onFile.open(path, APPEND_FLAGS, 0o600);
  try {
    // What is open is known: to ask another thread for its size would take longer.
    return new RealAppendFile(file, fstatSync(file).size, room);
  } catch (error) {
    closeSync(file);
    throw error;
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
  openAppend,
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
  async copy(from, to) {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    const handle = await open(to, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (path) => rm(path, { force: true, recursive: true }),
};
