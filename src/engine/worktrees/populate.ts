import { type Git, GitError } from "./git.ts";
import type { Room } from "./room.ts";

/** Beyond two at a time nothing is gained: the disk is what is waited for. */
const AT_ONCE = 2;

/**
 * Checks out the files of a worktree that was added without them. As `git worktree add` would, but for the refs that it
 * writes once more, whose flush would wait until all the new files are on disk. Throws a `GitError`.
 */
export async function populate(git: Git, signal?: AbortSignal): Promise<void> {
  await git.mustRun(["read-tree", "--reset", "-u", "HEAD"], signal === undefined ? {} : { signal });
}

/** As `populate` for an agent that waits, in turn with the others; git's reason where it failed. */
export async function populateInTurn(room: Room, git: Git): Promise<string | undefined> {
  try {
    await room.turns.run(() => populate(git));
    return undefined;
  } catch (error) {
    if (error instanceof GitError) return error.stderr;
    throw error;
  }
}

/** Lets so many run at the same time, the others in the order of asking. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
