import { type AppendFile, type Disk, realDisk } from "../../../src/engine/store/disk.ts";

/** The real disk, and how long the thread stood still in flushes that it waits for in place. */
export function timeFlushes(): { readonly disk: Disk; waited(): number } {
  let waited = 0;
  const timed = (file: AppendFile): AppendFile => ({
    append: (content) => file.append(content),
    appendNow(content) {
      const start = performance.now();
      try {
        return file.appendNow(content);
      } finally {
        waited += performance.now() - start;
      }
    },
    trim: () => file.trim(),
    close: () => file.close(),
  });
  return {
    disk: { ...realDisk, openAppend: async (path, room) => timed(await realDisk.openAppend(path, room)) },
    waited: () => waited,
  };
}
