import { messageOf, type Result } from "../../base/errors.ts";
import type { FileReview } from "../../protocol/records.ts";
import { createSettable, type Settable, type Watched } from "../shared/store.ts";

/** A file's lines, as far as they are loaded. */
export interface FileShown {
  readonly lines: FileReview | null;
  readonly problem: string | null;
  /** Of which versions the lines are. */
  readonly version: string | null;
}

export interface Files {
  of(path: string): Watched<FileShown>;
  /** Loads a file where it isn't loaded as of that version; what was there before stays until then. Never rejects. */
  load(path: string, version: string): Promise<void>;
  /** A file's hunks; null while they are not loaded. */
  hunksOf(path: string): FileReview["hunks"] | null;
  /** Rises with every file that was loaded. */
  readonly loaded: Watched<number>;
}

const nothing: FileShown = { lines: null, problem: null, version: null };

export function createFiles(file: (path: string) => Promise<Result<FileReview>>): Files {
  const files = new Map<string, Settable<FileShown>>();
  const loading = new Map<string, string>();
  const loaded = createSettable(0);

  const entryOf = (path: string): Settable<FileShown> => {
    const known = files.get(path);
    if (known !== undefined) return known;
    const made = createSettable(nothing);
    files.set(path, made);
    return made;
  };

  const read = async (path: string): Promise<Pick<FileShown, "lines" | "problem">> => {
    try {
      const answer = await file(path);
      return answer.ok
        ? { lines: answer.value, problem: null }
        : { lines: entryOf(path).get().lines, problem: answer.refusal.message };
    } catch (error) {
      return { lines: entryOf(path).get().lines, problem: messageOf(error) };
    }
  };

  return {
    of: entryOf,
    hunksOf: (path) => files.get(path)?.get().lines?.hunks ?? null,
    loaded,
    async load(path, version) {
      const entry = entryOf(path);
      if (entry.get().version === version || loading.get(path) === version) return;
      loading.set(path, version);
      const shown = await read(path);
      if (loading.get(path) !== version) return;
      loading.delete(path);
      entry.set({ ...shown, version });
      loaded.set(loaded.get() + 1);
    },
  };
}
