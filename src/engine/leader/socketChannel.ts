import type { Socket } from "node:net";
import { Emitter } from "../../base/event.ts";
import type { Channel } from "../../protocol/channel.ts";
import { parseJson } from "./json.ts";

/** Bytes that one message may have. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;
/** Bytes that may wait for an end that does not read; it is cut off then, and comes back. */
const LARGEST_BACKLOG = 256 * 1024 * 1024;
const NEWLINE = 10;

/** Messages over a socket: each a line of JSON. */
export function createSocketChannel(socket: Socket, onError: (error: unknown) => void): Channel {
  const messages = new Emitter<unknown>(onError);
  const closes = new Emitter<void>(onError);
  const lines = createLineReader((line) => {
    const message = parseJson(line);
    if (message === undefined) socket.destroy();
    else messages.fire(message);
  });
  socket.on("data", (chunk) => {
    if (!lines.take(chunk)) socket.destroy();
  });
  // What went wrong with a socket shows in its close: the other end is gone.
  socket.on("error", () => {});
  socket.on("close", () => {
    closes.fire();
    messages.dispose();
    closes.dispose();
  });
  return {
    post(message) {
      if (!socket.writable) return;
      socket.write(`${JSON.stringify(message)}\n`);
      if (socket.writableLength > LARGEST_BACKLOG) socket.destroy();
    },
    onMessage: messages.event,
    onClose: closes.event,
    close: () => socket.destroy(),
  };
}

/** `take` answers false where a line grows beyond all bounds. */
function createLineReader(onLine: (line: string) => void): { take(chunk: Buffer): boolean } {
  let begun: Buffer[] = [];
  let size = 0;
  return {
    take(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
        onLine(Buffer.concat([...begun, chunk.subarray(start, end)]).toString());
        begun = [];
        size = 0;
        start = end + 1;
      }
      begun.push(chunk.subarray(start));
      size += chunk.length - start;
      return size <= LARGEST_MESSAGE;
    },
  };
}
