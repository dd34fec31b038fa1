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
  /**
   * Has a file loaded where it isn't loaded as of that version; what was there before stays until then. What was wanted
   * last comes first. Returns what takes the wish back, as long as nobody was asked for it.
   */
  want(path: string, version: string): () => void;
  /** A file's hunks; null while they are not loaded. */
  hunksOf(path: string): FileReview["hunks"] | null;
  /** Rises with every file that was loaded. */
  readonly loaded: Watched<number>;
}

const nothing: FileShown = { lines: null, problem: null, version: null };

/** Files that are asked for at the same time: each makes git compare. */
const AT_ONCE = 3;

export function createFiles(file: (path: string) => Promise<Result<FileReview>>): Files {
  const files = new Map<string, Settable<FileShown>>();
  const loading = new Map<string, string>();
  let wanted: readonly { readonly path: string; readonly version: string }[] = [];
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

  const load = async (path: string, version: string): Promise<void> => {
    loading.set(path, version);
    const shown = await read(path);
    loading.delete(path);
    entryOf(path).set({ ...shown, version });
    loaded.set(loaded.get() + 1);
    next();
  };

  /** One file is asked for once at a time: its answer may be of a newer version, and is asked for again then. */
  const next = () => {
    while (loading.size < AT_ONCE) {
      const wish = wanted.findLast(({ path }) => !loading.has(path));
      if (wish === undefined) return;
      wanted = wanted.filter((each) => each !== wish);
      if (entryOf(wish.path).get().version !== wish.version) void load(wish.path, wish.version);
    }
  };

  return {
    of: entryOf,
    hunksOf: (path) => files.get(path)?.get().lines?.hunks ?? null,
    loaded,
    want(path, version) {
      const wish = { path, version };
      if (loading.get(path) !== version) wanted = [...wanted, wish];
      next();
      return () => {
        wanted = wanted.filter((each) => each !== wish);
      };
    },
  };
}
