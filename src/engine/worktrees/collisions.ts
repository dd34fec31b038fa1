import type { Collision } from "../../protocol/records.ts";
import type { Git } from "./git.ts";
import { changedPaths, mergeTrees, sharedGit } from "./objects.ts";
import type { Room } from "./room.ts";
import { allRows, type WorktreeRow } from "./rows.ts";
import { type Work, workOf } from "./work.ts";

/** Finds out which work would conflict with which, and remembers what it found for commits that don't change. */
export interface CollisionRadar {
  /** As things are now, sorted by agent and branch. */
  look(): Promise<Collision[]>;
}

/** More pairs than anybody reads are not looked at. */
const MAX_PAIRS = 500;

/** An agent's work, and the paths that it changes. */
interface Candidate {
  readonly row: WorktreeRow;
  readonly work: Work;
  readonly paths: ReadonlySet<string>;
}

export function createCollisionRadar(room: Room): CollisionRadar {
  const candidates = createMemory<Candidate | undefined>();
  const verdicts = createMemory<readonly string[]>();
  let last: { readonly key: string; readonly found: Collision[] } | undefined;
  let underWay: Promise<Collision[]> | undefined;

  const conflictsBetween = (git: Git, one: string, other: string, base: string | null) =>
    verdicts(`${one} ${other} ${base}`, async () => {
      const merged = await mergeTrees(git, one, other, base ?? undefined);
      return merged.kind === "conflict" ? merged.files : [];
    });

  /** With the branch that it is to be merged into, where that is the user's. */
  const withTarget = async ({ row, work }: Candidate): Promise<Collision[]> => {
    if (work.target === undefined || work.base === work.target) return [];
    const files = await conflictsBetween(work.git, work.target, work.head, work.mergeBase);
    return files.length === 0 ? [] : [collision(row, null, row.targetBranch, files)];
  };

  const withOther = async (git: Git, one: Candidate, other: Candidate): Promise<Collision[]> => {
    const files = await conflictsBetween(git, one.work.head, other.work.head, null);
    return files.length === 0 ? [] : [collision(one.row, other.row.agentId, other.row.branch, files)];
  };

  const find = async (git: Git, rows: readonly WorktreeRow[], keys: readonly string[]): Promise<Collision[]> => {
    const agents = new Set(rows.map(({ branch }) => branch));
    const open: Candidate[] = [];
    for (const [index, row] of rows.entries()) {
      const candidate = await candidates(keys[index] ?? "", () => candidateOf(room, row));
      if (candidate !== undefined) open.push(candidate);
    }
    const found: Collision[] = [];
    for (const candidate of open) {
      if (!agents.has(candidate.row.targetBranch)) found.push(...(await withTarget(candidate)));
    }
    for (const [one, other] of pairsThatShare(open)) found.push(...(await withOther(git, one, other)));
    return found;
  };

  /** One git process where nothing changed since the last time, none where nobody works. */
  const look = async (): Promise<Collision[]> => {
    const rows = (await room.store.read(allRows)).filter(isOpen);
    if (rows.length === 0) return [];
    const git = await sharedGit(room);
    const tips = await branchTips(git);
    const keys = rows.map((row) => keyOf(row, tips));
    const key = keys.join("\n");
    if (last?.key !== key) last = { key, found: await find(git, rows, keys) };
    return last.found;
  };

  return {
    look() {
      underWay ??= look().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}

/** Everything that an agent's work depends on. */
const keyOf = (row: WorktreeRow, tips: ReadonlyMap<string, string>): string =>
  [
    ...[row.agentId, row.status, tips.get(row.branch), row.snapshotCommit],
    ...[row.targetBranch, tips.get(row.targetBranch), row.mergeBase],
  ].join(" ");

async function candidateOf(room: Room, row: WorktreeRow): Promise<Candidate | undefined> {
  const work = await workOf(room, row);
  if (!work.ok || work.value.head === work.value.base) return undefined;
  const { git, base, head } = work.value;
  return { row, work: work.value, paths: new Set((await changedPaths(git, base, head)).map(({ path }) => path)) };
}

/** Of all branches, by name. */
async function branchTips(git: Git): Promise<Map<string, string>> {
  const lines = (await git.text(["for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads"])).split(
    "\n",
  );
  return new Map(lines.map((line) => line.split(" ")).map(([name = "", tip = ""]) => [name, tip]));
}

/** Work that is neither merged nor only planned. */
const isOpen = ({ status }: WorktreeRow): boolean => status === "isolated" || status === "conflicted";

/** Pairs that change a path in common, each once. */
function pairsThatShare(candidates: readonly Candidate[]): (readonly [Candidate, Candidate])[] {
  const byPath = new Map<string, Candidate[]>();
  const pairs = new Map<string, readonly [Candidate, Candidate]>();
  for (const candidate of candidates) {
    for (const path of candidate.paths) {
      const others = byPath.get(path) ?? [];
      for (const other of others) {
        if (pairs.size < MAX_PAIRS) pairs.set(`${other.row.agentId} ${candidate.row.agentId}`, [other, candidate]);
      }
      byPath.set(path, [...others, candidate]);
    }
  }
  return [...pairs.values()];
}

const collision = (
  row: WorktreeRow,
  otherId: string | null,
  otherBranch: string,
  files: readonly string[],
): Collision => ({
  agentId: row.agentId,
  otherId,
  otherBranch,
  files: [...files],
});

/** As many answers are kept; the oldest go first. */
const MAX_REMEMBERED = 20_000;

/** Finds an answer once for each key. */
function createMemory<T>(): (key: string, find: () => Promise<T>) => Promise<T> {
  const known = new Map<string, { readonly answer: T }>();
  return async (key, find) => {
    const before = known.get(key);
    if (before !== undefined) return before.answer;
    const answer = await find();
    known.set(key, { answer });
    const [oldest] = known.keys();
    if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
    return answer;
  };
}
