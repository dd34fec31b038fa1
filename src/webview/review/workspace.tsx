import { useCallback, useEffect, useMemo, useState } from "react";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { useMedia, useWatched } from "../shared/hooks.ts";
import { Icon, IconButton } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { ActionBar } from "./actionBar.tsx";
import { type Acts, ActsContext } from "./acts.ts";
import { Changes } from "./changes.tsx";
import { threadsByPath } from "./comments.ts";
import type { Mark } from "./decisions.ts";
import { FileList } from "./fileList.tsx";
import { createFiles } from "./files.ts";
import { useHost } from "./hooks.ts";
import { createReviewSource } from "./source.ts";
import { type Kept, useSaved } from "./useSaved.ts";

const NARROW = "(max-width: 640px)";

/** One review, kept up to date. */
export function Workspace({ agentId }: { readonly agentId: string }) {
  const host = useHost();
  const files = useMemo(() => createFiles(host.file), [host]);
  const source = useMemo(
    () => createReviewSource({ get: host.get, mark: host.mark, hunksOf: files.hunksOf }),
    [host, files],
  );
  const kept = useSaved(agentId);
  const { shown, problem } = useWatched(source);
  const [refused, setRefused] = useState<string | null>(null);

  useEffect(() => {
    void source.refresh();
    const listening = host.onChange(() => void source.refresh());
    return () => listening.dispose();
  }, [host, source]);

  const { patch, beginDraft, patchDraft, fold } = kept;
  const acts = useMemo<Acts>(
    () => ({
      host,
      files,
      patch,
      beginDraft,
      patchDraft,
      fold,
      mark: (mark: Mark) => void source.mark(mark).then(setRefused),
      refresh: source.refresh,
      openLink: (url) => void host.openLink(url),
    }),
    [host, files, source, patch, beginDraft, patchDraft, fold],
  );

  if (shown === null) return <Waiting problem={problem} onRetry={() => void source.refresh()} />;
  return (
    <ActsContext value={acts}>
      {problem !== null && (
        <p className="problem" role="alert">
          <Icon name="error" /> {visible(problem)}{" "}
          <button type="button" className="link" onClick={() => void source.refresh()}>
            Try again
          </button>
        </p>
      )}
      <Shown shown={shown} kept={kept} refused={refused} />
    </ActsContext>
  );
}

interface WaitingProps {
  readonly problem: string | null;
  readonly onRetry: () => void;
}

const Waiting = ({ problem, onRetry }: WaitingProps) => (
  <main className="stand-in">
    <h1 className="spoken">Review</h1>
    <p role="status">{problem === null ? "Comparing…" : visible(problem)}</p>
    {problem !== null && (
      <button type="button" onClick={onRetry}>
        Try Again
      </button>
    )}
  </main>
);

interface ShownProps {
  readonly shown: ShownReview;
  readonly kept: Kept;
  readonly refused: string | null;
}

/** The files on the left and the changes on the right; in a narrow view one of them. */
function Shown({ shown, kept: { saved, patch }, refused }: ShownProps) {
  const isNarrow = useMedia(NARROW);
  const [seen, setSeen] = useState<string | null>(null);
  const [wanted, setWanted] = useState<string | null>(null);
  const { review } = shown;
  const { files, baseCommit, headCommit } = review;
  const threads = useMemo(() => threadsByPath(review), [review]);
  const version = `${baseCommit}:${headCommit}`;
  const hasFiles = files.length > 0;
  const onlyFiles = isNarrow && saved.pane === "files" && hasFiles;

  const choose = useCallback(
    (path: string) => {
      patch({ pane: "diff" });
      setWanted(path);
    },
    [patch],
  );
  const onThere = useCallback(() => setWanted(null), []);

  return (
    <div className={`review ${isNarrow ? "narrow" : "wide"}`}>
      {hasFiles && (!isNarrow || onlyFiles) && (
        <nav className="left" aria-label="Files of the work">
          {isNarrow && (
            <div className="row back">
              <IconButton icon="arrow-left" label="Back to the changes" onPress={() => patch({ pane: "diff" })} />
              <h1>Files</h1>
            </div>
          )}
          <FileList files={files} threads={threads} seen={seen} onChoose={choose} />
        </nav>
      )}
      {!onlyFiles && (
        <Changes
          shown={shown}
          saved={saved}
          threads={threads}
          version={version}
          isNarrow={isNarrow}
          wanted={wanted}
          onThere={onThere}
          onSeen={setSeen}
        />
      )}
      <ActionBar shown={shown} saved={saved} version={version} problem={refused} />
    </div>
  );
}
