import { connect, type Socket } from "node:net";
import { createDeferred } from "../../base/deferred.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import { ConnectionLostError } from "../../protocol/channel.ts";
import { type Holder, nameOf } from "../leader/holder.ts";
import { createSocketChannel } from "../leader/socketChannel.ts";
import { watchLeader } from "../leader/watch.ts";
import { type Attachment, attach } from "../remote/attach.ts";
import type { Backend } from "../remote/backend.ts";
import type { Seat, SeatEnd, SeatOptions } from "./seat.ts";

type ClientOptions = Pick<SeatOptions, "host" | "folder" | "since" | "onEvent" | "onPosition"> & {
  /** The checkout that this process is about. */
  readonly root: string;
};

/**
 * Joins the process that leads. Undefined where it can't be reached now: it begins, it ends, or it hangs. One that opens
 * a large store is waited for, unless `patienceMs` says for how long. Refuses a leader of another version; rejects with
 * the signal's reason.
 */
export async function takeClientsSeat(
  options: ClientOptions,
  holder: Holder,
  signal: AbortSignal,
  patienceMs = Number.POSITIVE_INFINITY,
): Promise<Result<Seat> | undefined> {
  const { host, folder, since, onEvent, onPosition } = options;
  const { log, clock } = host;
  const socket = await connectTo(holder.address);
  if (socket === undefined) return undefined;
  const onError = (error: unknown) => log.warn("the connection to the leader failed", { reason: messageOf(error) });
  const channel = createSocketChannel(socket, onError);
  const over = new AbortController();
  const ended = createDeferred<SeatEnd>();
  const end = (why: SeatEnd["why"]) => {
    over.abort();
    channel.close();
    ended.resolve({ why, token: holder.token });
  };
  channel.onClose(() => end("disconnected"));
  const answered = new AbortController();
  const waits = AbortSignal.any([over.signal, answered.signal]);
  if (Number.isFinite(patienceMs)) clock.sleep(patienceMs, waits).then(() => end("disconnected"), ignore);
  const onAbort = () => end("disconnected");
  signal.addEventListener("abort", onAbort, { once: true });
  watchLeader(folder, holder, clock, over.signal).then(end, ignore);
  try {
    signal.throwIfAborted();
    const attached = await attach(channel, { token: holder.token, since, onEvent, onError });
    answered.abort();
    if (!attached.ok) {
      end("disconnected");
      return attached;
    }
    onPosition(attached.value.position);
    const leave = async () => end("disconnected");
    const backend = boundTo(attached.value, options.root, holder);
    return ok({
      backend,
      leader: holder,
      clients: () => 0,
      ended: ended.promise,
      async start() {},
      leave,
    });
  } catch (error) {
    end("disconnected");
    signal.throwIfAborted();
    if (error instanceof ConnectionLostError) return undefined;
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** A leader knows one checkout: what starts from, or goes into, another one of the repository is refused. */
function boundTo({ backend, root }: Attachment, own: string, holder: Holder): Backend {
  if (root === own) return backend;
  const refused = async () =>
    refuse(
      "other_checkout",
      `${nameOf(holder)} runs the agents for the checkout ${root}, and this one is ${own}: do it there, or end that process first.`,
    );
  return {
    ...backend,
    agents: { ...backend.agents, spawn: refused },
    worktrees: { ...backend.worktrees, merge: refused, undoMerge: refused },
  };
}

/** What these promises reject with says only that nobody waits for them any more. */
const ignore = () => {};

function connectTo(address: string | undefined): Promise<Socket | undefined> {
  if (address === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once("connect", () => resolve(socket));
    socket.once("error", () => resolve(undefined));
  });
}
