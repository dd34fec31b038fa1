import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** All of the store's access to the disk. A test can pass one that fails, tears or dies at any operation. */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** Undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Undefined where there is no such file. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array | undefined>;
  /** Bytes; 0 where there is no such file. */
  size(path: string): Promise<number>;
  list(folder: string): Promise<string[]>;
  /** Puts the whole content in place at once, durably: a reader sees the old file or the new one. */
  replace(path: string, content: Uint8Array): Promise<void>;
  /** Appends durably, and answers where the content begins. */
  append(path: string, content: Uint8Array): Promise<number>;
  /** Cuts a file to `length` bytes, durably. */
  truncate(path: string, length: number): Promise<void>;
  remove(path: string): Promise<void>;
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

/** A new name in a folder is durable only when the folder is. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export const realDisk: Disk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true });
  },
  async read(path) {
    try {
      return await readFile(path);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  async readPart(path, offset, length) {
    let handle: Awaited<ReturnType<typeof open>>;
    try {
      handle = await open(path, "r");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      const buffer = new Uint8Array(length);
      const { bytesRead } = await handle.read(buffer, 0, length, offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  },
  async size(path) {
    try {
      return (await stat(path)).size;
    } catch (error) {
      if (isMissing(error)) return 0;
      throw error;
    }
  },
  async list(folder) {
    try {
      return (await readdir(folder)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  async replace(path, content) {
    const temporary = join(dirname(path), `.${process.pid}.tmp`);
    const handle = await open(temporary, "w", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  },
  async append(path, content) {
    const handle = await open(path, "a", 0o600);
    try {
      const { size } = await handle.stat();
      await handle.writeFile(content);
      await handle.datasync();
      if (size === 0) await syncFolder(dirname(path));
      return size;
    } finally {
      await handle.close();
    }
  },
  async truncate(path, length) {
    const handle = await open(path, "r+");
    try {
      await handle.truncate(length);
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  async remove(path) {
    await rm(path, { force: true });
  },
};
