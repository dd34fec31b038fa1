import { createBirpc } from "birpc";
import { z } from "zod";
import { messageOf } from "../base/errors.ts";
import type { Event } from "../base/event.ts";

/** Messages both ways, whole and in order: a socket, or a webview's port. */
export interface Channel {
  /** What is posted after the end is dropped. */
  post(message: unknown): void;
  readonly onMessage: Event<unknown>;
  /** Once, when no message comes any more, whichever side ended it. */
  readonly onClose: Event<void>;
  close(): void;
}

/** The other end went away before it answered: what was asked may have happened or not. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** What the other end may call, by name. Arguments come as they came over the wire: unchecked. */
export type Functions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

export interface Calls {
  /** Rejects with what the other end threw, or with a `ConnectionLostError`. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Calls without waiting for an answer. */
  tell(name: string, ...args: readonly unknown[]): void;
}

const messageSchema = z.union([
  z.object({ t: z.literal("q"), i: z.string().optional(), m: z.string(), a: z.array(z.unknown()) }),
  z.object({
    t: z.literal("s"),
    i: z.string(),
    r: z.unknown().optional(),
    e: z.object({ message: z.string() }).optional(),
  }),
]);

/**
 * Answers the calls of the other end with `functions`, and calls those of the other end. What is no message at all ends
 * the channel. `onError` hears of what a function of this end threw; the caller gets the message alone.
 */
export function connectCalls(channel: Channel, functions: Functions, onError: (error: unknown) => void): Calls {
  const rpc = createBirpc<Record<string, (...args: unknown[]) => unknown>, Functions, false>(functions, {
    proxify: false,
    timeout: -1,
    post: (message) => channel.post(message),
    on: (listener) => {
      channel.onMessage((message) => {
        const parsed = messageSchema.safeParse(message);
        if (parsed.success) listener(parsed.data);
        else channel.close();
      });
    },
    serialize: (message) => ("e" in message ? { ...message, e: { message: messageOf(message.e) } } : message),
    deserialize: (message) => (message.e === undefined ? message : { ...message, e: new Error(message.e.message) }),
    resolver: (name) => (Object.hasOwn(functions, name) ? functions[name] : undefined),
    // What this returns decides whether the caller is told: it always is.
    onFunctionError: (error) => {
      onError(error);
    },
  });
  const lost = () => new ConnectionLostError("the connection was lost");
  channel.onClose(() => rpc.$close(lost()));
  return {
    call: async (name, ...args) => {
      if (rpc.$closed) throw lost();
      return rpc.$call(name, ...args);
    },
    tell(name, ...args) {
      if (!rpc.$closed) rpc.$callEvent(name, ...args).catch(onError);
    },
  };
}
