import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { useActs } from "./acts.ts";
import { isEmptyRequest, requestOf } from "./decisions.ts";
import { nextIndex } from "./keys.ts";
import { MergePanel } from "./mergePanel.tsx";
import { Refused } from "./refusal.tsx";
import { RequestPanel } from "./requestPanel.tsx";
import type { Saved } from "./saved.ts";

export interface ActionBarProps {
  readonly shown: ShownReview;
  readonly saved: Saved;
  readonly version: string;
  /** Why the last decision was not taken. */
  readonly problem: string | null;
}

/** What comes of a review: changes are requested, or the work is merged. */
export function ActionBar({ shown, saved, version, problem }: ActionBarProps) {
  const { patch } = useActs();
  const [said, setSaid] = useState("");
  const { review, mergeObstacle } = shown;
  const { panel, note } = saved;
  const unsent = review.comments.filter(({ sentAt }) => sentAt === null).length;
  const request = requestOf(review.files, unsent);
  const open = (changes: Partial<Saved>) => {
    setSaid("");
    patch(changes);
  };
  return (
    <footer className="action-bar">
      <Refused problem={problem} />
      {panel === "request" && <RequestPanel review={review} note={note} onSent={setSaid} />}
      {panel === "merge" && <MergePanel shown={shown} chosen={saved} version={version} onMerged={setSaid} />}
      {panel === null && (
        <div className="row bar">
          <span className="said" role="status" aria-live="polite">
            {said === "" && mergeObstacle !== null ? visible(mergeObstacle) : visible(said)}
          </span>
          <button
            type="button"
            className="secondary"
            title={isEmptyRequest(request, note) ? "Nothing to send yet; a note can be written" : undefined}
            onClick={() => open({ panel: "request" })}
          >
            <Icon name="request-changes" /> Request Changes…
          </button>
          {review.targetAgentId === null && <MergeButtons isOff={mergeObstacle !== null} onOpen={open} />}
        </div>
      )}
    </footer>
  );
}

interface MergeButtonsProps {
  readonly isOff: boolean;
  readonly onOpen: (changes: Partial<Saved>) => void;
}

const choices = [
  { title: "Merge All", manner: "merge", acceptedOnly: false },
  { title: "Merge Accepted Only", manner: "merge", acceptedOnly: true },
  { title: "Squash All", manner: "squash", acceptedOnly: false },
  { title: "Squash Accepted Only", manner: "squash", acceptedOnly: true },
] as const;

/** A button with a menu beside it. */
function MergeButtons({ isOff, onOpen }: MergeButtonsProps) {
  const [isOpen, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (isOpen) menu.current?.querySelector<HTMLElement>("button")?.focus();
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent) => {
    const items = [...(menu.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const index = items.findIndex((item) => item.matches(":focus"));
    const next = nextIndex(event.key, index, items.length);
    if (event.key === "Escape") setOpen(false);
    else if (next === undefined) return;
    else items[next]?.focus();
    event.preventDefault();
  };
  return (
    <span className="split">
      <button type="button" disabled={isOff} onClick={() => onOpen({ panel: "merge" })}>
        <Icon name="git-merge" /> Merge…
      </button>
      <button
        type="button"
        className="more"
        disabled={isOff}
        aria-label="Ways to merge"
        title="Ways to merge"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name="chevron-down" />
      </button>
      {isOpen && (
        <div
          ref={menu}
          className="menu"
          role="menu"
          aria-label="Ways to merge"
          onKeyDown={onKeyDown}
          onBlur={({ currentTarget, relatedTarget }) => {
            if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOpen(false);
          }}
        >
          {choices.map(({ title, manner, acceptedOnly }) => (
            <button
              key={title}
              type="button"
              role="menuitem"
              onClick={() => onOpen({ panel: "merge", manner, acceptedOnly })}
            >
              {title}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
