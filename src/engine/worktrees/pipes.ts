import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import type { CallOptions, Git } from "./git.ts";
import { Refused } from "./refused.ts";
import type { Room } from "./room.ts";

/**
 * Git in a folder that others write to. A named pipe in the place of a file that git reads there itself would keep it
 * waiting, and all that wait for it: whenever it takes long, such pipes are looked for, and it is stopped over the first.
 * `found` is told of it; the call rejects with `Refused`.
 */
export function unstuck(room: Room, git: Git, found = async (_: string): Promise<void> => {}): Git {
  const { workTree } = git.place;
  if (workTree === undefined) return git;
  return stoppedOver(room, git, found, (ended) => findPipe(workTree, (name) => READ_BY_GIT.has(name), ended));
}

/** The same for git on what all worktrees share: it looks at the records of all of them. */
export const unstuckByRecords = (room: Room, git: Git): Git =>
  stoppedOver(
    room,
    git,
    async () => {},
    (ended) => findPipe(join(room.repository.commonDir, "worktrees"), () => true, ended),
  );

/** The path of a pipe; undefined where there is none, or it was told to end. */
type Look = (ended: AbortSignal) => Promise<string | undefined>;

function stoppedOver(room: Room, git: Git, found: (why: string) => Promise<void>, look: Look): Git {
  const guarded = async <T>(options: CallOptions, call: (options: CallOptions) => Promise<T>): Promise<T> => {
    const stop = new AbortController();
    const end = new AbortController();
    const watching = watch(room, look, end.signal).then((pipe) => {
      if (pipe !== undefined)
        stop.abort(new Refused("untrusted", `${pipe} is a named pipe, for which git would wait: remove it`));
    });
    const signals = options.signal === undefined ? [stop.signal] : [stop.signal, options.signal];
    try {
      return await call({ ...options, signal: AbortSignal.any(signals) });
    } catch (error) {
      if (stop.signal.aborted && error instanceof Refused) await found(error.message);
      throw error;
    } finally {
      end.abort();
      await watching;
    }
  };
  return {
    place: git.place,
    run: (args, options = {}) => guarded(options, (each) => git.run(args, each)),
    mustRun: (args, options = {}) => guarded(options, (each) => git.mustRun(args, each)),
    text: (args, options = {}) => guarded(options, (each) => git.text(args, each)),
  };
}

/** The first pipe that is found while it goes on, less and less often; undefined when it ended. */
async function watch(room: Room, look: Look, ended: AbortSignal): Promise<string | undefined> {
  for (let wait = room.settings.pipeMilliseconds; !ended.aborted; wait *= 2) {
    // Real time, whatever the room goes by: it is for a process.
    await systemClock.sleep(wait, ended).catch(() => {});
    const pipe = ended.aborted ? undefined : await look(ended).catch(() => undefined);
    if (pipe !== undefined) return pipe;
  }
  return undefined;
}

/** Files of a worktree whose content git goes by, whatever it is asked. */
const READ_BY_GIT = new Set([".gitignore", ".gitattributes", ".gitmodules"]);

async function findPipe(
  folder: string,
  isRead: (name: string) => boolean,
  ended: AbortSignal,
): Promise<string | undefined> {
  if (ended.aborted) return undefined;
  const entries = await readdir(folder, { withFileTypes: true });
  const pipe = entries.find((entry) => entry.isFIFO() && isRead(entry.name));
  if (pipe !== undefined) return join(folder, pipe.name);
  for (const entry of entries) {
    const inside = entry.isDirectory() ? await findPipe(join(folder, entry.name), isRead, ended) : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
