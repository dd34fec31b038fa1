import { memo } from "react";
import type { DiffLine } from "../../protocol/records.ts";
import { CommentEditor } from "./commentEditor.tsx";
import { keyOf, placeOf, type Thread } from "./comments.ts";
import { ThreadView } from "./commentView.tsx";
import { piecesOf } from "./lineText.ts";
import type { Draft } from "./saved.ts";

export type Drafts = Readonly<Record<string, Draft>>;

export interface LineViewProps {
  readonly path: string;
  readonly line: DiffLine;
  readonly threads: readonly Thread[];
  /** Of this line and of the comments under it. */
  readonly drafts: Drafts;
  readonly agent: string;
}

const marks = { context: " ", added: "+", deleted: "−" } as const;

/** One line of a diff, and what was written on it. */
export const LineView = memo(function LineView({ path, line, threads, drafts, agent }: LineViewProps) {
  const { kind, baseLine, workLine, noNewline } = line;
  const place = placeOf(line);
  const key = keyOf(place);
  const draft = drafts[key];
  return (
    <>
      {/* Lines take the focus by keys alone, and what is done with one is done by the buttons and keys of the page. */}
      <div className={`line is-${kind}`} data-row="line" data-line={key} tabIndex={-1}>
        <span className="number">{baseLine ?? ""}</span>
        <span className="number">{workLine ?? ""}</span>
        <button
          type="button"
          className="add-comment"
          tabIndex={-1}
          data-comment={key}
          aria-label={`Comment on line ${place.line}`}
          title="Comment (C)"
        >
          +
        </button>
        <span className="mark">{marks[kind]}</span>
        <span className="text" dir="ltr">
          {piecesOf(line).map(({ text, className }, index) =>
            className === null ? (
              text
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never move
              <span key={index} className={className}>
                {text}
              </span>
            ),
          )}
        </span>
      </div>
      {noNewline && <div className="no-newline">No newline at the end of the file</div>}
      {threads.map((thread) => (
        <ThreadView key={thread.comment.id} thread={thread} draft={drafts[`#${thread.comment.id}`]} agent={agent} />
      ))}
      {draft !== undefined && <CommentEditor path={path} place={place} draftKey={key} draft={draft} isNew />}
    </>
  );
});
