import { isIgnored } from "./deeds.ts";
import { blobId, type Files } from "./disk.ts";
import type { Agent, Seen, World } from "./world.ts";

/** A law was broken. */
export class Breach extends Error {}

/**
 * What the engine has to answer for, kept beside it: everything that an agent or the engine committed, that was on disk
 * at the end of a turn or at a removal, and that an engine's deed took off the disk.
 */
export class Books {
  /** Ids of objects that a ref must keep, and why. */
  readonly #kept = new Map<string, string>();
  /** Those of merges that were undone: the branch's log keeps them too. */
  readonly #undone = new Set<string>();
  /** What a removed worktree held: it comes back. */
  readonly #removed = new Map<string, Files>();
  readonly #known = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** All that these commits have and the known ones don't. */
  async committed(tips: readonly string[], why: string): Promise<void> {
    for (const id of await this.#objectsOf(tips)) this.#keep(id, why);
  }

  /** The same of a merge that was undone. */
  async undone(commit: string): Promise<void> {
    for (const id of await this.#list([commit, "--not", "--all"])) this.#undone.add(id);
  }

  /** Files that are promised to be kept; ignored ones aren't before a removal. */
  promised(files: Files, why: string): void {
    for (const [path, { id }] of files) if (!isIgnored(path)) this.#keep(id, `${why}: ${JSON.stringify(path)}`);
  }

  removed(agent: Agent, files: Files): void {
    for (const [path, { id }] of files)
      this.#keep(id, `a removed worktree of ${agent.id} held ${JSON.stringify(path)}`);
    this.#removed.set(agent.id, files);
  }

  /** Agents whose worktrees were removed and aren't back yet. */
  get away(): readonly string[] {
    return [...this.#removed.keys()];
  }

  /** What its worktree must hold now that it is back; forgotten from here on. */
  broughtBack(agentId: string): Files | undefined {
    const files = this.#removed.get(agentId);
    this.#removed.delete(agentId);
    return files;
  }

  /** Whatever an engine's deed took off the disk must be kept: ignored files too, unless they stand aside. */
  displaced(before: Seen, after: Seen, deed: string): void {
    const aside = new Set([...after.aside.values()].map(({ id }) => id));
    for (const [agentId, files] of before.worktrees) {
      const now = after.worktrees.get(agentId);
      for (const [path, { id }] of files) {
        if (now?.get(path)?.id === id || aside.has(id)) continue;
        this.#keep(id, `${deed} took ${JSON.stringify(path)} of ${agentId} off the disk`);
      }
    }
  }

  /** What is lost by now, in words. */
  async lost(): Promise<string[]> {
    const reachable = new Set(await this.#list(["--all"]));
    const inLogs = this.#undone.size === 0 ? reachable : new Set(await this.#list(["--all", "--reflog"]));
    const gone = [...this.#kept].filter(([id]) => !reachable.has(id) && !(this.#undone.has(id) && inLogs.has(id)));
    return gone.map(([id, why]) => `${id} is lost: ${why}`);
  }

  #keep(id: string, why: string): void {
    if (id !== EMPTY && !this.#kept.has(id)) this.#kept.set(id, why);
  }

  async #objectsOf(tips: readonly string[]): Promise<readonly string[]> {
    const fresh = tips.filter((tip) => !this.#known.has(tip));
    if (fresh.length === 0) return [];
    const known = [...this.#known].map((tip) => `^${tip}`);
    const objects = await this.#list([...fresh, ...known]);
    for (const tip of fresh) this.#known.add(tip);
    return objects;
  }

  async #list(args: readonly string[]): Promise<readonly string[]> {
    const { place } = this.#world;
    const listed = await place.git.run(place.root, ["rev-list", "--objects", ...args]);
    return listed
      .toString()
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "")
      .filter((id) => id !== "");
  }
}

/** An empty file can be brought back without anybody keeping it. */
const EMPTY = blobId(new Uint8Array());
