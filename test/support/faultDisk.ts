import type { AppendFile, Disk, ReadFile } from "../../src/engine/store/disk.ts";

/**
 * How an operation goes wrong. `before`, `after`: the process is killed there; what it wrote stays with the system.
 * `torn`: killed in the middle, half of it written. `lost`: the machine stops after it, and what was not flushed is
 * gone. `EIO`, `ENOSPC`: it is refused, in the middle, and the process goes on.
 */
export const faultKinds = ["before", "after", "torn", "lost", "EIO", "ENOSPC"] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** Operations that change the disk are counted from 1. */
  readonly at: number;
  readonly kind: FaultKind;
}

export class Killed extends Error {}

interface File {
  content: Uint8Array;
  flushed: Uint8Array;
}

const half = (content: Uint8Array): Uint8Array => content.subarray(0, Math.floor(content.length / 2));

const refusal = (kind: FaultKind): Error => Object.assign(new Error(`${kind}: the disk refused`), { code: kind });

/** A disk in memory that knows what was flushed, and does as it is told at one operation. */
export class FaultDisk implements Disk {
  operations = 0;
  /** While it is true, every change is refused as on a full disk. */
  full = false;
  #fault: Fault | undefined;
  #killed = false;
  /** Names as the system sees them, and as they are on disk. */
  #names = new Map<string, File>();
  #flushedNames = new Map<string, File>();

  constructor(fault?: Fault) {
    this.#fault = fault;
  }

  /** Whether the fault came to pass. */
  get struck(): boolean {
    return this.#fault === undefined;
  }

  /** Whether the process that used it is dead. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Has an operation go wrong that is still to come, or none. */
  strike(fault: Fault | undefined): void {
    this.#fault = fault;
  }

  /** The same disk as the next process finds it. */
  restarted(): FaultDisk {
    const next = new FaultDisk();
    for (const [path, file] of this.#names) {
      const content = file.content.slice();
      next.put(path, { content, flushed: content });
    }
    return next;
  }

  put(path: string, file: File): void {
    this.#names.set(path, file);
    this.#flushedNames.set(path, file);
  }

  async makeFolder(): Promise<void> {
    this.#assertAlive();
  }

  async list(folder: string): Promise<string[]> {
    this.#assertAlive();
    const inside = [...this.#names.keys()].filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""))].sort();
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.#assertAlive();
    return this.#names.get(path)?.content.slice();
  }

  async readPart(path: string, offset: number, length: number): Promise<Uint8Array | undefined> {
    this.#assertAlive();
    return this.#names.get(path)?.content.slice(offset, offset + length);
  }

  async openRead(path: string): Promise<ReadFile | undefined> {
    const content = (await this.read(path))?.slice();
    if (content === undefined) return undefined;
    const readNow = (into: Uint8Array, offset: number) => into.set(content.subarray(offset, offset + into.length));
    return { size: content.length, readNow, read: async (into, offset) => readNow(into, offset), close() {} };
  }

  async size(path: string): Promise<number> {
    this.#assertAlive();
    return this.#names.get(path)?.content.length ?? 0;
  }

  async openAppend(path: string, room = 0): Promise<AppendFile> {
    this.#assertAlive();
    const file = this.#fileAt(path);
    let position = file.content.length;
    const put = (content: Uint8Array, at: number) => {
      const after = file.content.subarray(at + content.length);
      file.content = Buffer.concat([file.content.subarray(0, at), content, after]);
      file.flushed = file.content;
    };
    const change = (content: Uint8Array, at: number) =>
      this.#change(
        () => put(content, at),
        () => put(half(content), at),
      );
    const setAside = (needed: number) => {
      const end = file.content.length;
      try {
        if (room > 0 && position + needed > end) change(new Uint8Array(needed + room), end);
      } catch (error) {
        if (error instanceof Killed) throw error;
      }
    };
    const append = (content: Uint8Array) => {
      setAside(content.length);
      change(content, position);
      position += content.length;
    };
    return {
      append: async (content) => append(content),
      // Every other one, so that a store is seen to do with both.
      appendNow: (content) => {
        if (this.operations % 2 === 0) return false;
        append(content);
        return true;
      },
      trim: async () => {
        this.#change(() => {
          file.content = file.content.subarray(0, position);
          file.flushed = file.content;
        });
      },
      close: async () => {},
    };
  }

  async write(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const content = Buffer.concat([...pieces].map((piece) => piece.slice()));
    const file = this.#fileAt(path);
    this.#change(
      () => {
        file.content = content;
      },
      () => {
        file.content = half(content);
      },
    );
    this.#change(() => {
      file.flushed = file.content;
    });
  }

  async copy(from: string, to: string): Promise<void> {
    const { content } = this.#fileAt(from);
    await this.write(to, [content]);
  }

  async truncate(path: string, length: number): Promise<void> {
    const file = this.#fileAt(path);
    this.#change(() => {
      file.content = file.content.subarray(0, length);
      file.flushed = file.content;
    });
  }

  async rename(from: string, to: string): Promise<void> {
    const file = this.#fileAt(from);
    this.#change(() => {
      this.#names.delete(from);
      this.#names.set(to, file);
    });
  }

  async remove(path: string): Promise<void> {
    const gone = [...this.#names.keys()].filter((name) => name === path || name.startsWith(`${path}/`));
    this.#change(() => {
      for (const name of gone) this.#names.delete(name);
    });
  }

  async syncFolder(): Promise<void> {
    this.#change(() => {
      this.#flushedNames = new Map(this.#names);
    });
  }

  #fileAt(path: string): File {
    this.#assertAlive();
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const file = { content: new Uint8Array(), flushed: new Uint8Array() };
    this.#names.set(path, file);
    return file;
  }

  #assertAlive(): void {
    if (this.#killed) throw new Killed("the process was killed");
  }

  /** One operation; `partly` is what is left of one that was torn: nothing, where it is whole or not at all. */
  #change(wholly: () => void, partly: () => void = () => {}): void {
    this.#assertAlive();
    if (this.full) throw refusal("ENOSPC");
    this.operations += 1;
    const fault = this.#fault;
    if (fault === undefined || fault.at !== this.operations) {
      wholly();
      return;
    }
    this.#fault = undefined;
    if (fault.kind === "EIO" || fault.kind === "ENOSPC") {
      partly();
      throw refusal(fault.kind);
    }
    if (fault.kind === "after" || fault.kind === "lost") wholly();
    if (fault.kind === "torn") partly();
    if (fault.kind === "lost") this.#loseUnflushed();
    this.#killed = true;
    throw new Killed("the process was killed");
  }

  #loseUnflushed(): void {
    this.#names = new Map(this.#flushedNames);
    for (const file of this.#names.values()) file.content = file.flushed;
  }
}
