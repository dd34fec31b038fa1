import { memo, useEffect, useMemo, useRef } from "react";
import type { FileReview, ReviewFile } from "../../protocol/records.ts";
import { useWatched } from "../shared/hooks.ts";
import { Icon, IconButton } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { useActs } from "./acts.ts";
import { placed, type Thread } from "./comments.ts";
import { ThreadView } from "./commentView.tsx";
import { DecisionButtons, StateIcon } from "./decisionButtons.tsx";
import { decisionOf, stateOf } from "./decisions.ts";
import { notesOf, partsOf, statusLetters, statusWords } from "./fileWords.ts";
import { HunkView, LINE_HEIGHT } from "./hunkView.tsx";
import type { Drafts } from "./lineView.tsx";
import { useNear } from "./near.ts";
import { Refused } from "./refusal.tsx";

export interface FileSectionProps {
  readonly file: ReviewFile;
  readonly threads: readonly Thread[];
  /** Within this file: by line, or by `#` and a comment's id. */
  readonly drafts: Drafts;
  readonly isFolded: boolean;
  /** Of which versions the lines are to be. */
  readonly version: string;
  readonly agent: string;
}

/** One file of the work: its head, and its lines as soon as it comes near. */
export const FileSection = memo(function FileSection(props: FileSectionProps) {
  const { file, isFolded, version } = props;
  const { files, fold } = useActs();
  const element = useRef<HTMLElement>(null);
  const { isNear } = useNear(element);
  const shown = useWatched(files.of(file.path));
  const isWanted = isNear && !isFolded && shown.version !== version;
  useEffect(() => {
    return isWanted ? files.want(file.path, version) : undefined;
  }, [isWanted, files, file.path, version]);

  return (
    <section ref={element} className="file" data-file={file.path} aria-label={visible(file.path)}>
      <FileHead {...props} lines={shown.lines} onFold={() => fold(file.path, !isFolded)} />
      {!isFolded && (
        <div className="file-body">
          <Refused problem={shown.problem} />
          {shown.lines !== null ? (
            <Lines {...props} lines={shown.lines} />
          ) : (
            shown.problem === null && (
              <div className="loading" style={{ height: guessOf(file) }}>
                Loading…
              </div>
            )
          )}
        </div>
      )}
    </section>
  );
});

/** Pixels that a file may take, before its lines are known. */
const guessOf = ({ added, deleted, wholeOnly }: ReviewFile): number =>
  wholeOnly ? 2 * LINE_HEIGHT : ((added ?? 0) + (deleted ?? 0) + 7) * LINE_HEIGHT;

interface FileHeadProps extends FileSectionProps {
  readonly lines: FileReview | null;
  readonly onFold: () => void;
}

function FileHead({ file, threads, isFolded, lines, onFold }: FileHeadProps) {
  const { mark } = useActs();
  const { path, previousPath, status, added, deleted } = file;
  const state = stateOf(file, lines?.hunks ?? null);
  const { folder, name } = partsOf(path);
  return (
    <div className="file-head" data-row="file" tabIndex={-1}>
      <IconButton
        icon={isFolded ? "chevron-right" : "chevron-down"}
        label={isFolded ? "Show the file's changes" : "Hide the file's changes"}
        expanded={!isFolded}
        onPress={onFold}
      />
      <span className={`letter is-${status}`} title={statusWords[status]}>
        {statusLetters[status]}
      </span>
      <h2 className="path" title={visible(path)}>
        {previousPath !== null && previousPath !== path && <span className="before">{visible(previousPath)} → </span>}
        <bdi className="folder">{visible(folder)}</bdi>
        <bdi className="name">{visible(name)}</bdi>
      </h2>
      <Counts added={added} deleted={deleted} />
      {threads.length > 0 && <CommentCount count={threads.length} />}
      <StateIcon state={state} />
      <DecisionButtons what="this file" state={state} onDecide={(decision) => mark({ path, decision })} />
    </div>
  );
}

export const CommentCount = ({ count }: { readonly count: number }) => (
  <span className="badge" title={count === 1 ? "1 comment" : `${count} comments`}>
    <Icon name="comment" />
    {count}
  </span>
);

export function Counts({ added, deleted }: Pick<ReviewFile, "added" | "deleted">) {
  if (added === null || deleted === null) return <span className="counts">binary</span>;
  return (
    <span className="counts">
      <span className="plus">+{added.toLocaleString("en-US")}</span>{" "}
      <span className="minus">−{deleted.toLocaleString("en-US")}</span>
    </span>
  );
}

interface LinesProps extends FileSectionProps {
  readonly lines: FileReview;
}

function Lines({ file, threads, drafts, lines, agent }: LinesProps) {
  const { hunks, headCommit } = lines;
  const { byLine, elsewhere } = useMemo(() => placed(threads, hunks, headCommit), [threads, hunks, headCommit]);
  return (
    <>
      {notesOf(file, lines).map((note) => (
        <p key={note} className="file-note">
          {note}
        </p>
      ))}
      {elsewhere.map((thread) => (
        <ThreadView
          key={thread.comment.id}
          thread={thread}
          draft={drafts[`#${thread.comment.id}`]}
          agent={agent}
          isApart
        />
      ))}
      {hunks.map((hunk) => (
        <HunkView
          key={hunk.id}
          path={file.path}
          hunk={hunk}
          state={decisionOf(file, hunk.id)}
          isOwn={!file.wholeOnly}
          byLine={byLine}
          drafts={drafts}
          agent={agent}
        />
      ))}
    </>
  );
}
