import { Icon } from "../shared/icon.tsx";
import type { FileState } from "./decisions.ts";

export interface DecisionButtonsProps {
  /** What is decided on: `this file`, `this hunk`. */
  readonly what: string;
  readonly state: FileState;
  readonly onDecide: (decision: "accepted" | "rejected" | null) => void;
}

/** Accepts and rejects; pressed again, it is undecided again. */
export function DecisionButtons({ what, state, onDecide }: DecisionButtonsProps) {
  return (
    <span className="decisions">
      <button
        type="button"
        className="decide accept"
        aria-pressed={state === "accepted"}
        aria-label={`Accept ${what}`}
        title={`Accept ${what} (A)`}
        onClick={() => onDecide(state === "accepted" ? null : "accepted")}
      >
        <Icon name="check" /> <span className="word">Accept</span>
      </button>
      <button
        type="button"
        className="decide reject"
        aria-pressed={state === "rejected"}
        aria-label={`Reject ${what}`}
        title={`Reject ${what} (R)`}
        onClick={() => onDecide(state === "rejected" ? null : "rejected")}
      >
        <Icon name="close" /> <span className="word">Reject</span>
      </button>
    </span>
  );
}

const stateIcons = { accepted: "pass-filled", rejected: "circle-slash", partly: "circle-large-filled" } as const;
export const stateWords = { accepted: "Accepted", rejected: "Rejected", partly: "Partly decided" } as const;

/** What was decided, as an icon with a word for who doesn't see it. */
export function StateIcon({ state }: { readonly state: FileState }) {
  if (state === null) return <span className="decided" />;
  return (
    <span className={`decided is-${state}`} title={stateWords[state]}>
      <Icon name={stateIcons[state]} />
      <span className="spoken">{stateWords[state]}</span>
    </span>
  );
}
