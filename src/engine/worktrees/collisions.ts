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
  const paths = new Map<string, ReadonlySet<string>>();
  const verdicts = new Map<string, readonly string[]>();

  const pathsBetween = (git: Git, from: string, to: string) =>
    remembered(
      paths,
      `${from} ${to}`,
      async () => new Set((await changedPaths(git, from, to)).map(({ path }) => path)),
    );
  const conflictsBetween = (git: Git, one: string, other: string, base: string | null) =>
    remembered(verdicts, `${one} ${other} ${base}`, async () => {
      const merged = await mergeTrees(git, one, other, base ?? undefined);
      return merged.kind === "conflict" ? merged.files : [];
    });

  const candidateOf = async (row: WorktreeRow): Promise<Candidate | undefined> => {
    const work = await workOf(room, row);
    if (!work.ok || work.value.head === work.value.base) return undefined;
    return { row, work: work.value, paths: await pathsBetween(work.value.git, work.value.base, work.value.head) };
  };

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

  return {
    async look() {
      const git = await sharedGit(room);
      const rows = (await room.store.read(allRows)).filter(isOpen);
      const agents = new Set(rows.map(({ branch }) => branch));
      const candidates: Candidate[] = [];
      for (const row of rows) {
        const candidate = await candidateOf(row);
        if (candidate !== undefined) candidates.push(candidate);
      }
      const found: Collision[] = [];
      for (const candidate of candidates) {
        if (!agents.has(candidate.row.targetBranch)) found.push(...(await withTarget(candidate)));
      }
      for (const [one, other] of pairsThatShare(candidates)) found.push(...(await withOther(git, one, other)));
      return found;
    },
  };
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
const MAX_REMEMBERED = 5_000;

async function remembered<T>(known: Map<string, T>, key: string, find: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const answer = await find();
  known.set(key, answer);
  const [oldest] = known.keys();
  if (known.size > MAX_REMEMBERED && oldest !== undefined) known.delete(oldest);
  return answer;
}
