import { priorities } from "../../../src/protocol/words.ts";
import { createRandom } from "../../support/random.ts";
import type { Letter } from "./checker.ts";

/** Who sends what to whom: the same for a seed, in whichever process it is asked for. */
export interface Plan {
  readonly seed: number;
  readonly senders: number;
  readonly recipients: number;
  /** Messages of all senders together; each sends as many as the others. */
  readonly messages: number;
  /** Messages that a sender sends in one turn. */
  readonly perTurn: number;
}

const named = (letter: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, "0")}`);
export const sendersOf = ({ senders }: Plan): readonly string[] => named("s", senders);
export const recipientsOf = ({ recipients }: Plan): readonly string[] => named("r", recipients);

export function lettersOf(plan: Plan, sender: string): readonly Letter[] {
  const random = createRandom(plan.seed * 1_000 + sendersOf(plan).indexOf(sender));
  const oneOf = <T>(list: readonly [T, ...T[]] | readonly T[]): T => {
    const chosen = list[Math.floor(random() * list.length)];
    if (chosen === undefined) throw new Error("there is nothing to choose from");
    return chosen;
  };
  const recipients = recipientsOf(plan);
  return Array.from({ length: plan.messages / plan.senders }, (_, index) => ({
    sender,
    recipient: oneOf(recipients),
    priority: oneOf(priorities),
    number: index + 1,
  }));
}

/** The letter as the text of a message, and back; undefined for any other text. */
export const bodyOf = ({ sender, recipient, priority, number }: Letter): string =>
  `letter ${number} from ${sender} to ${recipient} at ${priority}`;

export function letterIn(body: string): Letter | undefined {
  const [, number, sender, recipient, wanted] = /^letter (\d+) from (\S+) to (\S+) at (\S+)$/.exec(body) ?? [];
  const priority = priorities.find((each) => each === wanted);
  if (sender === undefined || recipient === undefined || priority === undefined) return undefined;
  return { sender, recipient, priority, number: Number(number) };
}
