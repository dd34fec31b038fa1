import { type KeyboardEvent, type MouseEvent, memo, useEffect, useId, useRef, useState } from "react";
import type { ThreadRecord } from "../../protocol/records.ts";
import { useNow, useWatched } from "../shared/hooks.ts";
import { Icon } from "../shared/icon.tsx";
import { ago, wholeTime } from "../shared/time.ts";
import { visible } from "../shared/visible.ts";
import { counted } from "../shared/words.ts";
import type { Threads } from "./threads.ts";
import { YOU } from "./words.ts";

export interface ThreadListProps {
  readonly threads: Threads;
  readonly chosen: string | null;
  readonly isFiltered: boolean;
  readonly onChoose: (thread: ThreadRecord) => void;
  readonly onClear: () => void;
}

export function ThreadList({ threads: source, chosen, isFiltered, onChoose, onClear }: ThreadListProps) {
  const { threads, more, phase, problem } = useWatched(source);
  const now = useNow(30_000);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const activeId = threads.some(({ id }) => id === active) ? active : (chosen ?? threads[0]?.id ?? null);
  const optionId = (id: string) => `${listId}-${id}`;

  useEffect(() => {
    if (active !== null) document.getElementById(`${listId}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active, listId]);

  const onScroll = () => {
    const element = list.current;
    if (element === null || !more) return;
    if (element.scrollTop + element.clientHeight > element.scrollHeight - 400) void source.loadMore();
  };

  const onClick = ({ target }: MouseEvent) => {
    const option = target instanceof Element ? target.closest<HTMLElement>("[data-thread]") : null;
    const thread = threads.find(({ id }) => id === option?.dataset.thread);
    if (thread === undefined) return;
    setActive(thread.id);
    onChoose(thread);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const index = threads.findIndex(({ id }) => id === activeId);
    const next = nextIndex(event.key, index, threads.length);
    if (next !== undefined) {
      event.preventDefault();
      setActive(threads[next]?.id ?? null);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const thread = threads[index];
      if (thread !== undefined) onChoose(thread);
    }
  };

  if (threads.length === 0) {
    if (phase === "loading") return <p className="empty">Loading…</p>;
    if (problem !== null) return <p className="empty problem">{problem}</p>;
    return <NoThreads isFiltered={isFiltered} onClear={onClear} />;
  }
  return (
    <>
      {problem !== null && <p className="problem">{problem}</p>}
      <div
        ref={list}
        className="threads"
        role="listbox"
        aria-label="Conversations"
        tabIndex={0}
        aria-activedescendant={activeId === null ? undefined : optionId(activeId)}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onScroll={onScroll}
      >
        {threads.map((thread) => (
          <Thread
            key={thread.id}
            id={optionId(thread.id)}
            thread={thread}
            now={now}
            isChosen={thread.id === chosen}
            isActive={thread.id === activeId}
          />
        ))}
      </div>
    </>
  );
}

const PAGE_STEP = 10;

function nextIndex(key: string, index: number, count: number): number | undefined {
  const clamped = (wanted: number) => Math.max(0, Math.min(count - 1, wanted));
  switch (key) {
    case "ArrowDown":
      return clamped(index + 1);
    case "ArrowUp":
      return clamped(index - 1);
    case "PageDown":
      return clamped(index + PAGE_STEP);
    case "PageUp":
      return clamped(index - PAGE_STEP);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function NoThreads({ isFiltered, onClear }: { readonly isFiltered: boolean; readonly onClear: () => void }) {
  if (!isFiltered) return <p className="empty">No messages yet.</p>;
  return (
    <div className="empty">
      <p>No conversation fits the filters.</p>
      <button type="button" onClick={onClear}>
        Clear Filters
      </button>
    </div>
  );
}

interface ThreadProps {
  readonly id: string;
  readonly thread: ThreadRecord;
  readonly now: number;
  readonly isChosen: boolean;
  readonly isActive: boolean;
}

const Thread = memo(function Thread({ id, thread, now, isChosen, isActive }: ThreadProps) {
  const { subject, team, lastSender, lastText, lastAt, messages } = thread;
  return (
    <div
      id={id}
      data-thread={thread.id}
      role="option"
      aria-selected={isChosen}
      tabIndex={-1}
      className={isActive ? "thread is-active" : "thread"}
    >
      <div className="line">
        <bdi className="subject">{visible(subject)}</bdi>
        <time title={wholeTime(lastAt)}>{ago(lastAt, now)}</time>
      </div>
      <div className="line last">
        <span className="text" dir="auto">
          <span className="sender">{lastSender === null ? YOU : visible(lastSender)}:</span> {visible(lastText)}
        </span>
      </div>
      <div className="line facts">
        <bdi className="team">{visible(team)}</bdi>
        <span>{counted(messages, "message")}</span>
        <Badges thread={thread} />
      </div>
    </div>
  );
});

function Badges({ thread: { pending, delivered, dead } }: { readonly thread: ThreadRecord }) {
  const open = pending + delivered;
  return (
    <>
      {open > 0 && (
        <span className="badge tone-wait">
          <Icon name="clockface" />
          {open.toLocaleString("en-US")} pending
        </span>
      )}
      {dead > 0 && (
        <span className="badge tone-bad">
          <Icon name="error" />
          {dead.toLocaleString("en-US")} dead
        </span>
      )}
    </>
  );
}
