import { join } from "node:path";
import { z } from "zod";
import { systemClock } from "../../src/base/clock.ts";
import { systemIds } from "../../src/base/ids.ts";
import { silentLogger } from "../../src/base/log.ts";
import { readLead } from "../../src/engine/leader/holder.ts";
import { createInbox } from "../../src/engine/messages/inbox.ts";
import { defaultMessageLimits } from "../../src/engine/messages/limits.ts";
import { realDisk } from "../../src/engine/store/disk.ts";
import { openStore } from "../../src/engine/store/store.ts";
import type { AgentTreeRow } from "../../src/protocol/records.ts";
import { assets, createInlineCompactor, expectOk } from "../support/store.ts";

/** Two agents of one team, and what they said to each other, in threads of their own. */
export interface Talk {
  readonly between: readonly [AgentTreeRow, AgentTreeRow];
  readonly threads: readonly { readonly subject: string; readonly bodies: readonly string[] }[];
}

/** Puts messages that were processed long ago into a store that nobody leads, as the queue itself puts them there. */
export async function seedTalk(gitFolder: string, { between, threads }: Talk): Promise<void> {
  const folder = join(gitFolder, "banyan");
  const { epoch } = await readLead(folder);
  const store = expectOk(
    await openStore({
      folder,
      wasm: assets.wasm,
      migrations: assets.migrations,
      disk: realDisk,
      clock: systemClock,
      log: silentLogger,
      writer: {
        epoch: { number: epoch + 1, isCurrent: () => true },
        compactor: createInlineCompactor(realDisk),
        compactAfter: { records: 1_000_000, bytes: 1e9 },
      },
    }),
  );
  const begun = systemClock.now() - 3 * 86_400_000;
  let at = begun;
  const inbox = createInbox({ ...systemClock, now: () => (at += 20_000) }, systemIds, defaultMessageLimits);
  for (const { subject, bodies } of threads) {
    let thread: { readonly id: string } | { readonly rootId: string; readonly subject: string } = {
      rootId: between[0].rootId,
      subject,
    };
    for (let first = 0; first < bodies.length; first += 1_000) {
      await store.transaction(async (tx) => {
        for (const [index, body] of bodies.slice(first, first + 1_000).entries()) {
          const [sender, recipient] = index % 2 === 0 ? between : [between[1], between[0]];
          const sent = await inbox.send(tx, {
            senderId: sender.id,
            recipientId: recipient.id,
            relation: sender.id === recipient.parentId ? "parent" : "child",
            kind: "note",
            priority: "normal",
            body,
            thread,
          });
          thread = { id: sent.threadId };
        }
      });
    }
  }
  await store.transaction(async (tx) => {
    for (const { id } of between) {
      const turn = await tx.get(
        z.object({ id: z.string() }),
        "SELECT id FROM turns WHERE agent_id = ? ORDER BY number LIMIT 1",
        [id],
      );
      if (turn === undefined) throw new Error("an agent that took no turn took no message");
      await tx.run(
        `UPDATE messages SET status = 'delivered', attempts = 1, delivered_at = sent_at, lease_expires_at = sent_at, turn_id = ?
         WHERE recipient_id = ? AND status = 'pending' AND sent_at BETWEEN ? AND ?`,
        [turn.id, id, begun, at],
      );
      await tx.run(
        `UPDATE messages SET status = 'processed', processed_at = sent_at, lease_expires_at = NULL
         WHERE recipient_id = ? AND status = 'delivered' AND sent_at BETWEEN ? AND ?`,
        [id, begun, at],
      );
    }
  });
  await store.close();
}

/** Texts of different height. */
export const bodyOf = (number: number): string =>
  `Message **${number}** of a long talk.${number % 3 === 0 ? `\n\n${"It goes on for a while. ".repeat(1 + (number % 12))}` : ""}${number % 7 === 0 ? "\n\n- one\n- two" : ""}`;
