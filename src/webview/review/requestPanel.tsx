import { type KeyboardEvent, useEffect, useRef } from "react";
import type { Review } from "../../protocol/records.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { useActs } from "./acts.ts";
import { isEmptyRequest, requestOf, requestText } from "./decisions.ts";
import { Refused } from "./refusal.tsx";
import { useAsking } from "./useAsking.ts";

export interface RequestPanelProps {
  readonly review: Review;
  readonly note: string;
  readonly onSent: (said: string) => void;
}

/** What goes to the agent as one message: a note, the comments that weren't sent, and what was rejected. */
export function RequestPanel({ review, note, onSent }: RequestPanelProps) {
  const { host, patch, refresh } = useActs();
  const { isBusy, problem, ask, forget } = useAsking();
  const text = useRef<HTMLTextAreaElement>(null);
  const attempt = useRef({ content: "", id: "" });
  useEffect(() => text.current?.focus(), []);
  const unsent = review.comments.filter(({ sentAt }) => sentAt === null);
  const request = requestOf(review.files, unsent.length);
  const isEmpty = isEmptyRequest(request, note);
  const name = visible(review.agent.name);

  /** What is sent again, since its answer was lost, is sent once. */
  const idOf = (content: string): string => {
    if (attempt.current.content !== content) attempt.current = { content, id: crypto.randomUUID() };
    return attempt.current.id;
  };
  const send = async () => {
    if (isEmpty) return;
    const id = idOf(JSON.stringify([note, request, unsent.map((comment) => comment.id)]));
    if ((await ask(() => host.requestChanges({ id, note }))) === undefined) return;
    attempt.current = { content: "", id: "" };
    patch({ note: "", panel: null });
    onSent(`Sent to ${name}.`);
    await refresh();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void send();
    } else if (event.key === "Escape") patch({ panel: null });
  };

  return (
    <section className="panel" aria-label="Request changes" onKeyDown={onKeyDown}>
      <textarea
        ref={text}
        aria-label="Note"
        placeholder="Say first what the comments don't. This may stay empty."
        dir="auto"
        rows={2}
        maxLength={20_000}
        value={note}
        onChange={({ target }) => {
          forget();
          patch({ note: target.value });
        }}
      />
      <p className="plan">{requestText(request, note, name)}</p>
      <Refused problem={problem} />
      <div className="row">
        <button type="button" disabled={isBusy || isEmpty} onClick={() => void send()}>
          <Icon name="send" /> {isBusy ? "Sending…" : "Send to Agent"}
        </button>
        <button type="button" className="secondary" onClick={() => patch({ panel: null })}>
          Cancel
        </button>
      </div>
    </section>
  );
}
