import { type KeyboardEvent, useEffect, useRef } from "react";
import { useActs } from "./acts.ts";
import type { LinePlace } from "./comments.ts";
import { Refused } from "./refusal.tsx";
import { type Draft, draftKey as savedKey } from "./saved.ts";
import { useAsking } from "./useAsking.ts";

export interface CommentEditorProps {
  readonly path: string;
  readonly place: LinePlace;
  /** Of the draft, within its file. */
  readonly draftKey: string;
  readonly draft: Draft;
  /** Whether it is a comment that isn't there yet. */
  readonly isNew?: boolean;
}

const SAVE_KEYS = navigator.userAgent.includes("Mac") ? "⌘Enter" : "Ctrl+Enter";

/** Where a comment is written. It stays, with what is in it, until it is kept or given up. */
export function CommentEditor({ path, place, draftKey, draft, isNew = false }: CommentEditorProps) {
  const acts = useActs();
  const { isBusy, problem, ask, forget } = useAsking();
  const text = useRef<HTMLTextAreaElement>(null);
  const key = savedKey(path, draftKey);
  useEffect(() => text.current?.focus(), []);

  const leave = () => {
    const line = text.current?.closest(".block, .file")?.querySelector<HTMLElement>(`[data-line="${draftKey}"]`);
    acts.patchDraft(key, null);
    line?.focus();
  };
  const save = async () => {
    const body = draft.text.trim();
    if (body === "") return;
    const kept = await ask(() => acts.host.comment({ id: draft.id, path, ...place, body }));
    if (kept === undefined) return;
    await acts.refresh();
    leave();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      void save();
    } else if (event.key === "Escape" && (draft.text.trim() === "" || !isNew)) leave();
    event.stopPropagation();
  };

  return (
    <div className="comment is-edited" data-draft={draftKey}>
      <textarea
        ref={text}
        aria-label={`Comment on line ${place.line}`}
        placeholder={`What should be different here? ${SAVE_KEYS} keeps it.`}
        dir="auto"
        rows={2}
        maxLength={20_000}
        value={draft.text}
        onChange={({ target }) => {
          forget();
          acts.patchDraft(key, { ...draft, text: target.value });
        }}
        onKeyDown={onKeyDown}
      />
      <Refused problem={problem} />
      <div className="row">
        <button type="button" disabled={isBusy || draft.text.trim() === ""} onClick={() => void save()}>
          {isNew ? "Add Comment" : "Save"}
        </button>
        <button type="button" className="secondary" onClick={leave}>
          Cancel
        </button>
      </div>
    </div>
  );
}
