import type { Disposable } from "../base/disposable.ts";

/** Runs something again and again, but with a pause between two runs, and never twice at the same time. */
export interface Coalescer extends Disposable {
  trigger(): void;
}

/**
 * A trigger runs `run` at once, or, during a run and for `ms` after it, once when that time is over, however often it
 * came. `run` must not reject. Nothing is started after disposal.
 */
export function createCoalescer(ms: number, run: () => Promise<void>): Coalescer {
  let timer: NodeJS.Timeout | undefined;
  let busy = false;
  let again = false;
  let disposed = false;

  const trigger = () => {
    if (disposed) return;
    if (busy) again = true;
    else void cycle();
  };
  const cycle = async () => {
    busy = true;
    again = false;
    await run();
    if (!disposed) timer = setTimeout(rest, ms);
  };
  const rest = () => {
    busy = false;
    if (again) trigger();
  };

  return {
    trigger,
    dispose() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
