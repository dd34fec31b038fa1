import { createDeferred } from "../../base/deferred.ts";
import { messageOf, ok } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { type Listening, listen, removeAddress } from "../leader/address.ts";
import { startHeartbeat } from "../leader/heartbeat.ts";
import { findLeader } from "../leader/holder.ts";
import { claimLead, type LeaderLock } from "../leader/lock.ts";
import { createSocketChannel } from "../leader/socketChannel.ts";
import { openToLead } from "../open.ts";
import { answerClient } from "../remote/answer.ts";
import type { LedEngine } from "../remote/backend.ts";
import type { Seat, SeatEnd, SeatOptions, TakenSeat } from "./seat.ts";

/**
 * Leads the repository, if nobody does: opens the engine and lets clients in. `evenFrom`: token of a holder that is
 * replaced though its process is there.
 */
export async function takeLeadersSeat(options: SeatOptions, evenFrom: string | undefined): Promise<TakenSeat> {
  const { folder, host } = options;
  const { ids, clock, log } = host;
  const held = await findLeader(folder).catch(() => undefined);
  if (held !== undefined && held.token !== evenFrom) return ok({ kind: "held", holder: held });

  const token = ids.unique();
  const engine = createDeferred<LedEngine>();
  const listening = await listen(ids, (socket) =>
    answerClient(createSocketChannel(socket, onFault(log)), { token, engine: engine.promise, clock, log }),
  );
  const { label } = host;
  const { address } = listening;
  const claimed = await claimLead(folder, { label, token, address, evenFrom, clock, log });
  if (!claimed.ok || claimed.value.kind === "held") await listening.close();
  if (!claimed.ok) return claimed;
  if (claimed.value.kind === "held") return ok(claimed.value);
  return settle(options, claimed.value.lead, listening, engine.resolve);
}

async function settle(
  options: SeatOptions,
  lead: LeaderLock,
  listening: Listening,
  letIn: (engine: LedEngine) => void,
): Promise<TakenSeat> {
  const { folder, host } = options;
  const ended = createDeferred<SeatEnd>();
  const onSuperseded = () => ended.resolve({ why: "superseded", token: lead.token });
  const heartbeat = startHeartbeat(host.assets.heartbeat, { folder, token: lead.token }, onSuperseded, host);
  const giveUp = async () => {
    await quietly(host.log, "its clients could not be let go", () => listening.close());
    await quietly(host.log, "the heartbeat could not be stopped", () => heartbeat.stop());
    await quietly(host.log, "the lead could not be given back", () => lead.release());
  };
  try {
    if (lead.before?.address !== undefined) await removeAddress(lead.before.address);
    const opened = await openToLead(options.repository, options.settings, host, lead);
    if (!opened.ok) {
      await giveUp();
      return opened;
    }
    const engine = opened.value;
    await tellFromStart(options, engine);
    letIn(engine);
    const seat: Seat = {
      backend: engine,
      leader: null,
      clients: () => listening.connections(),
      ended: ended.promise,
      start: () => engine.start(),
      async leave() {
        // Clients first: what they ask for now, they ask of the next leader.
        await quietly(host.log, "its clients could not be let go", () => listening.close());
        await quietly(host.log, "the engine could not be stopped in order", () => engine.stop());
        await giveUp();
      },
    };
    return ok({ kind: "taken", seat });
  } catch (error) {
    await giveUp();
    throw error;
  }
}

/** What happened while nobody here listened comes first. Nothing runs yet, so that nothing comes in between. */
async function tellFromStart({ since, onEvent, onPosition }: SeatOptions, engine: LedEngine): Promise<void> {
  const position = since ?? (await engine.position());
  onPosition(position);
  for (const event of await engine.history(position)) onEvent(event);
  engine.onEvent(onEvent);
}

async function quietly(log: Logger, problem: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error(problem, error);
  }
}

const onFault = (log: Logger) => (error: unknown) =>
  log.warn("a client's connection failed", { reason: messageOf(error) });
