import { test } from "vitest";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";
import { createTeam } from "./team.ts";

test("perf", async () => {
  const repository = await createRepository({
    files: Object.fromEntries(
      Array.from({ length: 27_000 }, (_, i) => [`d${i % 300}/e${i % 7}/f${i}.txt`, `${"line\n".repeat(20)}${i}\n`]),
    ),
  });
  const team = await createTeam(repository);
  const time = async (name: string, body: () => Promise<unknown>) => {
    const b = performance.now();
    await body();
    console.log(name, Math.round(performance.now() - b));
  };
  await time("ensure", () => team.start("root"));
  const files = team.worktrees.files(await team.record("root"));
  await time("list", () => files.list("."));
  await time("list", () => files.list("."));
  await time("list dir", () => files.list("d1"));
  await time("search", async () =>
    expectOk(
      await files.search(
        { pattern: "2699[0-9]", path: ".", ignoreCase: false, limit: 50, offset: 0 },
        new AbortController().signal,
      ),
    ),
  );
  await time("commit nothing", () => team.worktrees.commitWork("root", "x"));
  await team.write("root", "a.txt", "x\n");
  await time("snapshot", () => team.worktrees.snapshot("root"));
  await time("commit one", () => team.worktrees.commitWork("root", "x"));
  await time("child", () => team.start("ada", "root"));
  await team.write("ada", "d1/new.txt", "x\n");
  await time("merge", async () => expectOk(await team.worktrees.mergeIntoParent("ada", "root", "m")));
  await time("merge checkout", async () => expectOk(await team.worktrees.mergeIntoCheckout("root", "m")));
  await time("remove", async () => expectOk(await team.worktrees.removeMerged("ada")));
  await time("dispose", () => team.worktrees.dispose());
}, 200000);
