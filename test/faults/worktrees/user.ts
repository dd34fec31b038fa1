import { rmSync } from "node:fs";
import { join } from "node:path";
import type { UserDeed } from "./deeds.ts";
import { doFile } from "./files.ts";
import { WORKTREES, type World } from "./world.ts";

/** What the user does on their own, between the engine's deeds. What git refuses them is not done. */
export async function doAsUser(world: World, deed: UserDeed): Promise<void> {
  const { root } = world.place;
  const git = (...args: readonly string[]) => world.git(...args).then(nothing, nothing);
  switch (deed.do) {
    case "file":
      return doFile(root, deed.file);
    case "stage":
      return git("add", "--all");
    case "commit":
      await git("add", "--all");
      return git("commit", "--quiet", "-m", "The user's");
    case "forceAdd":
      return git("add", "--force", "--", "ignored", "out.log");
    case "switch":
      return git("switch", "--quiet", ["main", "side", "topic"][deed.pick % 3] ?? "main");
    case "detach":
      return git("switch", "--quiet", "--detach");
    case "uncommit":
      return uncommit(world);
    case "stash":
      return git("stash", "push", "--quiet", "--include-untracked");
    case "unstash":
      return git("stash", "pop", "--quiet");
    case "clean":
      return git("clean", "-ffdxq");
    case "deleteWorktrees":
      return rmSync(join(root, WORKTREES), { recursive: true, force: true });
    case "deleteWorktree": {
      const agent = world.agents[deed.pick % Math.max(1, world.agents.length)];
      return agent === undefined ? undefined : rmSync(world.pathOf(agent), { recursive: true, force: true });
    }
    case "gc":
      return git("gc", "--quiet", "--prune=now");
    case "prune":
      return git("worktree", "prune");
  }
}

const nothing = (): void => {};

/** Only what the user committed: a merge of theirs is undone by command. */
async function uncommit(world: World): Promise<void> {
  const subject = await world.git("log", "-1", "--format=%s");
  if (subject === "The user's") await world.git("reset", "--quiet", "--soft", "HEAD~1");
}
