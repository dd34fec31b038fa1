import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ok, type Result } from "../../../src/base/errors.ts";
import type { MergeHow } from "../../../src/engine/worktrees/merge-checkout.ts";
import type { MergeReport } from "../../../src/protocol/records.ts";
import { insertAgent } from "../../support/seed.ts";
import type { EngineDeed } from "./deeds.ts";
import { filesIn } from "./disk.ts";
import { type Agent, CRASHED, type World } from "./world.ts";

/** How an engine's deed ended, as whoever asked for it learned. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly why: string }
  /** Nobody learned of it. */
  | { readonly kind: "crashed" }
  /** There is nobody to whom it could have happened. */
  | { readonly kind: "none" };

const MAX_DEPTH = 3;
const MAX_AGENTS = 5;

/** A deed of the engine's, before it is done: whom it is about, and how. */
export interface Plan {
  readonly deed: EngineDeed;
  readonly agent: Agent | undefined;
  readonly how: Partial<MergeHow>;
}

const TARGETS = [undefined, undefined, undefined, "side", "topic", "main"];

export function planOf(world: World, deed: EngineDeed): Plan {
  const { choice } = deed;
  const agent = world.agents[deed.pick % Math.max(1, world.agents.length)];
  const how: Partial<MergeHow> = {
    into: TARGETS[choice % TARGETS.length],
    manner: choice % 7 < 4 ? "merge" : "squash",
    acceptedOnly: choice % 3 === 0,
  };
  return { deed, agent, how };
}

/** Whether it may change the user's checkout. */
export const isUsersMerge = ({ deed, agent }: Plan): boolean =>
  (deed.do === "merge" && agent?.parentId === null) || deed.do === "undo";

const NONE: Outcome = { kind: "none" };

export async function doPlan(world: World, plan: Plan): Promise<Outcome> {
  const run = actionOf(world, plan);
  if (run === undefined) return NONE;
  const { crash, crashAgain } = plan.deed;
  const outcome = await world.attempt(crash, crashAgain, () => named(run));
  if (outcome === CRASHED) return { kind: "crashed" };
  return outcome.ok ? { kind: "done" } : { kind: "refused", why: outcome.refusal.message };
}

/** What is refused by a throw is refused all the same; whatever else is thrown is a bug. */
async function named(run: () => Promise<Result<unknown>>): Promise<Result<unknown>> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Error) || !REFUSALS.test(error.message)) throw error;
    return { ok: false, refusal: { code: "bad_input", message: error.message } };
  }
}

const REFUSALS = /conflict markers still stand|is gone: start its agent again|in the middle of/;

type Action = () => Promise<Result<unknown>>;

function actionOf(world: World, { deed, agent, how }: Plan): Action | undefined {
  const { room } = world;
  if (deed.do === "hireRoot" || deed.do === "hireWithChanges") return () => hireRoot(world, deed);
  if (deed.do === "collisions") return async () => ok(await room.collisions());
  if (deed.do === "restart") return () => restart(world);
  if (agent === undefined) return undefined;
  const { id, parentId } = agent;
  const actions: Readonly<Record<Exclude<EngineDeed["do"], General>, Action>> = {
    hireChild: () => hireChild(world, agent),
    ensure: () => room.ensure(id),
    commitWork: async () => ok(await room.commitWork(id, "Work")),
    snapshot: async () => ok(await room.snapshot(id)),
    merge: () => merge(world, agent, how),
    undo: () => room.undoMerge(id),
    review: () => review(world, agent, deed.choice),
    beginResolution: () => room.beginResolution(id),
    resolve: async () => ok(resolve(world.pathOf(agent))),
    finishResolution: () => room.finishResolution(id),
    abandonResolution: () => room.abandonResolution(id),
    remove: () => remove(world, agent),
  };
  if (deed.do === "hireChild" && (parentId === undefined || agent.depth >= MAX_DEPTH)) return undefined;
  return actions[deed.do];
}

type General = "hireRoot" | "hireWithChanges" | "collisions" | "restart";

/** Nobody learns how that ends. */
async function restart(world: World): Promise<Result<null>> {
  await world.life.end();
  return new Promise(() => {});
}

async function hireRoot(world: World, deed: EngineDeed): Promise<Result<unknown>> {
  if (world.agents.length >= MAX_AGENTS) return ok(null);
  const start = await world.room.startOf({ withChanges: deed.do === "hireWithChanges" });
  if (!start.ok) return start;
  const { commit, targetBranch, carriedCommit } = start.value;
  return hire(world, undefined, { baseCommit: commit, targetBranch, carriedCommit });
}

async function hireChild(world: World, parent: Agent): Promise<Result<unknown>> {
  if (world.agents.length >= MAX_AGENTS) return ok(null);
  const baseCommit = await world.room.commitWork(parent.id, "Work so far");
  return hire(world, parent, { baseCommit, targetBranch: world.branchOf(parent) });
}

interface Base {
  readonly baseCommit: string;
  readonly targetBranch: string;
  readonly carriedCommit?: string | null;
}

async function hire(world: World, parent: Agent | undefined, base: Base): Promise<Result<unknown>> {
  const id = world.ids.short();
  const agent: Agent = { id, parentId: parent?.id ?? null, depth: (parent?.depth ?? -1) + 1 };
  const { store } = world;
  await world.life.store(store).transaction(async (tx) => {
    await insertAgent(tx, id, agent.parentId);
    await world.room.reserve(tx, { agentId: id, name: id, ...base });
  });
  world.agents.push(agent);
  return ok(null);
}

function merge({ room }: World, { id, parentId }: Agent, how: Partial<MergeHow>): Promise<Result<MergeReport>> {
  return parentId === null
    ? room.mergeIntoCheckout(id, `Merge ${id}`, how)
    : room.mergeIntoParent(id, parentId, `Merge ${id}`);
}

/** Decides on files and hunks, each as a bit of the choice says. */
async function review({ room }: World, { id }: Agent, choice: number): Promise<Result<unknown>> {
  const { reviews } = room;
  const read = await reviews.get(id);
  if (!read.ok) return read;
  let bits = choice + 10_000;
  const decide = (): "accepted" | "rejected" => {
    bits = (bits * 7 + 3) % 10_007;
    return bits % 3 === 0 ? "rejected" : "accepted";
  };
  for (const { path } of read.value.files) {
    const shown = await reviews.file(id, path);
    if (!shown.ok) return shown;
    const whole = await reviews.mark(id, { agent: id, path, decision: decide() });
    if (!whole.ok) return whole;
    for (const { id: hunk } of shown.value.hunks) {
      const marked = await reviews.mark(id, { agent: id, path, hunk, decision: decide() });
      if (!marked.ok) return marked;
    }
  }
  return ok(null);
}

/** What an agent does that is told of its conflicts: no marker stays. */
function resolve(worktree: string): null {
  for (const [path, { mode }] of filesIn(worktree, (name) => name === ".git")) {
    const file = join(worktree, path);
    const text = mode === "120000" ? "" : readFileSync(file, "latin1");
    if (!/^(?:<{7}|>{7})/m.test(text)) continue;
    rmSync(file);
    writeFileSync(file, text.replace(/^(?:<{7}|={7}|>{7}|\|{7}).*\n/gm, ""), "latin1");
  }
  return null;
}

/** Waits until what was in it is kept and deleted, which goes on in the background. */
async function remove({ room }: World, { id }: Agent): Promise<Result<unknown>> {
  const removed = await room.remove(id);
  await room.dispose();
  return removed;
}
