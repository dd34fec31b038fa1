import type { ReviewComment } from "../../protocol/records.ts";
import { Icon, IconButton, Name } from "../shared/icon.tsx";
import { clockTime, wholeTime } from "../shared/time.ts";
import { visible } from "../shared/visible.ts";
import { Written } from "../shared/written.tsx";
import { useActs } from "./acts.ts";
import { CommentEditor } from "./commentEditor.tsx";
import type { Thread } from "./comments.ts";
import { Refused } from "./refusal.tsx";
import { type Draft, draftKey } from "./saved.ts";
import { useAsking } from "./useAsking.ts";

export interface ThreadViewProps {
  readonly thread: Thread;
  /** Where it is being changed. */
  readonly draft: Draft | undefined;
  readonly agent: string;
  /** Whether it stands apart from its line. */
  readonly isApart?: boolean;
}

/** A comment of the user's, and what the agent answered. */
export function ThreadView({ thread: { comment, answers }, draft, agent, isApart = false }: ThreadViewProps) {
  const { openLink } = useActs();
  if (draft !== undefined) {
    const { path, side, line, id } = comment;
    return <CommentEditor path={path} place={{ side, line }} draftKey={`#${id}`} draft={draft} />;
  }
  const said = answers.map(({ id, at, body }) => (
    <div key={id} className="answer">
      <div className="row by">
        <Icon name="hubot" /> <Name>{visible(agent)}</Name>
        <time title={wholeTime(at)}>{clockTime(at)}</time>
      </div>
      <Written text={body} onLink={openLink} />
    </div>
  ));
  const whole = (
    <>
      {isApart && <Excerpt comment={comment} />}
      <Written text={comment.body} onLink={openLink} />
      {said}
    </>
  );
  return (
    <article className={`comment${comment.resolvedAt === null ? "" : " is-resolved"}`} aria-label="Comment">
      <CommentHead comment={comment} answers={answers.length} />
      {comment.resolvedAt === null ? (
        whole
      ) : (
        <details>
          <summary>Show what was said</summary>
          {whole}
        </details>
      )}
    </article>
  );
}

const Excerpt = ({ comment: { line, excerpt } }: { readonly comment: ReviewComment }) => (
  <>
    <p className="quiet">Line {line}, as it was:</p>
    <pre className="excerpt">{visible(excerpt)}</pre>
  </>
);

function CommentHead({ comment, answers }: { readonly comment: ReviewComment; readonly answers: number }) {
  const acts = useActs();
  const { problem, ask } = useAsking();
  const { id, path, body, writtenAt, sentAt, resolvedAt } = comment;
  const settle = async (resolved: boolean) => {
    if ((await ask(() => acts.host.settleComment(id, resolved))) !== undefined) await acts.refresh();
  };
  const edit = () => acts.patchDraft(draftKey(path, `#${id}`), { id, text: body });
  return (
    <>
      <div className="row by">
        <Icon name="account" /> <strong>You</strong>
        <time title={wholeTime(writtenAt)}>{clockTime(writtenAt)}</time>
        <CommentState comment={comment} answers={answers} />
        <span className="end">
          {sentAt === null ? (
            <>
              <IconButton icon="edit" label="Edit comment" onPress={edit} />
              <IconButton icon="trash" label="Delete comment" onPress={() => void settle(true)} />
            </>
          ) : (
            <button type="button" className="link" onClick={() => void settle(resolvedAt === null)}>
              {resolvedAt === null ? "Resolve" : "Reopen"}
            </button>
          )}
        </span>
      </div>
      <Refused problem={problem} />
    </>
  );
}

function CommentState({ comment, answers }: { readonly comment: ReviewComment; readonly answers: number }) {
  const { sentAt, resolvedAt } = comment;
  if (resolvedAt !== null) return <span className="chip">Resolved</span>;
  if (sentAt === null) return <span className="chip is-unsent">Not sent</span>;
  return <span className="chip">{answers > 0 ? "Answered" : `Sent ${clockTime(sentAt)}`}</span>;
}
