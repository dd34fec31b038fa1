import { chmod, mkdtemp, rm, rmdir } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Ids } from "../../base/ids.ts";

/** Where a leader's clients find it: a Unix socket that only its user may open, or a named pipe. */
export interface Listening {
  readonly address: string;
  connections(): number;
  /** Takes no more connections, and ends those there are. Safe to repeat. */
  close(): Promise<void>;
}

/** A Unix socket's path has 108 bytes on Linux and 104 on macOS, its end included. */
const LONGEST_PATH = 103;
const PREFIX = "banyan-";
const SOCKET = "leader.sock";

/** Listens under a name of its own. The folder is made for this user alone, so that nobody can connect before the mode is set. */
export async function listen(ids: Ids, onConnection: (socket: Socket) => void): Promise<Listening> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  const address = process.platform === "win32" ? `\\\\.\\pipe\\${PREFIX}${ids.unique()}` : await makeSocketPath();
  await listenOn(server, address);
  if (process.platform !== "win32") await chmod(address, 0o600);
  // Whoever has nothing else to do may end.
  server.unref();
  return {
    address,
    connections: () => sockets.size,
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await removeAddress(address);
    },
  };
}

/** Where temporary files go, unless the path would be too long or there is no such folder. */
async function makeSocketPath(): Promise<string> {
  const base = tmpdir();
  const room = Buffer.byteLength(join(base, `${PREFIX}XXXXXX`, SOCKET)) <= LONGEST_PATH;
  const inDefault = () => mkdtemp(join("/tmp", PREFIX));
  return join(await (room ? mkdtemp(join(base, PREFIX)).catch(inDefault) : inDefault()), SOCKET);
}

function listenOn(server: Server, address: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once("error", fail);
    server.listen(address, () => {
      server.off("error", fail);
      done();
    });
  });
}

/** Removes what is left of an address whose process was killed; never anything that Banyan did not make. */
export async function removeAddress(address: string): Promise<void> {
  const folder = dirname(address);
  if (basename(address) !== SOCKET || !basename(folder).startsWith(PREFIX)) return;
  await rm(address, { force: true });
  // What else lies there is not ours.
  await rmdir(folder).catch(() => {});
}
