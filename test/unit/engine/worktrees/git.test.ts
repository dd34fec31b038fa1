import { join } from "node:path";
import { expect, test } from "vitest";
import { toDisposable } from "../../../../src/base/disposable.ts";
import type { ProcessRecorder, StartedProcess } from "../../../../src/base/processes.ts";
import { createGitRunner } from "../../../../src/engine/worktrees/git.ts";
import { checkedOut, openRepository, recordedBy } from "../../../../src/engine/worktrees/repository.ts";
import { createRepository } from "../../../support/repository.ts";
import { expectOk } from "../../../support/store.ts";

/** Remembers what was told; `running` is what has not ended. */
function createListeningRecorder() {
  const told: StartedProcess[] = [];
  const running = new Set<StartedProcess>();
  const recorder: ProcessRecorder = {
    environment: { BANYAN_LEADER: "the leader" },
    assertLeading() {},
    started(child) {
      told.push(child);
      running.add(child);
      return toDisposable(() => running.delete(child));
    },
  };
  return { told, running, recorder };
}

test("every git is recorded as it starts, and no longer once it has ended", async () => {
  const { root, environment } = await createRepository();
  const { told, running, recorder } = createListeningRecorder();
  const runner = createGitRunner(environment, { recorder });
  const place = { gitDir: join(root, ".git"), workTree: root };
  const call = runner.trusted(place, "own").text(["-c", "user.name=merge me", "rev-parse", "HEAD"]);
  expect([...running]).toEqual([{ pid: expect.any(Number), program: "git", what: "git rev-parse" }]);
  await call;
  expect(running.size).toBe(0);
  await (await runner.sealed(place)).text(["rev-parse", "HEAD"]);
  expect(told.map(({ what }) => what)).toEqual(["git rev-parse", "git config", "git config", "git rev-parse"]);
  expect(running.size).toBe(0);
});

test("a git is started with what tells it from a stranger", async () => {
  const { root, environment, git } = await createRepository();
  await git("config", "alias.who", "!echo $BANYAN_LEADER");
  const { recorder } = createListeningRecorder();
  for (const trust of ["own", "filters"] as const) {
    const runner = createGitRunner(environment, { recorder }).trusted({ gitDir: join(root, ".git") }, trust);
    expect(await runner.text(["who"])).toBe("the leader");
  }
});

test("a git that can't be started is not recorded", async () => {
  const { root, environment } = await createRepository();
  const { told, recorder } = createListeningRecorder();
  const runner = createGitRunner({ ...environment, PATH: "/nowhere" }, { recorder });
  const call = runner.trusted({ gitDir: join(root, ".git") }, "own").run(["rev-parse", "HEAD"]);
  await expect(call).rejects.toThrow("could not be started");
  expect(told).toEqual([]);
});

test("a repository records for its leader from when it has one", async () => {
  const { root, environment } = await createRepository();
  const { told, running, recorder } = createListeningRecorder();
  const repository = expectOk(await openRepository(root, environment));
  expectOk(await checkedOut(repository));
  expect(told).toEqual([]);
  expectOk(await checkedOut(recordedBy({ recorder }, repository)));
  expect(told.map(({ what }) => what)).toEqual(["git config", "git config", "git symbolic-ref", "git rev-parse"]);
  expect(running.size).toBe(0);
});
