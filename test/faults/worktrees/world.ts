import { existsSync, readdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import type { Logger } from "../../../src/base/log.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import { openRepository, type Repository } from "../../../src/engine/worktrees/repository.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import type { WorktreeRecord } from "../../../src/protocol/records.ts";
import type { FaultDisk } from "../../support/faultDisk.ts";
import { createCountingIds } from "../../support/ids.ts";
import { expectOk } from "../../support/store.ts";
import type { Scene } from "./deeds.ts";
import { type Files, filesIn, refsIn } from "./disk.ts";
import { type Crash, Life } from "./life.ts";
import { type Place, type Stage, setScene } from "./stage.ts";

/** A room that does something else than the real one: what is wrong with it must be found. */
export type Tamper = (room: Worktrees, world: World) => Worktrees;

export interface Agent {
  readonly id: string;
  readonly parentId: string | null;
  readonly depth: number;
}

/** What is seen from outside, at one moment. */
export interface Seen {
  readonly refs: ReadonlyMap<string, string>;
  /** The user's files, untracked and ignored ones too. */
  readonly files: Files;
  readonly sideFiles: Files;
  /** The repository's own files: index, HEAD, configuration, logs, and whatever else is not an agent's. */
  readonly gitFiles: Files;
  /** By agent, what is in its worktree. */
  readonly worktrees: ReadonlyMap<string, Files>;
  /** What stands aside. */
  readonly aside: Files;
}

/** A lock that nobody holds is waited for as long, in milliseconds. */
const LOCK_MS = 60;

export const WORKTREES = ".banyan/worktrees";

/** A repository with its user, a team, and one process of the engine after the other. */
export class World {
  readonly place: Place;
  readonly agents: Agent[] = [];
  readonly ids = createCountingIds();
  readonly log: string[] = [];
  life = new Life();
  /** At which a process died last. */
  lastStep = "";
  room: Worktrees;
  store: Store;
  readonly #stage: Stage;
  readonly #repository: Repository;
  readonly #tamper: Tamper;
  readonly #pool: number;
  #disk: FaultDisk;

  static async open(stage: Stage, scene: Scene, tamper: Tamper = (room) => room): Promise<World> {
    const place = await setScene(stage, scene);
    const repository = expectOk(await openRepository(place.root, place.git.environment));
    const disk = stage.empty.restarted();
    return new World({ place, stage, tamper, pool: scene.pool }, repository, disk, await stage.open(disk));
  }

  private constructor(
    { place, stage, tamper, pool }: { place: Place; stage: Stage; tamper: Tamper; pool: number },
    repository: Repository,
    disk: FaultDisk,
    store: Store,
  ) {
    this.place = place;
    this.#stage = stage;
    this.#tamper = tamper;
    this.#pool = pool;
    this.#repository = repository;
    this.#disk = disk;
    this.store = store;
    this.room = this.#openRoom();
  }

  /** The user's git in the checkout, as text. */
  async git(...args: readonly string[]): Promise<string> {
    return (await this.place.git.run(this.place.root, args)).toString().trimEnd();
  }

  pathOf(agent: Agent): string {
    return join(this.place.root, WORKTREES, `${agent.id}-${agent.id}`);
  }

  branchOf = (agent: Agent): string => `banyan/${agent.id}-${agent.id}`;

  async record(id: string): Promise<WorktreeRecord> {
    const found = await this.store.read((reader) => this.room.get(reader, id));
    if (found === undefined) throw new Error(`${id} has no worktree`);
    return found;
  }

  see(): Seen {
    const { root, side } = this.place;
    const gitDir = join(root, ".git");
    const isGit = (path: string) => path === ".git";
    const folder = join(root, WORKTREES);
    return {
      refs: refsIn(gitDir),
      files: filesIn(root, (path) => isGit(path) || path === WORKTREES),
      sideFiles: filesIn(side, isGit),
      gitFiles: filesIn(gitDir, isElsewhere),
      worktrees: new Map(this.agents.map((agent) => [agent.id, filesIn(this.pathOf(agent), isGit)])),
      aside: filesIn(folder, (path) => !path.startsWith(".") || path === ".gitignore"),
    };
  }

  /** Does it in one process, which dies where the crash says; then in the next one, which dies too where it says so. */
  async attempt<T>(crash: Crash | null, crashAgain: Crash | null, deed: () => Promise<T>): Promise<T | typeof CRASHED> {
    this.life.strike(crash ?? undefined);
    const outcome = await Promise.race([deed(), this.life.died.then((): typeof CRASHED => CRASHED)]);
    this.lastStep = this.life.steps.at(-1) ?? "";
    this.life.strike(undefined);
    if (outcome === CRASHED) await this.comeBack(crashAgain);
    return outcome;
  }

  /** A new process finds what the last one left. */
  async comeBack(crash: Crash | null): Promise<void> {
    await this.life.end();
    this.#disk = this.#disk.restarted();
    this.life = new Life();
    this.store = await this.#stage.open(this.#disk);
    this.room = this.#openRoom();
    await this.attempt(crash, null, () => this.#recover());
    if (this.removeLocks() > 0) await this.#recover();
  }

  /** To the end of what it leaves to the background. */
  async #recover(): Promise<void> {
    await this.room.recover();
    await this.room.dispose();
  }

  /** The user does as the engine asks: locks of a git that was killed in the user's checkout are the user's to remove. */
  removeLocks(): number {
    const gitDir = join(this.place.root, ".git");
    const isAgents = (path: string) => /^(?:worktrees\/(?!side)|refs\/banyan|refs\/heads\/banyan)/.test(path);
    const locks = [...filesIn(gitDir, (path) => path === "objects" || isAgents(path)).keys()];
    const stale = locks.filter((path) => path.endsWith(".lock"));
    for (const lock of stale) rmSync(join(gitDir, lock));
    return stale.length;
  }

  async close(): Promise<void> {
    await this.life.end();
    await rm(this.place.folder, { recursive: true, force: true });
  }

  #openRoom(): Worktrees {
    const { life, ids } = this;
    const note = (message: string, fields: unknown) => this.log.push(`  logged: ${message} ${JSON.stringify(fields)}`);
    const log: Logger = {
      debug() {},
      info() {},
      warn: note,
      error: (message, error, fields) => note(message, { ...fields, error: String(error) }),
    };
    const repository = { ...this.#repository, git: life.runner(this.place.git.environment) };
    const settings = { lockMilliseconds: LOCK_MS, poolSize: this.#pool };
    const room = createWorktrees({ store: life.store(this.store), clock: systemClock, ids, log, repository, settings });
    return this.#tamper(room, this);
  }
}

export const CRASHED = Symbol("the process died");

/** What is looked at elsewhere, or is the agents'. */
function isElsewhere(path: string): boolean {
  if (path === "objects" || path === "refs" || path === "packed-refs") return true;
  return /^(?:worktrees\/(?!side(?:\/|$))|logs\/refs\/(?:banyan|heads\/banyan)(?:\/|$))/.test(path);
}

/** Folders of agents' worktrees, as they stand there. */
export const worktreeFolders = (root: string): string[] => {
  const folder = join(root, WORKTREES);
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
};
