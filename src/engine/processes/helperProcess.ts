/**
 * A small process that starts programs for an engine, whose own memory would make each start slow. It listens on file
 * descriptor 3. When the engine has gone, it ends what still runs, and itself.
 */
import { Socket } from "node:net";
import { systemClock } from "../../base/clock.ts";
import { type DirectProgram, directStarter } from "./direct.ts";
import { endGroups } from "./ending.ts";
import { createDecoder, decodeProgram, encode, encodeEnd, encodeError, type Frame, kinds } from "./frames.ts";

interface Running {
  readonly program: DirectProgram;
  readonly pid: number | undefined;
}

const channel = new Socket({ fd: 3, readable: true, writable: true });
/** Those that have not ended. */
const running = new Map<number, Running>();
/** Those whose outputs are open. */
const writing = new Map<number, DirectProgram>();
let isFull = false;

function say(kind: number, id: number, content: Uint8Array = Buffer.alloc(0)): void {
  channel.cork();
  const [head, rest] = encode(kind, id, content);
  channel.write(head);
  const hasRoom = channel.write(rest);
  channel.uncork();
  if (!hasRoom && !isFull) hold(true);
}

/** Whoever writes more than the engine takes has to wait. */
function hold(isHeld: boolean): void {
  isFull = isHeld;
  for (const program of writing.values()) program.hold(isHeld);
}

function start({ id, content }: Frame): void {
  let pid: number | undefined;
  const forget = () => {
    running.delete(id);
    writing.delete(id);
  };
  const program = directStarter.start(decodeProgram(content), {
    started(itsPid) {
      pid = itsPid;
      const told = Buffer.allocUnsafe(4);
      told.writeUInt32BE(itsPid);
      say(kinds.started, id, told);
    },
    stdout: (chunk) => say(kinds.stdout, id, chunk),
    stderr: (chunk) => say(kinds.stderr, id, chunk),
    exited(code, signal) {
      running.delete(id);
      say(kinds.exited, id, encodeEnd(code, signal));
    },
    closed(code, signal) {
      forget();
      say(kinds.closed, id, encodeEnd(code, signal));
    },
    failed(error) {
      forget();
      say(kinds.failed, id, encodeError(error));
    },
  });
  if (pid === undefined) return;
  running.set(id, { program, pid });
  writing.set(id, program);
  if (isFull) program.hold(true);
}

function kill({ id, content }: Frame): void {
  const [signal = "", whom] = content.toString().split(" ");
  if (isSignal(signal)) running.get(id)?.program.kill(signal, whom === "group" ? "group" : "program");
}

const isSignal = (text: string): text is NodeJS.Signals => /^SIG[A-Z]+[0-9]*$/.test(text);

async function leave(): Promise<void> {
  await endGroups(
    [...running.values()].flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    systemClock,
  );
  process.exit();
}

channel.on("drain", () => hold(false));
channel.on("error", () => {});
channel.on("close", () => void leave());
channel.on(
  "data",
  createDecoder((frame) => {
    if (frame.kind === kinds.start) start(frame);
    else if (frame.kind === kinds.kill) kill(frame);
  }),
);
process.on("SIGTERM", () => void leave());
say(kinds.ready, 0);
