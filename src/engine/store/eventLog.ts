import { z } from "zod";
import { type EngineEvent, engineEventBodySchema } from "../../protocol/events.ts";
import type { Reader, Store } from "./port.ts";

/** SQL of the table `events`, which transactions append to. */

const eventRow = z.object({
  seq: z.int(),
  at: z.int(),
  payload: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(engineEventBodySchema),
});

/** What happened after the event at a position, in order. */
export const eventsSince = (store: Pick<Store, "read">, position: number): Promise<readonly EngineEvent[]> =>
  store.read(async (reader) => {
    const rows = await reader.all(eventRow, "SELECT seq, at, payload FROM events WHERE seq > ? ORDER BY seq", [
      position,
    ]);
    return rows.map(({ payload, seq, at }) => ({ ...payload, seq, at }));
  });

/** Position of the last event; 0 where nothing ever happened. */
export const lastPosition = (store: Pick<Store, "read">): Promise<number> => store.read(lastPositionIn);

export async function lastPositionIn(reader: Reader): Promise<number> {
  const row = await reader.get(z.object({ seq: z.int() }), "SELECT coalesce(max(seq), 0) AS seq FROM events");
  return row?.seq ?? 0;
}
