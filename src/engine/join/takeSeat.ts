import { ok, type Result, refuse } from "../../base/errors.ts";
import { type Holder, nameOf } from "../leader/holder.ts";
import { HUNG_AFTER_MS, silenceOf, watchLeader } from "../leader/watch.ts";
import type { EngineHost } from "../open.ts";
import { takeClientsSeat } from "./client.ts";
import { takeLeadersSeat } from "./lead.ts";
import type { Seat, SeatOptions } from "./seat.ts";

/** Milliseconds of waiting for the process that leads after which that is said. */
const TELL_MS = 2_000;
/** Milliseconds between two attempts to lead or to reach the one that does. */
const RETRY_MS = 100;
/** Milliseconds of silence that a leader which lives never shows for long. */
const LIVELY_MS = 5_000;

export interface Taking {
  readonly signal: AbortSignal;
  /** Milliseconds after which a leader that lives but lets nobody in is given up. */
  readonly patienceMs: number;
  /** Token of a leader that was found to hang. */
  readonly hung: string | undefined;
}

/** Leads, or joins who leads, whichever comes first; waits while the one that leads begins or ends. Rejects with the signal's reason. */
export async function takeSeat(options: SeatOptions, taking: Taking): Promise<Result<Seat>> {
  const over = new AbortController();
  try {
    return await attempt(options, taking, over.signal);
  } finally {
    over.abort();
  }
}

async function attempt(
  options: SeatOptions,
  { signal, patienceMs, hung }: Taking,
  over: AbortSignal,
): Promise<Result<Seat>> {
  const { folder, host } = options;
  const since = host.clock.now();
  let evenFrom = hung;
  let isTold = false;
  for (;;) {
    signal.throwIfAborted();
    const led = await takeLeadersSeat(options, evenFrom);
    if (!led.ok) return led;
    if (led.value.kind === "taken") return ok(led.value.seat);
    const { holder } = led.value;
    if (!isTold) tellOfWaiting(holder, host, AbortSignal.any([signal, over]));
    isTold = true;
    const joined = await takeClientsSeat({ ...options, root: options.repository.root }, holder, signal);
    if (joined !== undefined) return joined;
    const silent = await silenceOf(folder, holder, host.clock);
    if (silent >= HUNG_AFTER_MS) {
      const end = await watchLeader(folder, holder, host.clock, signal);
      if (end === "hung") evenFrom = holder.token;
    } else if (silent < LIVELY_MS && host.clock.now() - since > patienceMs) {
      return unreachable(holder);
    }
    await host.clock.sleep(RETRY_MS, signal);
  }
}

function tellOfWaiting(holder: Holder, { clock, log }: EngineHost, over: AbortSignal): void {
  const after = `if it gives no sign of life for ${HUNG_AFTER_MS / 1000} s, it is replaced`;
  clock.sleep(TELL_MS, over).then(
    () => log.warn(`${nameOf(holder)} leads this repository and has not answered yet: ${after}`),
    () => {},
  );
}

const unreachable = (holder: Holder): Result<never> =>
  refuse(
    "leader_silent",
    `Banyan runs for this repository in ${nameOf(holder)}, which does not answer. Wait for it, or close it.`,
  );
