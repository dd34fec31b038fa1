import { priorities } from "../../../src/protocol/words.ts";
import type { Letter } from "./checker.ts";
import { bodyOf } from "./plan.ts";
import { type Attempted, isUnknown, type Scene } from "./scene.ts";

/** Sends one letter after the other; one of which it does not know what came is tried again first, or left at that. */
export interface Sender {
  send(): Promise<void>;
}

export function createSender(
  { room, dice, moment }: Scene,
  name: string,
  recipients: readonly string[],
  keep: (attempted: Attempted) => void,
): Sender {
  let sent = 0;
  let open: Attempted | undefined;

  const begin = (): Attempted => {
    const letter = {
      sender: name,
      recipient: dice.oneOf(recipients),
      priority: dice.oneOf(priorities),
      number: ++sent,
    };
    const attempted: Attempted = { letter, invokedAt: moment(), outcome: "indeterminate" };
    keep(attempted);
    return attempted;
  };

  const post = (letter: Letter) =>
    room.store.attempt((tx) =>
      room.inbox.post(
        tx,
        {
          senderId: name,
          recipientId: letter.recipient,
          relation: "peer",
          kind: "note",
          priority: letter.priority,
          body: bodyOf(letter),
          thread: { rootId: "lead", subject: "letters" },
          deduplicationKey: `${name}/${letter.number}`,
        },
        letter.recipient,
      ),
    );

  return {
    async send() {
      const attempted = open ?? begin();
      open = undefined;
      try {
        const posted = await post(attempted.letter);
        attempted.outcome = posted.ok ? "acknowledged" : "failed";
        if (posted.ok) attempted.acknowledgedAt = moment();
      } catch (error) {
        if (!isUnknown(error)) throw error;
        if (dice.chance(0.85)) open = attempted;
      }
    },
  };
}
