import type { ChangedFile, WorkDiff } from "../protocol/records.ts";
import type { DiffSide } from "../protocol/words.ts";
import type { FileVersion } from "./gitAddress.ts";

/** Files that one multi-file diff opens at once. */
export const PAGE_SIZE = 100;

/** One row of a multi-file diff: where the file was and where it is; absent on the side where it isn't there. */
export interface ChangeRow {
  readonly path: string;
  readonly before: FileVersion | undefined;
  readonly after: FileVersion | undefined;
}

export interface ChangePage {
  /** ` (1–100 of 250)`, or nothing where one page holds all. */
  readonly suffix: string;
  readonly rows: readonly ChangeRow[];
}

/** What is compared; with `agentId`, as the review of that agent's work, which is commented on. */
export interface ShownDiff extends WorkDiff {
  readonly agentId?: string;
}

/** An agent's changes, in pages of at most `size` files. */
export function pagesOf(diff: ShownDiff, size: number = PAGE_SIZE): readonly ChangePage[] {
  const total = diff.files.length;
  const starts = Array.from({ length: Math.ceil(total / size) }, (_, page) => page * size);
  return starts.map((start) => {
    const files = diff.files.slice(start, start + size);
    const suffix = total <= size ? "" : ` (${start + 1}–${start + files.length} of ${total})`;
    return { suffix, rows: files.map((file) => rowOf(diff, file)) };
  });
}

function rowOf({ baseCommit, headCommit, agentId }: ShownDiff, file: ChangedFile): ChangeRow {
  const at = (side: DiffSide) => (agentId === undefined ? {} : { review: { agentId, side, file: file.path } });
  const before = { commit: baseCommit, path: file.previousPath ?? file.path, ...at("base") };
  const after = { commit: headCommit, path: file.path, ...at("work") };
  return {
    path: file.path,
    before: file.status === "added" ? undefined : before,
    after: file.status === "deleted" ? undefined : after,
  };
}
