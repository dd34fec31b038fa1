import { type Books, Breach } from "./books.ts";
import { differences, type Files } from "./disk.ts";
import { isUsersMerge, type Outcome, type Plan } from "./engine.ts";
import { advanced, agentTips, type Checkout, leftTips, stayingGitFiles, strayed, touched, unignored } from "./laws.ts";
import { acceptedFiles, indexFiles, mergedTree, parentsOf, treeFiles, treeOf } from "./oracle.ts";
import type { Seen, World } from "./world.ts";

/** What was there before a deed, as far as the verdict on it needs it. */
export interface Before {
  readonly seen: Seen;
  readonly index: Files;
  readonly sideIndex: Files;
  /** What a merge in part must come to. */
  readonly accepted: Files | undefined;
}

export async function before(world: World, plan: Plan): Promise<Before> {
  const isMerge = isUsersMerge(plan);
  const isPart = plan.deed.do === "merge" && plan.agent?.parentId === null && plan.how.acceptedOnly === true;
  const accepted = isPart && plan.agent !== undefined ? await acceptable(world, plan.agent.id) : undefined;
  const none: Files = new Map();
  const { root, side } = world.place;
  const seen = world.see();
  return {
    seen,
    index: isMerge ? await indexFiles(world, root) : none,
    sideIndex: isMerge && seen.sideFiles.size > 0 ? await indexFiles(world, side) : none,
    accepted,
  };
}

/** The work is committed first, as the merge would, so that decisions are about the same hunks. */
async function acceptable(world: World, agentId: string): Promise<Files | undefined> {
  try {
    await world.room.commitWork(agentId, "Work");
    return await acceptedFiles(world, agentId);
  } catch {
    return undefined;
  }
}

/** Throws a `Breach` where a law was broken between then and now. */
export async function judge(world: World, books: Books, plan: Plan, was: Before, outcome: Outcome): Promise<void> {
  const now = world.see();
  const what = `${plan.deed.do} of ${plan.agent?.id ?? "nobody"}`;
  const problems = isUsersMerge(plan)
    ? await judgeUsersMerge(world, books, plan, was, now, outcome)
    : touched(was.seen, now);
  problems.push(...litter(now.gitFiles));
  problems.push(...(await deletedTips(world, was.seen, now)));
  await books.committed(agentTips(now), what);
  // Conflicts are resolved by the agent.
  if (plan.deed.do !== "resolve") books.displaced(was.seen, now, what);
  noteRemoval(books, plan, was, now);
  if (outcome.kind === "done") problems.push(...(await judgeDone(world, books, plan, was, now)));
  // What else brought one back has changed it since.
  for (const id of books.away) if ((now.worktrees.get(id)?.size ?? 0) > 0) books.broughtBack(id);
  if (outcome.kind === "crashed") problems.push(...(await unsettled(world)));
  if (problems.length > 0) throw new Breach([`after ${what} (${outcome.kind}):`, ...problems].join("\n"));
}

/** What the engine writes beside the user's own files must be gone again. */
const litter = (gitFiles: Files): string[] =>
  [...gitFiles.keys()]
    .filter((path) => /(?:^|\/)banyan|BANYAN|\.lock$/.test(path))
    .map((path) => `.git/${path} was left behind`);

async function deletedTips(world: World, was: Seen, now: Seen): Promise<string[]> {
  const problems: string[] = [];
  for (const [ref, tip] of leftTips(was, now)) {
    if (now.refs.has(ref) && !ref.startsWith("refs/banyan") && !ref.startsWith("refs/heads/banyan")) continue;
    const left = await world.git("rev-list", "--max-count=1", tip, "--not", "--all");
    if (left !== "") problems.push(`${ref} left ${tip}, which no other ref keeps`);
  }
  return problems;
}

/** After a recovery nothing is half done. */
async function unsettled(world: World): Promise<string[]> {
  const records = await world.room.list();
  const merges = await world.room.merges();
  return [
    ...records
      .filter(({ status }) => status === "merging")
      .map(({ agentId }) => `the merge of ${agentId} is unsettled`),
    ...merges
      .filter(({ state }) => state === "intended" || state === "undoing")
      .map(({ agentId, state }) => `a merge of ${agentId} stays ${state}`),
  ];
}

/** Whoever learned of it or not: what is gone by a removal comes back. */
function noteRemoval(books: Books, { deed, agent }: Plan, was: Before, now: Seen): void {
  if (deed.do !== "remove" || agent === undefined) return;
  const had = was.seen.worktrees.get(agent.id) ?? new Map();
  if (had.size > 0 && (now.worktrees.get(agent.id) ?? new Map()).size === 0) books.removed(agent, had);
}

async function judgeDone(world: World, books: Books, plan: Plan, was: Before, now: Seen): Promise<string[]> {
  const { deed, agent } = plan;
  if (agent === undefined) return [];
  const files = now.worktrees.get(agent.id) ?? new Map();
  const had = was.seen.worktrees.get(agent.id) ?? new Map();
  const path = world.pathOf(agent);
  switch (deed.do) {
    case "snapshot":
    case "commitWork":
      books.promised(had, `on disk at the end of a turn of ${agent.id}`);
      return differences(`${deed.do} changed, in ${path},`, had, files);
    case "remove":
      return files.size === 0 ? [] : [`${path} was removed, and is there`];
    case "ensure": {
      const must = books.broughtBack(agent.id);
      return must === undefined ? [] : differences("brought back:", must, files);
    }
    case "merge":
      return agent.parentId === null ? [] : judgeParentsMerge(world, plan, was, now);
    default:
      return [];
  }
}

/** The parent's worktree holds the merge, and nothing else. */
async function judgeParentsMerge(world: World, { agent }: Plan, was: Before, now: Seen): Promise<string[]> {
  const parent = world.agents.find(({ id }) => id === agent?.parentId);
  if (agent === undefined || parent === undefined) return [];
  const ref = `refs/heads/${world.branchOf(parent)}`;
  const tip = now.refs.get(ref) ?? "";
  if (tip === was.seen.refs.get(ref)) return [];
  const files = await treeFiles(world, tip);
  const problems = differences("the parent's worktree:", files, unignored(now.worktrees.get(parent.id) ?? new Map()));
  const [ours, theirs] = await parentsOf(world, tip);
  if (ours === undefined || theirs === undefined) return problems;
  const merges = await world.room.merges(agent.id);
  if (
    theirs === now.refs.get(`refs/heads/${world.branchOf(agent)}`) &&
    !merges.some((each) => each.mergeCommit === tip)
  ) {
    problems.push(`nobody recorded the merge ${tip}`);
  }
  return [...problems, ...(await judgeTree(world, agent.id, tip, [ours, theirs]))];
}

/**
 * What a merge is to hold: git's own three-way merge, with the base that its histories have or, where they can't tell,
 * what was squashed, taken in part or carried before. Undefined where work went to several targets: that is not known here.
 */
async function judgeTree(
  world: World,
  agentId: string,
  to: string,
  sides: readonly [string, string],
): Promise<string[]> {
  const merges = (await world.room.merges(agentId)).filter(({ state }) => state === "made");
  const at = merges.findIndex(({ mergeCommit }) => mergeCommit === to);
  const earlier = merges.slice(0, at);
  if (at < 0) return [];
  if (earlier.some(({ targetBranch }) => targetBranch !== merges[at]?.targetBranch)) return [];
  const last = earlier.at(-1);
  const squashed = last !== undefined && (last.manner === "squash" || last.mergedCommit !== last.sourceCommit);
  const carried = (await world.record(agentId)).carriedCommit ?? undefined;
  const base = squashed ? last.mergedCommit : last === undefined ? carried : undefined;
  const must = await mergedTree(world, ...sides, base);
  const is = await treeOf(world, to);
  return must === is ? [] : [`the merge ${to} holds ${is}, and git's own ${must}`];
}

async function judgeUsersMerge(
  world: World,
  books: Books,
  plan: Plan,
  was: Before,
  now: Seen,
  outcome: Outcome,
): Promise<string[]> {
  const problems = differences("in .git", stayingGitFiles(was.seen.gitFiles), stayingGitFiles(now.gitFiles));
  const moved = [...was.seen.refs].filter(([ref, tip]) => isBranch(ref) && now.refs.get(ref) !== tip);
  const [first, ...others] = moved;
  if (others.length > 0) problems.push(`more than one branch moved: ${moved.map(([ref]) => ref).join(", ")}`);
  if (first === undefined || outcome.kind === "refused") {
    if (first !== undefined) problems.push(`${first[0]} moved by what was refused`);
    return [...problems, ...(await judgeCheckouts(world, was, now, undefined))];
  }
  const [ref, from] = first;
  const to = now.refs.get(ref);
  if (to === undefined) return [...problems, `${ref} is gone`];
  problems.push(...(await judgeCheckouts(world, was, now, { ref, from, to })));
  if (plan.deed.do === "undo") {
    await books.undone(from);
    return problems;
  }
  await books.committed([to], `the merge ${to} into ${ref}`);
  return [...problems, ...(await judgeResult(world, plan, was, { ref, from, to }))];
}

const isBranch = (ref: string): boolean => ref.startsWith("refs/heads/") && !ref.startsWith("refs/heads/banyan/");

interface Move {
  readonly ref: string;
  readonly from: string;
  readonly to: string;
}

/** Each checkout is as it was, or, where it has the branch checked out, as it was with the merge's paths and no others. */
async function judgeCheckouts(world: World, was: Before, now: Seen, move: Move | undefined): Promise<string[]> {
  const { root, side } = world.place;
  const here: Checkout = { files: was.seen.files, index: was.index };
  const there: Checkout = { files: was.seen.sideFiles, index: was.sideIndex };
  const isHere = move !== undefined && (await headOf(world, root)) === move.ref;
  const isThere = move !== undefined && !isHere && there.files.size > 0 && (await headOf(world, side)) === move.ref;
  const [from, to] =
    move === undefined ? [] : await Promise.all([move.from, move.to].map((tip) => treeFiles(world, tip)));
  const must = (checkout: Checkout, isMoved: boolean) =>
    isMoved && from !== undefined && to !== undefined ? advanced(checkout, from, to) : checkout;
  const problems = strayed("the user's checkout", must(here, isHere), {
    files: now.files,
    index: await indexFiles(world, root),
  });
  if (there.files.size === 0) return problems;
  const is = { files: now.sideFiles, index: await indexFiles(world, side) };
  return [...problems, ...strayed("the user's other worktree", must(there, isThere), is)];
}

const headOf = async (world: World, folder: string): Promise<string> =>
  (await world.place.git.run(folder, ["rev-parse", "--symbolic-full-name", "HEAD"])).toString().trim();

/** What was merged is what git itself makes of the same, or, in part, what was accepted on top of it. */
async function judgeResult(world: World, { agent }: Plan, was: Before, { from, to }: Move): Promise<string[]> {
  const merge = (await world.room.merges(agent?.id)).find(({ mergeCommit }) => mergeCommit === to);
  if (merge === undefined || agent === undefined) return [`nobody recorded the merge ${to}`];
  const problems: string[] = [];
  const parents = (await parentsOf(world, to)).join();
  const mustBe = (merge.manner === "squash" ? [from] : [from, merge.mergedCommit]).join();
  if (parents !== mustBe) problems.push(`${to} has the parents ${parents}, not ${mustBe}`);
  problems.push(...(await judgeTree(world, agent.id, to, [from, merge.mergedCommit])));
  if (was.accepted !== undefined) {
    const taken = await treeFiles(world, merge.mergedCommit);
    problems.push(...differences("of what was accepted,", was.accepted, taken));
  }
  return problems;
}
