import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { Logger } from "../../../src/base/log.ts";
import type { Store } from "../../../src/engine/store/port.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import { openRepository } from "../../../src/engine/worktrees/repository.ts";
import type { WorktreesSettings } from "../../../src/engine/worktrees/room.ts";
import type { Start } from "../../../src/engine/worktrees/start.ts";
import { createWorktrees } from "../../../src/engine/worktrees/worktrees.ts";
import type { WorktreeRecord } from "../../../src/protocol/records.ts";
import { createCountingIds } from "../../support/ids.ts";
import type { TestRepository } from "../../support/repository.ts";
import { insertAgent } from "../../support/seed.ts";
import { expectOk, openTestStore } from "../../support/store.ts";

/** One warning or error that the room logged. */
export interface Logged {
  readonly message: string;
  readonly fields: string;
}

/** Agents with rows in a real store and worktrees of a real repository. */
export interface TestTeam {
  readonly store: Store;
  readonly worktrees: Worktrees;
  readonly logged: readonly Logged[];
  /** Inserts an agent and reserves its worktree: a root on the branch that is checked out, a child on its parent's. */
  hire(id: string, parentId?: string): Promise<WorktreeRecord>;
  /** Inserts a root that starts from there. */
  hireFrom(id: string, start: Start): Promise<WorktreeRecord>;
  /** Hires and makes the worktree. */
  start(id: string, parentId?: string): Promise<WorktreeRecord>;
  record(id: string): Promise<WorktreeRecord>;
  write(id: string, path: string, content: string): Promise<void>;
  read(id: string, path: string): Promise<string>;
  remove(id: string, path: string): Promise<void>;
  /** The same store and repository as another process would find them. */
  restart(settings?: Partial<WorktreesSettings>): Promise<Worktrees>;
}

/** Half a second is long for a lock that a test left on purpose; nothing goes on in the background that no test asks for. */
const usual: Partial<WorktreesSettings> = { lockMilliseconds: 300, pipeMilliseconds: 1_000, poolSize: 0 };

/** `storeFolder`: a store that is there already; a new one otherwise. */
export async function createTeam(
  repository: TestRepository,
  clock: Clock = systemClock,
  storeFolder?: string,
  settings: Partial<WorktreesSettings> = {},
): Promise<TestTeam> {
  const { store } = await openTestStore(storeFolder === undefined ? {} : { folder: storeFolder });
  const logged: Logged[] = [];
  const note = (message: string, fields: unknown) => logged.push({ message, fields: JSON.stringify(fields) });
  const log: Logger = {
    debug() {},
    info() {},
    warn: note,
    error: (message, error, fields) => note(message, { ...fields, error: String(error) }),
  };
  const ids = createCountingIds();
  const open = async (more: Partial<WorktreesSettings> = {}) => {
    const opened = expectOk(await openRepository(repository.root, repository.environment));
    const made = createWorktrees({
      store,
      clock,
      ids,
      log,
      repository: opened,
      settings: { ...usual, ...settings, ...more },
    });
    onTestFinished(() => made.dispose());
    return made;
  };
  const worktrees = await open();
  const record = async (id: string) => {
    const found = await store.read((reader) => worktrees.get(reader, id));
    if (found === undefined) throw new Error(`${id} has no worktree`);
    return found;
  };
  const startingPoint = async (parentId: string | undefined) => {
    if (parentId === undefined) {
      const { branch, commit } = expectOk(await worktrees.checkedOut());
      return { baseCommit: commit, targetBranch: branch };
    }
    const parent = await record(parentId);
    return { baseCommit: await worktrees.commitWork(parentId, "Work so far"), targetBranch: parent.branch };
  };
  const hireFrom = (id: string, { commit, targetBranch, carriedCommit }: Start) =>
    store.transaction(async (tx) => {
      await insertAgent(tx, id, null);
      return worktrees.reserve(tx, {
        agentId: id,
        name: `${id}-name`,
        baseCommit: commit,
        targetBranch,
        carriedCommit,
      });
    });
  const hire = async (id: string, parentId?: string) => {
    const plan = { agentId: id, name: `${id}-name`, ...(await startingPoint(parentId)) };
    return store.transaction(async (tx) => {
      await insertAgent(tx, id, parentId ?? null);
      return worktrees.reserve(tx, plan);
    });
  };
  return {
    store,
    worktrees,
    logged,
    hire,
    hireFrom,
    async start(id, parentId) {
      await hire(id, parentId);
      return expectOk(await worktrees.ensure(id));
    },
    record,
    async write(id, path, content) {
      const file = join((await record(id)).path, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    },
    read: async (id, path) => readFile(join((await record(id)).path, path), "utf8"),
    remove: async (id, path) => rm(join((await record(id)).path, path), { recursive: true }),
    restart: open,
  };
}
