import { Emitter } from "../../../../src/base/event.ts";
import type { Channel } from "../../../../src/protocol/channel.ts";

/** Both ends of one channel; what is posted arrives as JSON would bring it. */
export function pair(): readonly [Channel, Channel] {
  const onError = (error: unknown) => {
    throw error;
  };
  const ends = [0, 1].map(() => ({ messages: new Emitter<unknown>(onError), closing: new Emitter<void>(onError) }));
  const channel = (own: number): Channel => ({
    post: (message) => ends[1 - own]?.messages.fire(JSON.parse(JSON.stringify(message))),
    onMessage: (listener) => ends[own]?.messages.event(listener) ?? { dispose() {} },
    onClose: (listener) => ends[own]?.closing.event(listener) ?? { dispose() {} },
    close: () => ends[own]?.closing.fire(),
  });
  return [channel(0), channel(1)];
}
