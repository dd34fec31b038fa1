import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ok, type Result, refuse } from "../../base/errors.ts";
import { busyWith } from "./busy.ts";
import { copyIndex, exists } from "./disk.ts";
import { commitAndTree, commitTree } from "./objects.ts";
import { checkoutPlace } from "./repository.ts";
import type { Room } from "./room.ts";
import { stageAll } from "./stage.ts";

/**
 * A commit of what is uncommitted in the user's checkout, untracked files too, on top of its HEAD; null where nothing is.
 * Goes through an index of its own: HEAD, index and files of the checkout stay as they are. A ref keeps it: the branch
 * that begins with it may be long in coming. Refuses with `busy_checkout` in the middle of a merge, a rebase and their like.
 */
export async function commitOfUsersChanges(room: Room, head: string): Promise<Result<string | null>> {
  const place = checkoutPlace(room.repository);
  const busy = await busyWith(place.gitDir);
  if (busy !== undefined) {
    return refuse(
      "busy_checkout",
      `${room.repository.root} is in the middle of ${busy}: finish or abort it, or start without your changes`,
    );
  }
  // With the user's own filters: what is in the files is the user's, and must be stored as the user's git would.
  const git = room.repository.git.trusted(place, "filters");
  const index = join(place.gitDir, `banyan-carry-${room.ids.short()}`);
  try {
    const own = join(place.gitDir, "index");
    if (await exists(own)) await copyIndex(own, index);
    const staged = await stageAll(git, index);
    if (staged.problems !== "")
      return refuse("not_writable", `git could not read all of your changes: ${staged.problems}`);
    if (staged.tree === (await commitAndTree(git, head)).tree) return ok(null);
    const signature = { name: "Banyan", email: "banyan@localhost", at: room.clock.now() };
    const commit = await commitTree(git, staged.tree, [head], "Uncommitted changes of the user's", signature);
    await git.mustRun(["update-ref", startRef(commit), commit]);
    return ok(commit);
  } finally {
    await rm(index, { force: true });
  }
}

const startRef = (commit: string): string => `refs/banyan/carried/${commit}`;
