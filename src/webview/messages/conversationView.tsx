import { useEffect, useMemo, useState } from "react";
import { VList } from "virtua";
import type { MessageItem } from "../../protocol/records.ts";
import { useNow, useWatched } from "../shared/hooks.ts";
import { Icon } from "../shared/icon.tsx";
import { isSameDay } from "../shared/time.ts";
import { counted } from "../shared/words.ts";
import type { Conversation } from "./conversation.ts";
import { useHost } from "./hooks.ts";
import { Message, type MessageActions } from "./message.tsx";
import type { Reading } from "./saved.ts";
import { useFeed } from "./useFeed.ts";

export interface ConversationViewProps {
  readonly conversation: Conversation;
  readonly isFiltered: boolean;
  readonly reading: Reading | null;
  /** A message that the user was led to. */
  readonly marked: string | null;
  readonly onReading: (reading: Reading | null) => void;
  readonly onAnswer: (item: MessageItem) => void;
  readonly onSay: (text: string) => void;
  readonly onGoTo: (id: string) => void;
}

export function ConversationView(props: ConversationViewProps) {
  const { conversation, isFiltered, reading, marked, onReading, onAnswer, onSay, onGoTo } = props;
  const shown = useWatched(conversation);
  const now = useNow(30_000);
  const feed = useFeed(conversation, shown, reading, onReading);
  const actions = useActions(onAnswer, onSay, onGoTo);
  const { items, phase, problem, isPrepended } = shown;
  useArrivals(items, phase, onSay);

  if (items.length === 0) return <Nothing phase={phase} problem={problem} isFiltered={isFiltered} />;
  return (
    <div className="feed-frame">
      {problem !== null && <p className="problem">{problem}</p>}
      <VList
        ref={feed.list}
        className="feed"
        role="feed"
        aria-label="Messages of the conversation"
        aria-busy={phase === "loading"}
        tabIndex={0}
        data={items}
        shift={isPrepended}
        bufferSize={600}
        onScroll={feed.onScroll}
        onScrollEnd={feed.onScrollEnd}
        onResize={feed.onResize}
        onKeyDown={feed.onKeyDown}
      >
        {(item, index) => (
          <Message
            key={item.id}
            item={item}
            beginsDay={beginsDay(items[index - 1], item)}
            isMarked={item.id === marked}
            now={now}
            actions={actions}
          />
        )}
      </VList>
      {!feed.isAtEnd && (
        <button type="button" className="to-end" onClick={feed.toEnd}>
          <Icon name="arrow-down" />
          {feed.unread > 0 ? counted(feed.unread, "new message") : "Newest"}
        </button>
      )}
    </div>
  );
}

const beginsDay = (before: MessageItem | undefined, item: MessageItem): boolean =>
  before === undefined || !isSameDay(before.sentAt, item.sentAt);

interface NothingProps {
  readonly phase: "loading" | "loaded" | "failed";
  readonly problem: string | null;
  readonly isFiltered: boolean;
}

function Nothing({ phase, problem, isFiltered }: NothingProps) {
  if (phase === "loading") return <p className="empty">Loading…</p>;
  if (problem !== null) return <p className="empty problem">{problem}</p>;
  return <p className="empty">{isFiltered ? "No message here fits the filters." : "No messages here yet."}</p>;
}

/** What the buttons of a message do. */
function useActions(
  onAnswer: (item: MessageItem) => void,
  onSay: (text: string) => void,
  onGoTo: (id: string) => void,
): MessageActions {
  const host = useHost();
  return useMemo(
    () => ({
      answer: onAnswer,
      async sendAgain({ id, recipientName }) {
        const sent = await host.sendAgain(id);
        onSay(sent.ok ? `Sent again to ${recipientName}.` : sent.refusal.message);
      },
      async discard({ id }) {
        const done = await host.discard(id);
        onSay(done.ok ? "Discarded." : done.refusal.message);
      },
      goTo: onGoTo,
    }),
    [host, onAnswer, onSay, onGoTo],
  );
}

/** Says what comes while the conversation is open. */
function useArrivals(items: readonly MessageItem[], phase: string, onSay: (text: string) => void) {
  const [lastSaid, setLastSaid] = useState<number | null>(null);
  const last = items.at(-1);
  useEffect(() => {
    if (phase !== "loaded" || last === undefined || last.seq === lastSaid) return;
    setLastSaid(last.seq);
    if (lastSaid !== null && last.seq > lastSaid && last.senderId !== null) {
      onSay(`New message from ${last.senderName ?? "an agent"}.`);
    }
  }, [last, phase, lastSaid, onSay]);
}
