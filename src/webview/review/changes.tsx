import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { visible } from "../shared/visible.ts";
import { Banners } from "./banners.tsx";
import type { Thread } from "./comments.ts";
import { ThreadView } from "./commentView.tsx";
import { FileSection } from "./fileSection.tsx";
import type { Drafts } from "./lineView.tsx";
import { createNearness, NearContext, type Nearness } from "./near.ts";
import { Overview } from "./overview.tsx";
import type { Saved } from "./saved.ts";
import { lastAtTop, useAnchor } from "./useAnchor.ts";
import { useKeys } from "./useKeys.ts";

export interface ChangesProps {
  readonly shown: ShownReview;
  readonly saved: Saved;
  readonly threads: ReadonlyMap<string, readonly Thread[]>;
  readonly version: string;
  readonly isNarrow: boolean;
  /** A file that the user wants to see, until it is there. */
  readonly wanted: string | null;
  readonly onThere: () => void;
  readonly onSeen: (path: string | null) => void;
}

/** What the agent changed, file by file, below what there is to know of it. */
export function Changes(props: ChangesProps) {
  const { shown, saved, threads, version, isNarrow, wanted, onThere, onSeen } = props;
  const { review } = shown;
  const { files } = review;
  const root = useRef<HTMLElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [nearness, setNearness] = useState<Nearness | null>(null);
  const drafts = useMemo(() => draftsByPath(saved.drafts), [saved.drafts]);
  const folded = useMemo(() => new Set(saved.folded), [saved.folded]);
  const look = useSeen(root, onSeen);
  const hold = useAnchor(root, content);
  const keys = useKeys(files, hold);
  const onScroll = () => {
    hold();
    look();
  };

  useEffect(() => {
    if (root.current !== null) setNearness(createNearness(root.current));
  }, []);
  useEffect(() => {
    if (wanted === null || nearness === null) return;
    onThere();
    const section = root.current?.querySelector(`[data-file="${CSS.escape(wanted)}"]`);
    section?.scrollIntoView({ block: "start" });
    section?.querySelector<HTMLElement>(".file-head")?.focus({ preventScroll: true });
    hold();
  }, [wanted, nearness, onThere, hold]);

  return (
    <main ref={root} className="changes" tabIndex={-1} aria-label="Changes" onScroll={onScroll} {...keys}>
      <div ref={content}>
        <Overview shown={shown} isNarrow={isNarrow} />
        <Banners shown={shown} putOff={saved.putOff} />
        {files.length === 0 && <p className="empty">{emptyText(shown)}</p>}
        <NearContext value={nearness}>
          {files.map((file) => (
            <FileSection
              key={file.path}
              file={file}
              threads={threads.get(file.path) ?? noThreads}
              drafts={drafts.get(file.path) ?? noDrafts}
              isFolded={folded.has(file.path)}
              version={version}
              agent={review.agent.name}
            />
          ))}
        </NearContext>
        <Gone shown={shown} threads={threads} drafts={drafts} />
      </div>
    </main>
  );
}

const noThreads: readonly Thread[] = [];
const noDrafts: Drafts = {};

function emptyText({ review: { worktree, undoable } }: ShownReview): string {
  if (undoable !== null || worktree.status === "merged") return "All of this work is in its target.";
  return worktree.status === "creating" ? "The agent has not worked on files yet." : "The agent has changed no files.";
}

/** Tells which file's lines are at the top, once a frame. */
function useSeen(root: RefObject<HTMLElement | null>, onSeen: (path: string | null) => void): () => void {
  const frame = useRef<number | null>(null);
  return useCallback(() => {
    frame.current ??= requestAnimationFrame(() => {
      frame.current = null;
      if (root.current !== null) onSeen(seenIn(root.current));
    });
  }, [root, onSeen]);
}

/** How far from the top a file's lines begin below its head, in pixels. */
const HEAD = 40;

function seenIn(root: HTMLElement): string | null {
  const section = lastAtTop(root, root.querySelectorAll("[data-file]"), HEAD);
  return section instanceof HTMLElement ? (section.dataset.file ?? null) : null;
}

function draftsByPath(saved: Saved["drafts"]): ReadonlyMap<string, Drafts> {
  const byPath = new Map<string, Record<string, Drafts[string]>>();
  for (const [key, draft] of Object.entries(saved)) {
    const end = key.lastIndexOf("\n");
    const [path, line] = [key.slice(0, end), key.slice(end + 1)];
    byPath.set(path, { ...byPath.get(path), [line]: draft });
  }
  return byPath;
}

type GoneProps = Pick<ChangesProps, "shown" | "threads"> & { readonly drafts: ReadonlyMap<string, Drafts> };

/** Comments on files that are as they were before by now. */
function Gone({ shown: { review }, threads, drafts }: GoneProps) {
  const there = new Set(review.files.map(({ path }) => path));
  const gone = [...threads].filter(([path]) => !there.has(path));
  if (gone.length === 0) return null;
  return (
    <section className="gone" aria-label="Comments on files that are not changed any more">
      {gone.map(([path, all]) => (
        <div key={path} className="file" data-file={path}>
          <h2 className="file-note">{visible(path)} is not changed any more</h2>
          {all.map((thread) => (
            <ThreadView
              key={thread.comment.id}
              thread={thread}
              draft={drafts.get(path)?.[`#${thread.comment.id}`]}
              agent={review.agent.name}
              isApart
            />
          ))}
        </div>
      ))}
    </section>
  );
}
