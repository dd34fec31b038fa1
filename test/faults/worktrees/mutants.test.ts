import { execFile } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ok } from "../../../src/base/errors.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import { someScene } from "./deeds.ts";
import { createStage, type Stage } from "./stage.ts";
import { emptyTally, play } from "./story.ts";
import { type Tamper, WORKTREES, type World } from "./world.ts";

/** Rooms that do something wrong now and then: one that the verdicts let pass would make them worthless. */

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.dispose());

const folderOf = (world: World, id: string): string => join(world.place.root, WORKTREES, `${id}-${id}`);

const mutants: Readonly<Record<string, { readonly tamper: Tamper; readonly found: RegExp }>> = {
  "that keeps no snapshot at the end of a turn": {
    tamper: (room, world) => ({ ...room, snapshot: (id) => world.git("rev-parse", `banyan/${id}-${id}`) }),
    found: /is lost: on disk at the end of a turn/,
  },
  "that commits what is tracked, and no new files": {
    tamper: (room, world) => ({
      ...room,
      async commitWork(id) {
        await world.place.git.run(folderOf(world, id), ["commit", "--all", "--quiet", "--allow-empty", "-m", "Work"]);
        return world.git("rev-parse", `banyan/${id}-${id}`);
      },
    }),
    found: /is lost|is not clean/,
  },
  "that deletes a worktree instead of removing it": {
    tamper: (room, world) => ({
      ...room,
      async remove(id) {
        rmSync(folderOf(world, id), { recursive: true, force: true });
        return room.remove(id);
      },
    }),
    found: /is lost|brought back/,
  },
  "that leaves a setting in the user's repository": {
    tamper: after("commitWork", (world) => world.git("config", "core.fsmonitor", "false")),
    found: /in \.git "config" changed/,
  },
  "that stashes what the user changed": {
    tamper: after("ensure", (world) => world.git("stash", "push", "--quiet", "--include-untracked")),
    found: /refs\/stash|the user's file/,
  },
  "that merges files that nobody asked for": {
    tamper: after("mergeIntoCheckout", async (world) =>
      writeFileSync(join(world.place.root, "b.txt"), "not the user's\n"),
    ),
    found: /the user's checkout: the file "b\.txt"/,
  },
  "that moves the user's branch and not the files": {
    tamper: (room, world) => ({
      ...room,
      async mergeIntoCheckout(id, message, how) {
        const branch = await world.git("symbolic-ref", "HEAD").catch(() => "");
        if (branch !== "refs/heads/main" || how?.into !== undefined) return room.mergeIntoCheckout(id, message, how);
        const tip = await room.commitWork(id, "Work");
        await world.git("update-ref", branch, tip);
        return ok({ mergeCommit: tip, files: [] });
      },
    }),
    found: /the user's checkout|nobody recorded/,
  },
  "that merges what git would not": {
    tamper: (room, world) => ({
      ...room,
      async mergeIntoParent(childId, parentId, message) {
        const merged = await room.mergeIntoParent(childId, parentId, message);
        if (!merged.ok || merged.value.files.length === 0) return merged;
        const folder = folderOf(world, parentId);
        if (existsSync(join(folder, "b.txt"))) rmSync(join(folder, "b.txt"));
        await world.place.git.run(folder, ["commit", "--all", "--quiet", "--amend", "--no-edit"]).catch(() => {});
        return merged;
      },
    }),
    found: /git's own|no other ref keeps|is lost|the parent's worktree/,
  },
  "that forgets what it snapshot": {
    tamper: after("snapshot", async (world) => {
      for (const { id } of world.agents) await world.git("update-ref", "-d", `refs/banyan/snapshots/${id}`);
    }),
    found: /no other ref keeps/,
  },
};

/** The real room, and after each of one kind of its deeds something else. */
function after(
  deed: "commitWork" | "ensure" | "mergeIntoCheckout" | "snapshot",
  what: (world: World) => Promise<unknown>,
): Tamper {
  return (room, world) => {
    const then = async <T>(done: Promise<T>): Promise<T> => {
      const outcome = await done;
      await what(world).catch(() => {});
      return outcome;
    };
    const tampered: Partial<Worktrees> = {
      commitWork: (id, message) => then(room.commitWork(id, message)),
      ensure: (id) => then(room.ensure(id)),
      mergeIntoCheckout: (id, message, how) => then(room.mergeIntoCheckout(id, message, how)),
      snapshot: (id) => then(room.snapshot(id)),
    };
    return { ...room, [deed]: tampered[deed] };
  };
}

/** So many stories at most until it is found. */
const STORIES = 40;

for (const [name, { tamper, found }] of Object.entries(mutants)) {
  test(`a room ${name} is found out`, async () => {
    const scene = fc.noBias(someScene({ least: 15, most: 30 }));
    const property = fc.asyncProperty(scene, (some) => play(stage, some, emptyTally(), tamper));
    const verdict = await fc.check(property, { seed: 7, numRuns: STORIES, endOnFailure: true });
    expect(verdict.failed).toBe(true);
    expect(String(verdict.errorInstance)).toMatch(found);
  });
}
