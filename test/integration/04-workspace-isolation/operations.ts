import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { Result } from "../../../src/base/errors.ts";
import { createRepository, type TestRepository, type Trap } from "../../support/repository.ts";
import { bytesOf, filesBelow } from "./life.ts";
import { createTeam, type TestTeam } from "./team.ts";

/** Where a hostile agent works: `ada`, a root, whose child `kid` has work for it. */
export interface Scene {
  readonly repository: TestRepository;
  readonly team: TestTeam;
  readonly trap: Trap;
  /** The worktree of `ada`, and git's own folder for it. */
  readonly path: string;
  readonly admin: string;
  /** A folder that is none of ada's business. */
  readonly outside: string;
}

export async function createScene(files: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const repository = await createRepository({ files: { "a.txt": "a\n", "dir/b.txt": "b\n", ...files } });
  const outside = await realpath(await mkdtemp(join(tmpdir(), "banyan-outside-")));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  await mkdir(join(outside, "dir"));
  await writeFile(join(outside, "dir", "b.txt"), "not yours\n");
  await writeFile(join(outside, "file"), "not yours\n");
  const team = await createTeam(repository);
  const { path } = await team.start("ada");
  await team.start("kid", "ada");
  await team.write("kid", "dir/b.txt", "by kid\n");
  await team.write("kid", "dir/kid.txt", "by kid\n");
  await team.worktrees.commitWork("kid", "Work");
  await team.write("ada", "a.txt", "by ada\n");
  const admin = join(repository.root, ".git", "worktrees", "ada-name-ada");
  return { repository, team, trap: await repository.trap(), path, admin, outside };
}

/** What became of each operation: `ok`, the code of a refusal, or what it threw. */
export type Outcomes = Readonly<Record<string, string>>;

/**
 * All that the room can be asked to do in and around ada's worktree, one after the other. Whatever comes of each: it ends,
 * no planted program runs, and nothing changes outside of the worktree but by the merge into the user's checkout.
 */
export async function everyOperation(scene: Scene): Promise<Outcomes> {
  const { repository, team, trap, outside } = scene;
  const [others, checkout] = [await filesBelow(outside, ""), await bytesOf(repository)];
  const outcomes = await inTurn(operationsIn(team));
  expect(await filesBelow(outside, "")).toEqual(others);
  expect(await bytesOf(repository)).toEqual(checkout);
  expect(await trap.sprung()).toBe(false);
  return outcomes;
}

/** Only then: the merge into the user's checkout, taken back again, and the way out of it all. */
export async function lastOperations({ team, trap, outside }: Scene): Promise<Outcomes> {
  const { worktrees } = team;
  const others = await filesBelow(outside, "");
  const outcomes = await inTurn({
    // What these store is the user's, and stored as the user's own git would.
    startWithChanges: () => worktrees.startOf({ withChanges: true }),
    mergeIntoCheckout: () => worktrees.mergeIntoCheckout("ada", "Merge ada", { acceptedOnly: true }),
    undoMerge: () => worktrees.undoMerge("ada"),
    mergeAgain: () => worktrees.mergeIntoCheckout("ada", "Merge ada"),
    remove: () => worktrees.remove("ada"),
    dispose: () => worktrees.dispose(),
    orphans: () => worktrees.orphans(new Set()),
    ensure: () => worktrees.ensure("ada"),
  });
  expect(await filesBelow(outside, "")).toEqual(others);
  expect(await trap.sprung()).toBe(false);
  return outcomes;
}

function operationsIn(team: TestTeam): Readonly<Record<string, () => Promise<unknown>>> {
  const { worktrees } = team;
  const { reviews } = worktrees;
  const files = async () => worktrees.files(await team.record("ada"));
  const history = async () => worktrees.history(await team.record("ada"));
  const never = new AbortController().signal;
  const query = { pattern: "by", path: ".", ignoreCase: false, limit: 100, offset: 0 };
  return {
    list: async () => (await files()).list("."),
    search: async () => (await files()).search(query, never),
    status: async () => (await history()).status(),
    toolDiff: async () => (await history()).diff({ from: "base", path: ".", offset: 1, limit: 1_000 }, never),
    snapshot: () => worktrees.snapshot("ada"),
    review: () => reviews.get("ada"),
    commit: async () => (await history()).commit("By tool"),
    log: async () => (await history()).log({ offset: 0, limit: 10 }),
    commitWork: () => worktrees.commitWork("ada", "Work"),
    diff: () => worktrees.diff("ada"),
    patch: () => worktrees.patch("ada"),
    file: () => reviews.file("ada", "a.txt"),
    mark: () => reviews.mark("ada", { agent: "ada", decision: "accepted" }),
    comment: () => reviews.comment("ada", { id: "c", agent: "ada", path: "a.txt", side: "work", line: 1, body: "?" }),
    changesToRequest: () => reviews.changesToRequest("ada"),
    collisions: () => worktrees.collisions(),
    mergeIntoParent: () => worktrees.mergeIntoParent("kid", "ada", "Merge kid"),
    beginResolution: () => worktrees.beginResolution("ada"),
    finishResolution: () => worktrees.finishResolution("ada"),
    abandonResolution: () => worktrees.abandonResolution("ada"),
    ensure: () => worktrees.ensure("ada"),
    recover: async () => (await team.restart()).recover(),
  };
}

async function inTurn(operations: Readonly<Record<string, () => Promise<unknown>>>): Promise<Outcomes> {
  const outcomes: Record<string, string> = {};
  for (const [name, operate] of Object.entries(operations)) outcomes[name] = await outcomeOf(operate);
  return outcomes;
}

const isResult = (answer: unknown): answer is Result<unknown> =>
  typeof answer === "object" && answer !== null && "ok" in answer;

async function outcomeOf(operate: () => Promise<unknown>): Promise<string> {
  try {
    const answer = await operate();
    return isResult(answer) && !answer.ok ? answer.refusal.code : "ok";
  } catch (error) {
    return String(error);
  }
}
