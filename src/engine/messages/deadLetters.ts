import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import type { Transaction } from "../store/port.ts";
import { oneMessage } from "./rows.ts";

/** Messages whose last delivery failed: payload, thread and every error are kept. */
export interface DeadLetters {
  /** Makes a dead message pending again, under its id and with all its attempts; its errors stay. */
  sendAgain(tx: Transaction, messageId: string): Promise<Result<MessageRecord>>;
  /** Puts a dead message aside: it is listed no more. */
  discard(tx: Transaction, messageId: string): Promise<Result<MessageRecord>>;
}

export function createDeadLetters(clock: Clock): DeadLetters {
  const require = async (tx: Transaction, id: string): Promise<MessageRecord> => {
    const message = await oneMessage(tx, "WHERE id = ?", [id]);
    if (message === undefined) throw new Error(`there is no message ${id}`);
    return message;
  };

  return {
    async sendAgain(tx, id) {
      const { status, seq, attempts, errors, recipientId } = await require(tx, id);
      // Asked twice, since the first answer was lost.
      if (status === "pending" && attempts === 0 && errors.length > 0) return ok(await require(tx, id));
      if (status !== "dead")
        return refuse("illegal_move", `Message #${seq} is not dead (${status}): it is not sent again.`);
      await tx.run(
        "UPDATE messages SET status = 'pending', attempts = 0, due_at = ?, discarded_at = NULL WHERE id = ?",
        [clock.now(), id],
      );
      await tx.emit({ type: "message.sent_again", agentId: recipientId, messageId: id });
      return ok(await require(tx, id));
    },

    async discard(tx, id) {
      const message = await require(tx, id);
      if (message.status !== "dead") {
        return refuse("illegal_move", `Message #${message.seq} is not dead (${message.status}): it is not discarded.`);
      }
      if (message.discardedAt !== null) return ok(message);
      await tx.run("UPDATE messages SET discarded_at = ? WHERE id = ?", [clock.now(), id]);
      await tx.emit({ type: "message.discarded", agentId: message.recipientId, messageId: id });
      return ok(await require(tx, id));
    },
  };
}
