import { useCallback, useEffect, useRef, useState } from "react";
import type { MessagesTarget } from "../../protocol/messagesView.ts";
import type { MessageItem, ThreadRecord } from "../../protocol/records.ts";
import { useMedia, useWatched } from "../shared/hooks.ts";
import { createSettable } from "../shared/store.ts";
import { Composer, saidOfSent } from "./composer.tsx";
import type { Conversation } from "./conversation.ts";
import { ConversationHeading } from "./conversationHeading.tsx";
import { ConversationView } from "./conversationView.tsx";
import { FilterBar } from "./filterBar.tsx";
import { useHost } from "./hooks.ts";
import { type ChosenThread, emptyDraft, type Named, noFilters } from "./saved.ts";
import { ThreadList } from "./threadList.tsx";
import type { useSaved } from "./useSaved.ts";
import { useSources } from "./useSources.ts";
import { YOU } from "./words.ts";

export interface WorkspaceProps extends ReturnType<typeof useSaved> {
  /** Where the user wants to go, until he is there. */
  readonly target: MessagesTarget | null;
  readonly onArrived: () => void;
}

const NARROW = "(max-width: 560px)";

/** The list on the left and the conversation on the right; in a narrow view one of them. */
export function Workspace({ saved, draft, patch, patchFilters, patchDraft, target, onArrived }: WorkspaceProps) {
  const host = useHost();
  const isNarrow = useMedia(NARROW);
  const sources = useSources(saved);
  const { threads, conversation, isFiltered, startAt } = sources;
  const { threads: records } = useWatched(threads);
  const [marked, setMarked] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const text = useRef<HTMLTextAreaElement>(null);
  const threadId = saved.thread?.id ?? null;
  const thread = chosenOf(records.find(({ id }) => id === threadId)) ?? saved.thread;
  const partner = usePartner(conversation);

  const choose = useCallback(
    (chosen: ChosenThread | null, at: number | null = null) => {
      startAt(at);
      setSaid("");
      setMarked(null);
      patch({ thread: chosen, pane: "conversation", whole: at !== null, reading: null });
    },
    [startAt, patch],
  );
  const goTo = useCallback(
    async (id: string) => {
      const found = await host.find(id);
      if (!found.ok) return setSaid(found.refusal.message);
      const { threadId: foundIn, seq } = found.value;
      if (foundIn === threadId && conversation !== null && !isFiltered) void conversation.open(seq);
      else choose(foundIn === threadId ? thread : { id: foundIn, rootId: null, subject: "", team: "" }, seq);
      setMarked(id);
    },
    [host, threadId, thread, conversation, isFiltered, choose],
  );
  const answer = useCallback(
    (item: MessageItem) => {
      if (item.senderId === null) return;
      const to = { id: item.senderId, name: item.senderName ?? item.senderId };
      const isQuestion = item.kind === "question" && item.answeredBy === null;
      patchDraft(threadId, {
        to: null,
        reply: { id: item.id, seq: item.seq, to, text: beginningOf(item.body), isQuestion },
      });
      text.current?.focus();
    },
    [threadId, patchDraft],
  );

  useEffect(() => {
    if (target === null) return;
    onArrived();
    if (target.kind === "message") {
      const { id, threadId: wanted, seq } = target.place;
      patch({ filters: noFilters });
      choose({ id: wanted, rootId: null, subject: "", team: "" }, seq);
      if (wanted === threadId) void conversation?.open(seq);
      setMarked(id);
    } else {
      const { id, name } = target.agent;
      patch({ filters: { ...noFilters, agent: { id, name } } });
      choose(null);
      patchDraft(null, { to: { id, name } });
      requestAnimationFrame(() => text.current?.focus());
    }
  }, [target, onArrived, patch, patchDraft, choose, threadId, conversation]);

  const onSent = (messages: Parameters<typeof saidOfSent>[0], to: Named) => {
    patchDraft(threadId, emptyDraft);
    const wanted = messages[0]?.threadId;
    if (wanted !== undefined && wanted !== threadId) {
      choose({ id: wanted, rootId: null, subject: beginningOf(draft.text), team: "" });
    } else conversation?.toEnd();
    setSaid(saidOfSent(messages, to));
  };

  return (
    <div className={`workspace ${isNarrow ? `narrow shows-${saved.pane}` : "wide"}`}>
      {(!isNarrow || saved.pane === "list") && (
        <nav className="left" aria-label="Conversations">
          <FilterBar
            filters={saved.filters}
            isOpen={saved.filtersOpen}
            onChange={patchFilters}
            onOpen={(filtersOpen) => patch({ filtersOpen })}
            onClear={() => patch({ filters: noFilters })}
            onNew={() => {
              choose(null);
              requestAnimationFrame(() => text.current?.focus());
            }}
          />
          <ThreadList
            threads={threads}
            chosen={threadId}
            isFiltered={isFiltered}
            onChoose={(record) => choose(chosenOf(record))}
            onClear={() => patch({ filters: noFilters })}
          />
        </nav>
      )}
      {(!isNarrow || saved.pane === "conversation") && (
        <main className="right">
          <ConversationHeading
            thread={thread}
            isNarrow={isNarrow}
            isFiltered={isFiltered && !saved.whole}
            onBack={() => patch({ pane: "list" })}
            onWhole={() => patch({ whole: true })}
          />
          {conversation === null ? (
            <p className="empty">Choose a conversation, or write to an agent to begin one.</p>
          ) : (
            <ConversationView
              conversation={conversation}
              isFiltered={isFiltered && !saved.whole}
              reading={saved.reading}
              marked={marked}
              onReading={(reading) => patch({ reading })}
              onAnswer={answer}
              onSay={setSaid}
              onGoTo={goTo}
            />
          )}
          <Composer
            key={threadId}
            thread={thread}
            draft={draft}
            partner={partner}
            said={said}
            text={text}
            onChange={(changes) => patchDraft(threadId, changes)}
            onSent={onSent}
          />
        </main>
      )}
    </div>
  );
}

function chosenOf(record: ThreadRecord): ChosenThread;
function chosenOf(record: ThreadRecord | undefined): ChosenThread | null;
function chosenOf(record: ThreadRecord | undefined): ChosenThread | null {
  if (record === undefined) return null;
  const { id, rootId, subject, team } = record;
  return { id, rootId, subject, team };
}

const BEGINNING = 120;
const beginningOf = (text: string): string => text.trim().replace(/\s+/g, " ").slice(0, BEGINNING);

const noConversation = createSettable<{ readonly items: readonly MessageItem[] }>({ items: [] });

/** Who wrote last in a conversation, or was written to. */
function usePartner(conversation: Conversation | null): Named | null {
  const { items } = useWatched<{ readonly items: readonly MessageItem[] }>(conversation ?? noConversation);
  const last = items.at(-1);
  if (last === undefined) return null;
  if (last.senderId === null) return { id: last.recipientId, name: last.recipientName };
  return { id: last.senderId, name: last.senderName ?? YOU };
}
