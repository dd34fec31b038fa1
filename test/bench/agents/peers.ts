import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { storeFolder } from "../../../src/engine/open.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { listFiles, segmentName } from "../../../src/engine/store/files.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import { readRecords, type Statement, TransactionDecoder } from "../../../src/engine/store/record.ts";
import { openNodeSqlite } from "../store/nodeSqlite.ts";
import { migrations, openAsLeader } from "../store/opening.ts";
import { type Cost, startMeter } from "./cost.ts";

const headerSchema = z.object({ segment: z.int() });

/**
 * What an engine committed, transaction by transaction, from its journal: nothing may have been compacted yet. The
 * statements that made the tables are not there, since a new store begins with an image that has them.
 */
async function transactionsOf(folder: string): Promise<readonly (readonly Statement[])[]> {
  const store = storeFolder(join(folder, ".git"));
  const { segments } = await listFiles(realDisk, store);
  if (segments[0] !== 1) throw new Error("the journal was compacted: compare fewer agents");
  const transactions: (readonly Statement[])[] = [];
  for (const segment of segments) {
    const decoder = new TransactionDecoder();
    for (const { payload } of readRecords(await readFile(join(store, segmentName(segment)))).records) {
      if (headerSchema.safeParse(JSON.parse(new TextDecoder().decode(payload))).success) continue;
      transactions.push(decoder.decode(payload));
    }
  }
  return transactions;
}

type Peer = "store" | "node_sqlite";

const openPeer = (peer: Peer, folder: string): Promise<Pick<Store, "transaction" | "close">> =>
  peer === "store" ? openAsLeader(join(folder, "again")) : Promise.resolve(openNodeSqlite(folder, migrations));

/**
 * Makes the changes of an engine's run again, with nothing around them: no model, no content, not one read. As many
 * are in flight as there were agents.
 */
export async function replay(folder: string, peer: Peer, inFlight: number): Promise<Cost> {
  const transactions = await transactionsOf(folder);
  const store = await openPeer(peer, folder);
  let next = 0;
  const work = async () => {
    for (let own = transactions[next++]; own !== undefined; own = transactions[next++]) {
      const statements = own;
      await store.transaction(async (tx) => {
        for (const { sql, parameters } of statements) await tx.run(sql, parameters);
      });
    }
  };
  const stop = startMeter();
  await Promise.all(Array.from({ length: inFlight }, work));
  const spent = stop();
  await store.close();
  return { flushing: 0, ...spent, count: transactions.length, delayP99: 0, longestDelay: 0 };
}
