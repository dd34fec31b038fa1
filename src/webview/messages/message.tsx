import { memo } from "react";
import type { MessageItem } from "../../protocol/records.ts";
import { Icon, IconButton, Name } from "../shared/icon.tsx";
import { clockTime, dayOf, wholeTime } from "../shared/time.ts";
import { visible } from "../shared/visible.ts";
import { Body } from "./body.tsx";
import { useHost } from "./hooks.ts";
import { kindWords, priorityIcons, priorityWords, relationWords, spokenOf, stateOf, YOU } from "./words.ts";

export interface MessageActions {
  answer(item: MessageItem): void;
  sendAgain(item: MessageItem): void;
  discard(item: MessageItem): void;
  /** To the message that one replies to. */
  goTo(id: string): void;
}

export interface MessageProps {
  readonly item: MessageItem;
  /** Whether it is the first one of its day among those that are shown. */
  readonly beginsDay: boolean;
  readonly isMarked: boolean;
  readonly now: number;
  readonly actions: MessageActions;
}

export const Message = memo(function Message({ item, beginsDay, isMarked, now, actions }: MessageProps) {
  const isDead = item.status === "dead" && item.discardedAt === null;
  const looks = [
    "message",
    item.senderId === null ? "mine" : "",
    isDead ? "is-dead" : "",
    item.kind === "question" ? "is-question" : "",
    isMarked ? "is-marked" : "",
  ];
  return (
    <>
      {beginsDay && <div className="day">{dayOf(item.sentAt, now)}</div>}
      <article
        className={looks.filter((look) => look !== "").join(" ")}
        aria-label={visible(spokenOf(item, now))}
        data-seq={item.seq}
        tabIndex={-1}
      >
        <Heading item={item} now={now} onReply={() => actions.answer(item)} />
        {item.inReplyTo !== null && <ReplyTo id={item.inReplyTo} onGo={actions.goTo} />}
        <Body item={item} />
        {item.errors.length > 0 && <Errors item={item} isOpen={isDead} />}
        {isDead && (
          <div className="actions">
            <button type="button" onClick={() => actions.sendAgain(item)}>
              Send Again
            </button>
            <button type="button" className="secondary" onClick={() => actions.discard(item)}>
              Discard
            </button>
          </div>
        )}
        {item.kind === "question" && item.answeredBy === null && item.senderId !== null && (
          <div className="actions">
            <button type="button" onClick={() => actions.answer(item)}>
              Answer
            </button>
          </div>
        )}
      </article>
    </>
  );
});

interface HeadingProps {
  readonly item: MessageItem;
  readonly now: number;
  readonly onReply: () => void;
}

function Heading({ item, now, onReply }: HeadingProps) {
  const { icon, word, more, tone } = stateOf(item, now);
  const relation = relationWords[item.relation];
  return (
    <header>
      <span className="who">
        <Agent id={item.senderId} name={item.senderName} />
        {relation !== null && (
          <span className="relation" title={`The sender is the recipient's ${relation}`}>
            {relation}
          </span>
        )}
        <Icon name="arrow-right" />
        <span className="spoken">to</span>
        <Agent id={item.recipientId} name={item.recipientName} />
      </span>
      <span className={`chip kind-${item.kind}`}>{kindWords[item.kind]}</span>
      {item.priority !== "normal" && (
        <span className={`chip priority-${item.priority}`}>
          <Icon name={priorityIcons[item.priority]} />
          {priorityWords[item.priority]}
        </span>
      )}
      <span className={`state tone-${tone}`} title={more === null ? word : `${word}: ${more}`}>
        <Icon name={icon} />
        {word}
        {more !== null && <span className="more"> · {more}</span>}
      </span>
      <span className="sent">
        <time dateTime={new Date(item.sentAt).toISOString()} title={wholeTime(item.sentAt)}>
          {clockTime(item.sentAt)}
        </time>
        {item.senderId !== null && <IconButton icon="reply" label="Reply" onPress={onReply} />}
      </span>
    </header>
  );
}

/** A name that opens its agent. */
function Agent({ id, name }: { readonly id: string | null; readonly name: string | null }) {
  const host = useHost();
  if (id === null) return <strong className="name">{YOU}</strong>;
  const shown = visible(name ?? id);
  return (
    <button type="button" className="agent" title={`Show ${shown}`} onClick={() => void host.openAgent(id)}>
      <Name>{shown}</Name>
    </button>
  );
}

const ReplyTo = ({ id, onGo }: { readonly id: string; readonly onGo: (id: string) => void }) => (
  <button type="button" className="link reply-to" onClick={() => onGo(id)}>
    <Icon name="reply" /> In reply to an earlier message
  </button>
);

function Errors({ item, isOpen }: { readonly item: MessageItem; readonly isOpen: boolean }) {
  const errors = item.errors.map((failed, index) => ({ ...failed, number: index + 1 }));
  return (
    <details className="errors" open={isOpen}>
      <summary>{errors.length === 1 ? "1 delivery failed" : `${errors.length} deliveries failed`}</summary>
      <ol>
        {errors.map(({ at, error, number }) => (
          <li key={number}>
            {at !== null && (
              <time dateTime={new Date(at).toISOString()} title={wholeTime(at)}>
                {clockTime(at, true)}
              </time>
            )}{" "}
            <span dir="auto">{visible(error)}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}
