import { execFile } from "node:child_process";
import { lstat, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { fsyncTime } from "../fsync.ts";
import { type BenchReport, type BenchResult, machine, median } from "../report.ts";
import { versions } from "../versions.ts";
import { type GeneratedRepository, generate, type Size } from "./generate.ts";
import { createScene, type Scene, timed, value } from "./scene.ts";

interface Plan {
  readonly size: Size;
  readonly rounds: number;
  /** Behind every id. */
  readonly suffix: string;
  /** Goals are for the large one. */
  readonly hasGoals: boolean;
}

const LARGE: Plan = { size: { files: 20_000, commits: 20, touched: 15 }, rounds: 5, suffix: "", hasGoals: true };
const SMALL: Plan = { size: { files: 200, commits: 20, touched: 5 }, rounds: 9, suffix: "_small", hasGoals: false };
const AT_ONCE = 32;
/** Files that an agent's work changes. */
const WORK = 100;

const lower = (id: string, value: number, unit: string, goal?: number): BenchResult => ({
  id,
  value,
  unit,
  better: "lower",
  ...(goal === undefined ? {} : { goal }),
});

/** What ours came to, and git alone right after it, in milliseconds. */
interface Pair {
  readonly ours: number;
  readonly plain: number;
}

/** `goal`: of the ratio. */
const comparison = (id: string, { suffix, hasGoals }: Plan, pairs: readonly Pair[], goal: number) => [
  lower(
    `${id}_ratio${suffix}`,
    median(pairs.map(({ ours, plain }) => ours / plain)),
    "times",
    hasGoals ? goal : undefined,
  ),
  lower(`${id}_time${suffix}`, median(pairs.map(({ ours }) => ours)), "ms"),
  lower(`${id}_plain_time${suffix}`, median(pairs.map(({ plain }) => plain)), "ms"),
];

let plains = 0;
/** Makes a worktree as a user would, and answers its path. */
async function addPlain({ root, git }: GeneratedRepository, commit: string): Promise<string> {
  const path = join(root, "..", `plain-${++plains}`);
  await git("worktree", "add", "--quiet", "-b", `plain-${plains}`, path, commit);
  return path;
}

/**
 * Makes agents' worktrees, and git's alone, by turns the one and the other first: none has the quieter disk. Each goes
 * again at once. The first pair warms up.
 */
async function compareCreation(
  scene: Scene,
  plan: Plan,
  commitOf: (round: number) => string,
): Promise<readonly Pair[]> {
  const { repository, worktrees } = scene;
  const timedAndRemoved = async (make: () => Promise<string>): Promise<number> => {
    let path = "";
    const time = await timed(async () => {
      path = await make();
    });
    await scene.filled();
    await repository.git("worktree", "remove", "--force", path);
    return time;
  };
  const pairs: Pair[] = [];
  for (let round = 0; round <= plan.rounds; round++) {
    const commit = commitOf(round);
    const id = await scene.hire(commit);
    const makeOurs = () => timedAndRemoved(async () => value(await worktrees.ensure(id)).path);
    const makePlain = () => timedAndRemoved(() => addPlain(repository, commit));
    const before = round % 2 === 0 && round > 0 ? await makePlain() : undefined;
    const ours = await makeOurs();
    const plain = before ?? (await makePlain());
    if (round > 0) pairs.push({ ours, plain });
  }
  return pairs;
}

/** Merged work of agents is removed, and worktrees of git's alone with it. */
async function compareRemoval(scene: Scene, plan: Plan): Promise<readonly Pair[]> {
  const { repository, worktrees } = scene;
  const [tip = ""] = repository.commits.slice(-1);
  const parent = await scene.hire(tip);
  value(await worktrees.ensure(parent));
  const pairs: Pair[] = [];
  for (let round = 0; round <= plan.rounds; round++) {
    const child = await scene.hire(tip, parent);
    const { path } = value(await worktrees.ensure(child));
    await writeFile(join(path, `work-${round}.txt`), `${round}\n`);
    value(await worktrees.mergeIntoParent(child, parent, "Merge"));
    const plainPath = await addPlain(repository, tip);
    await scene.filled();
    const ours = await timed(async () => value(await worktrees.remove(child)));
    const plain = await timed(() => repository.git("worktree", "remove", "--force", plainPath));
    if (round > 0) pairs.push({ ours, plain });
  }
  return pairs;
}

/** The files of an agent's work, against what git tells of them in two commands. */
async function compareDiff(scene: Scene, plan: Plan): Promise<readonly Pair[]> {
  const { repository, worktrees } = scene;
  const [tip = ""] = repository.commits.slice(-1);
  const id = await scene.hire(tip);
  const { path, branch } = value(await worktrees.ensure(id));
  const files = (await repository.git("ls-files")).split("\n");
  for (let nth = 0; nth < WORK; nth++) await writeFile(join(path, files[nth * 2] ?? ""), `changed ${nth}\n`);
  await worktrees.commitWork(id, "Work");
  await scene.filled();
  const pairs: Pair[] = [];
  for (let round = 0; round <= plan.rounds * 2; round++) {
    const ours = await timed(async () => value(await worktrees.diff(id)));
    const plain = await timed(async () => {
      await repository.git("diff", "--numstat", `${tip}...${branch}`);
      await repository.git("diff", "--name-status", `${tip}...${branch}`);
    });
    if (round > 0) pairs.push({ ours, plain });
  }
  return pairs;
}

/** Many agents get their worktrees at the same time. `plain`: milliseconds of one that git makes alone. */
async function spawnAtOnce(scene: Scene, { suffix, hasGoals }: Plan, plain: number): Promise<readonly BenchResult[]> {
  const [tip = ""] = scene.repository.commits.slice(-1);
  const ids: string[] = [];
  for (let nth = 0; nth < AT_ONCE; nth++) ids.push(await scene.hire(tip));
  let succeeded = 0;
  const time = await timed(async () => {
    const made = await Promise.all(ids.map((id) => scene.worktrees.ensure(id)));
    succeeded = made.filter((result) => result.ok).length;
  });
  return [
    {
      id: `spawned_at_once_${AT_ONCE}${suffix}`,
      value: succeeded,
      unit: "worktrees",
      better: "higher",
      ...(hasGoals ? { goal: AT_ONCE } : {}),
    },
    lower(`spawned_at_once_${AT_ONCE}_ratio${suffix}`, time / (plain * AT_ONCE), "times"),
    lower(`spawned_at_once_${AT_ONCE}_time${suffix}`, time, "ms"),
  ];
}

/** Bytes on the disk. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  let blocks = 0;
  for (const name of names) blocks += (await lstat(join(folder, name))).blocks;
  return blocks * 512;
}

async function measureRepository(folder: string, plan: Plan): Promise<readonly BenchResult[]> {
  const repository = await generate(folder, plan.size);
  const [first = ""] = repository.commits;
  const [tip = ""] = repository.commits.slice(-1);
  const { suffix } = plan;

  const unpooled = await createScene(repository, join(folder, "store-0"), 0);
  const withoutPool = await compareCreation(unpooled, plan, () => tip);
  const plain = median(withoutPool.map(({ plain }) => plain));
  const removal = await compareRemoval(unpooled, plan);
  const diff = await compareDiff(unpooled, plan);
  await unpooled.close();

  const pooled = await createScene(repository, join(folder, "store-1"), 1);
  const sameBase = await compareCreation(pooled, plan, () => tip);
  // Each is prepared at the commit of the one before.
  const commits = await compareCreation(pooled, plan, (round) => (round % 2 === 0 ? first : tip));
  await pooled.close();

  const crowded = await createScene(repository, join(folder, "store-2"), 2);
  const { path } = value(await crowded.worktrees.ensure(await crowded.hire(tip)));
  const size = await sizeOf(path);
  await crowded.filled();
  const atOnce = await spawnAtOnce(crowded, plan, plain);
  await crowded.close();

  return [
    ...comparison("pool_same_base", plan, sameBase, 0.02),
    ...comparison("pool_20_commits", plan, commits, 0.12),
    ...comparison("without_pool", plan, withoutPool, 1.1),
    ...comparison("removal", plan, removal, 0.05),
    ...comparison("diff", plan, diff, 1.2),
    ...atOnce,
    lower(`disk_per_worktree${suffix}`, size / 1024 ** 2, "MiB"),
  ];
}

const heldSchema = z.object({ held: z.number(), whole: z.number() });
const blockingSchema = z.object({ helper: heldSchema, direct: heldSchema, resident: z.number() });

/** How long starting git holds a process up, with little and with much memory. */
async function measureBlocking(): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (const megabytes of [0, 900]) {
    const script = resolve("test/bench/worktrees/blocking.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(megabytes)]);
    const { helper, direct, resident } = blockingSchema.parse(JSON.parse(stdout));
    const name = megabytes === 0 ? "50_mb" : "900_mb";
    results.push(
      lower(`git_start_blocks_${name}`, helper.held, "ms", 1),
      lower(`git_start_blocks_${name}_direct`, direct.held, "ms"),
      lower(`git_start_whole_${name}`, helper.whole, "ms"),
      lower(`git_start_whole_${name}_direct`, direct.whole, "ms"),
      lower(`git_start_resident_${name}`, resident, "MiB"),
    );
  }
  return results;
}

export async function benchWorktrees(): Promise<BenchReport> {
  const folder = await mkdtemp(resolve(".bench-"));
  try {
    const { stdout } = await promisify(execFile)("git", ["--version"]);
    const results = [await fsyncTime(folder), ...(await measureBlocking())];
    for (const plan of [SMALL, LARGE]) {
      const name = plan.hasGoals ? "large" : "small";
      results.push(...(await measureRepository(join(folder, name), plan)));
    }
    const git = stdout.trim().replace("git version ", "");
    return { bench: "worktrees", machine: machine(), versions: { ...(await versions()), git }, results };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
