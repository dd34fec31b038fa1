import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ok } from "../../../src/base/errors.ts";
import type { Worktrees } from "../../../src/engine/worktrees/port.ts";
import type { Deed, EngineDeed, FileDeed, Scene, UserDeed } from "./deeds.ts";
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
    tamper: (room, world) => ({
      ...room,
      snapshot: (id) =>
        existsSync(folderOf(world, id)) ? world.git("rev-parse", `banyan/${id}-${id}`) : room.snapshot(id),
    }),
    found: /is lost: on disk at the end of a turn/,
  },
  "that throws new files away when it commits": {
    tamper: (room, world) => ({
      ...room,
      async commitWork(id, message) {
        if (existsSync(folderOf(world, id))) await world.place.git.run(folderOf(world, id), ["clean", "-fdq"]);
        return room.commitWork(id, message);
      },
    }),
    found: /commitWork changed|is lost/,
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
    found: /in \.git|the user's file/,
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
    found: /git's own|nobody recorded|the parent's worktree/,
  },
  "that forgets what it snapshot": {
    tamper: after("snapshot", async (world) => {
      for (const { id } of world.agents) await world.git("update-ref", "-d", `refs/banyan/snapshots/${id}`);
    }),
    found: /no other ref keeps|is lost/,
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

const engine = (what: EngineDeed["do"], whom: number): Deed => ({
  ...{ by: "engine", do: what, pick: whom, choice: 1 },
  ...{ crash: null, crashAgain: null },
});
const writes = (path: string, value: number): FileDeed => ({
  ...{ do: "write", path, executable: false },
  content: { kind: "short", value },
});
const agent = (path: string, value: number): Deed => ({ ...writes(path, value), by: "agent", pick: 1 });
const user = (what: UserDeed["do"]): Deed => ({ by: "user", do: what, pick: 0, file: writes("Case.txt", 9) });

/** A root and its child, from the first worktree to the last, with everything that a room could do wrong. */
const story: Scene = {
  ...{ sideCheckedOut: true, hook: "agrees", pool: 0 },
  deeds: [
    ...[engine("hireRoot", 0), engine("ensure", 0), engine("hireChild", 0), user("file"), engine("ensure", 1)],
    ...[agent("new.txt", 11), engine("snapshot", 1), user("deleteWorktrees"), engine("ensure", 0), engine("ensure", 1)],
    ...[agent("x", 12), engine("commitWork", 1), engine("merge", 1), engine("merge", 0)],
    ...[agent("dir/c.txt", 13), agent("out.log", 14), engine("remove", 1), engine("ensure", 1), user("gc")],
  ],
};

test("the story is told to its end with the real room", async () => {
  const tally = emptyTally();
  await play(stage, story, tally);
  expect(tally).toMatchObject({ refused: 0, merges: 1, intoParents: 1, removed: 1 });
});

for (const [name, { tamper, found }] of Object.entries(mutants)) {
  test(`a room ${name} is found out`, async () => {
    await expect(play(stage, story, emptyTally(), tamper)).rejects.toThrow(found);
  });
}
