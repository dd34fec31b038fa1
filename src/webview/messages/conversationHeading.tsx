import { IconButton } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import type { ChosenThread } from "./saved.ts";

export interface ConversationHeadingProps {
  readonly thread: ChosenThread | null;
  readonly isNarrow: boolean;
  /** Whether messages that don't fit the filters are left out. */
  readonly isFiltered: boolean;
  readonly onBack: () => void;
  readonly onWhole: () => void;
}

export function ConversationHeading({ thread, isNarrow, isFiltered, onBack, onWhole }: ConversationHeadingProps) {
  const subject = thread === null ? "New message" : thread.subject === "" ? "Conversation" : thread.subject;
  return (
    <div className="heading">
      <div className="row">
        {isNarrow && <IconButton icon="arrow-left" label="Back to conversations" onPress={onBack} />}
        <h2 title={visible(subject)}>
          <bdi>{visible(subject)}</bdi>
        </h2>
        {thread !== null && thread.team !== "" && (
          <span className="team">
            team <bdi>{visible(thread.team)}</bdi>
          </span>
        )}
      </div>
      {thread !== null && isFiltered && (
        <div className="row only">
          <span>Only messages that fit the filters.</span>
          <button type="button" className="link" onClick={onWhole}>
            Show the whole conversation
          </button>
        </div>
      )}
    </div>
  );
}
