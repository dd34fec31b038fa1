import type { Recipient } from "../../protocol/messagesView.ts";
import type { MessageItem } from "../../protocol/records.ts";
import { isEnded, type MessageKind, type Priority, type Relation } from "../../protocol/words.ts";
import { clockTime } from "../shared/time.ts";
import { visible } from "../shared/visible.ts";

/** How the view says what the records say. An icon is a codicon. */

export const YOU = "You";

export const priorityWords: Readonly<Record<Priority, string>> = {
  urgent: "Urgent",
  high: "High",
  normal: "Normal",
  low: "Low",
};

export const priorityIcons: Readonly<Record<Priority, string>> = {
  urgent: "flame",
  high: "arrow-up",
  normal: "dash",
  low: "arrow-down",
};

export const statusWords: Readonly<Record<MessageItem["status"], string>> = {
  pending: "Pending",
  delivered: "Delivered",
  processed: "Processed",
  dead: "Dead",
};

export const kindWords: Readonly<Record<MessageKind, string>> = {
  task: "Task",
  note: "Note",
  question: "Question",
  answer: "Answer",
  report: "Report",
};

/** What the sender is to the recipient; the user says "You" already. */
export const relationWords: Readonly<Record<Relation, string | null>> = {
  user: null,
  parent: "parent",
  child: "child",
  peer: "peer",
};

export interface State {
  readonly icon: string;
  readonly word: string;
  /** What there is to say beside, in a few words. */
  readonly more: string | null;
  readonly tone: "quiet" | "wait" | "bad";
}

type Delivery = Pick<
  MessageItem,
  "status" | "attempts" | "dueAt" | "errors" | "discardedAt" | "recipientName" | "recipientEnded"
>;

/** How far a message has come. */
export function stateOf(message: Delivery, now: number): State {
  const { status, attempts, dueAt, errors, discardedAt, recipientName, recipientEnded } = message;
  switch (status) {
    case "pending": {
      if (recipientEnded) {
        return { icon: "eye-closed", word: "Not read", more: `${visible(recipientName)} has ended`, tone: "quiet" };
      }
      const word = statusWords.pending;
      if (errors.length === 0 || attempts === 0) return { icon: "clockface", word, more: null, tone: "wait" };
      const when = dueAt > now ? `delivered again at ${clockTime(dueAt, true)}` : "to be delivered again";
      return { icon: "history", word, more: `${when}, tried ${times(attempts)}`, tone: "wait" };
    }
    case "delivered":
      return { icon: "mail-read", word: statusWords.delivered, more: null, tone: "wait" };
    case "processed":
      return { icon: "check", word: statusWords.processed, more: null, tone: "quiet" };
    case "dead":
      if (discardedAt !== null) return { icon: "trash", word: "Discarded", more: null, tone: "quiet" };
      return { icon: "error", word: statusWords.dead, more: `tried ${times(attempts)}`, tone: "bad" };
  }
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

export const hasEnded = ({ status }: Pick<Recipient, "status">): boolean => isEnded(status);

/** One sentence for a screen reader: who to whom, what, how far. */
export function spokenOf(item: MessageItem, now: number): string {
  const { word, more } = stateOf(item, now);
  const kind = kindWords[item.kind];
  const priority = item.priority === "normal" ? [] : [`${priorityWords[item.priority]} priority`];
  const who = `${kind} from ${item.senderName ?? YOU} to ${item.recipientName}`;
  return [who, ...priority, more === null ? word : `${word}, ${more}`, clockTime(item.sentAt)].join(", ");
}
