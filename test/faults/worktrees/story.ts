import { Books, Breach } from "./books.ts";
import type { Deed, Scene } from "./deeds.ts";
import { differences, filesIn } from "./disk.ts";
import { doPlan, planOf } from "./engine.ts";
import { doFile } from "./files.ts";
import { before, judge } from "./judge.ts";
import { agentTips, unignored } from "./laws.ts";
import type { Crash } from "./life.ts";
import type { Stage } from "./stage.ts";
import { doAsUser } from "./user.ts";
import { type Agent, type Tamper, World } from "./world.ts";

/** What happened in all stories together. */
export interface Tally {
  deeds: number;
  /** Of the engine's: those that were done, those that were refused. */
  done: number;
  refused: number;
  crashes: number;
  torn: number;
  merges: number;
  intoParents: number;
  inPart: number;
  undone: number;
  removed: number;
  verdicts: number;
  /** Objects that were to be kept, and were. */
  kept: number;
}

export const emptyTally = (): Tally => ({
  ...{ deeds: 0, done: 0, refused: 0, crashes: 0, torn: 0, merges: 0 },
  ...{ intoParents: 0, inPart: 0, undone: 0, removed: 0, verdicts: 0, kept: 0 },
});

/** Plays a scene to its end. Throws a `Breach` that tells all that happened where a law is broken. */
export async function play(stage: Stage, scene: Scene, tally: Tally, tamper?: Tamper): Promise<void> {
  const world = await World.open(stage, scene, tamper);
  const books = new Books(world);
  try {
    for (const deed of scene.deeds) await perform(world, books, deed, tally);
    await finish(world, books, tally);
  } catch (error) {
    const told = [String(error instanceof Error ? error.stack : error), "", "what happened:", ...world.log];
    throw new Breach(told.join("\n"), { cause: error });
  } finally {
    await world.close();
  }
}

async function perform(world: World, books: Books, deed: Deed, tally: Tally): Promise<void> {
  tally.deeds += 1;
  if (deed.by === "engine") return performEngines(world, books, deed, tally);
  if (deed.by === "user") {
    world.log.push(`the user: ${deed.do} ${deed.do === "file" ? JSON.stringify(deed.file) : ""}`);
    return doAsUser(world, deed);
  }
  const agent = world.agents[deed.pick % Math.max(1, world.agents.length)];
  if (agent === undefined || filesIn(world.pathOf(agent)).size === 0) return;
  world.log.push(`${agent.id}: ${JSON.stringify(deed)}`);
  doFile(world.pathOf(agent), deed);
}

async function performEngines(
  world: World,
  books: Books,
  deed: Extract<Deed, { by: "engine" }>,
  tally: Tally,
): Promise<void> {
  const plan = planOf(world, deed);
  const was = await before(world, plan);
  const told = `the engine: ${deed.do} of ${plan.agent?.id ?? "nobody"} ${deed.do === "merge" ? JSON.stringify(plan.how) : ""}`;
  world.log.push(told);
  const outcome = await doPlan(world, plan);
  const ending = outcome.kind === "refused" ? `refused: ${outcome.why}` : outcome.kind;
  world.log.push(`  ${ending}${outcome.kind === "crashed" ? crashIn(world, deed.crash) : ""}`);
  if (outcome.kind === "none") return;
  if (outcome.kind !== "crashed") tally[outcome.kind] += 1;
  else tally[deed.crash?.kind === "torn" ? "torn" : "crashes"] += 1;
  if (outcome.kind === "done" && deed.do === "merge")
    tally[plan.agent?.parentId === null ? "merges" : "intoParents"] += 1;
  if (outcome.kind === "done" && deed.do === "merge" && was.accepted !== undefined) tally.inPart += 1;
  if (outcome.kind === "done" && deed.do === "undo") tally.undone += 1;
  if (outcome.kind === "done" && deed.do === "remove") tally.removed += 1;
  tally.verdicts += 1;
  await judge(world, books, plan, was, outcome);
}

const crashIn = (world: World, crash: Crash | null): string =>
  crash === null ? "" : ` ${crash.kind} ${crash.at}: ${world.lastStep}`;

/** At last every worktree can be had again, git finds nothing wrong, and nothing is lost. */
async function finish(world: World, books: Books, tally: Tally): Promise<void> {
  world.log.push("the end");
  await world.comeBack(null);
  const problems: string[] = [];
  for (const agent of world.agents) problems.push(...(await returns(world, books, agent)));
  await books.committed(agentTips(world.see()), "the end");
  await world.git("fsck", "--connectivity-only", "--no-dangling");
  await world.git("gc", "--quiet", "--prune=now");
  problems.push(...(await books.lost()));
  const locks = [...filesIn(`${world.place.root}/.git`, (path) => path === "objects").keys()];
  problems.push(...locks.filter((path) => path.endsWith(".lock")).map((path) => `${path} was left behind`));
  tally.kept += books.size;
  tally.verdicts += 1;
  if (problems.length > 0) throw new Breach(["at the end:", ...problems].join("\n"));
}

async function returns(world: World, books: Books, agent: Agent): Promise<string[]> {
  const back = await world.room.ensure(agent.id);
  if (!back.ok) return [`${agent.id} can't be had again: ${back.refusal.message}`];
  const must = books.broughtBack(agent.id);
  const path = world.pathOf(agent);
  const problems =
    must === undefined
      ? []
      : differences(
          "brought back:",
          must,
          filesIn(path, (name) => name === ".git"),
        );
  if (back.value.status === "conflicted") await world.room.abandonResolution(agent.id);
  books.promised(unignored(filesIn(path, (name) => name === ".git")), `at the end in ${agent.id}`);
  await world.room.commitWork(agent.id, "Work");
  const status = await world.place.git.run(path, ["status", "--porcelain"]);
  if (status.length > 0) problems.push(`${path} is not clean after its work was committed: ${status}`);
  return problems;
}
