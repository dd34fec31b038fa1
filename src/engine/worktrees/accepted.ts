import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { ReviewFile } from "../../protocol/records.ts";
import { type Change, changesBetween } from "./changes.ts";
import type { Git } from "./git.ts";
import { applyHunks } from "./hunks.ts";
import { commitAndTree, commitTree, type Entry, moveAgentRef, NEW, refuseMisread, resolveCommit } from "./objects.ts";
import { decisionOf, hunksOf, readReview } from "./review.ts";
import { agentName, agentSignature, type Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";

/** The ref that keeps what was merged of an agent's work in part. */
export const acceptedRef = (agentId: string) => `refs/banyan/accepted/${agentId}`;

/**
 * A commit of those parts of an agent's work that the user accepted, on top of what the review compares with; the work's
 * own tip, where that is all of it. Refuses with `nothing_to_merge` where nothing was accepted.
 */
export async function acceptedPart(room: Room, git: Git, row: WorktreeRow, tip: string): Promise<Result<string>> {
  const review = await readReview(room, row);
  if (!review.ok) return review;
  const { baseCommit, headCommit, files } = review.value;
  const misread = refuseMisread(files.map(({ path }) => path));
  if (misread !== undefined) return misread;
  const tree = await acceptedTree(room, git, { base: baseCommit, head: headCommit, files });
  if (tree === (await commitAndTree(git, baseCommit)).tree) {
    return refuse(
      "nothing_to_merge",
      `nothing of ${agentName(row)}'s work was accepted: accept files or hunks of it in its review first`,
    );
  }
  if (tree === (await commitAndTree(git, tip)).tree) return ok(tip);
  const signature = agentSignature(room, row);
  const commit = await commitTree(git, tree, [baseCommit], `Accepted work of ${agentName(row)}`, signature);
  const before = await resolveCommit(git, acceptedRef(row.agentId));
  await moveAgentRef(room, git, acceptedRef(row.agentId), { from: before ?? NEW, to: commit }, signature, "accepted");
  return ok(commit);
}

interface Reviewed {
  readonly base: string;
  readonly head: string;
  readonly files: readonly ReviewFile[];
}

async function acceptedTree(room: Room, git: Git, { base, head, files }: Reviewed): Promise<string> {
  const index = join(room.repository.commonDir, `banyan-accepted-${room.ids.short()}`);
  try {
    await git.mustRun(["read-tree", base], { index });
    const lines: string[] = [];
    for (const change of await changesBetween(git, base, head)) {
      const file = files.find(({ path }) => path === change.path);
      if (file !== undefined) lines.push(...indexLines(change, await acceptedEntry(git, change, file), base.length));
    }
    await git.mustRun(["update-index", "-z", "--index-info"], { index, stdin: lines.join("") });
    return await git.text(["write-tree"], { index });
  } finally {
    await rm(index, { force: true });
  }
}

/** What becomes of a file: undefined, nothing; else what is there afterwards, null where it goes. */
type Accepted = { readonly entry: Entry | null } | undefined;

async function acceptedEntry(git: Git, change: Change, file: ReviewFile): Promise<Accepted> {
  if (file.wholeOnly) return file.decision === "accepted" ? { entry: change.after } : undefined;
  const hunks = await hunksOf(git, change);
  const chosen = hunks.filter(({ id }) => decisionOf(file, id) === "accepted");
  if (chosen.length === 0 && !(hunks.length === 0 && file.decision === "accepted")) return undefined;
  if (chosen.length === hunks.length) return { entry: change.after };
  const content = async (entry: Entry | null) =>
    entry === null ? Buffer.alloc(0) : git.mustRun(["cat-file", "blob", entry.id]);
  const ids = new Set(chosen.map(({ id }) => id));
  const merged = applyHunks(await content(change.before), await content(change.after), hunks, ({ id }) => ids.has(id));
  const id = await git.text(["hash-object", "-w", "--stdin"], { stdin: merged });
  return { entry: { mode: change.after?.mode ?? change.before?.mode ?? "100644", id } };
}

/** For `update-index --index-info`; a renamed file leaves its old place. */
function indexLines({ path, previousPath }: Change, accepted: Accepted, idLength: number): string[] {
  if (accepted === undefined) return [];
  const { entry } = accepted;
  const line = (at: string, here: Entry | null) => `${here?.mode ?? "0"} ${here?.id ?? "0".repeat(idLength)}\t${at}\0`;
  return [...(previousPath === null ? [] : [line(previousPath, null)]), line(path, entry)];
}
