import { describe, expect, test } from "vitest";
import { ok, type Result, refuse } from "../../../src/base/errors.ts";
import { silentLogger } from "../../../src/base/log.ts";
import type { JoinedEngine } from "../../../src/engine/join/join.ts";
import type { RepositoryLocation } from "../../../src/vscode/repository.ts";
import { createSession, spawnObstacle } from "../../../src/vscode/session.ts";
import { repositoryAt } from "./builders.ts";
import { createFakeEngine, type FakeEngine } from "./fakeEngine.ts";

interface World {
  folders: readonly string[];
  trusted: boolean;
  repository: RepositoryLocation | undefined;
  opened: () => Promise<Result<JoinedEngine>>;
}

function begin(changes: Partial<World> = {}) {
  const fake: FakeEngine = createFakeEngine();
  const opens: string[] = [];
  const world: World = {
    folders: ["/repo"],
    trusted: true,
    repository: repositoryAt("/repo"),
    opened: async () => ok(fake.engine),
    ...changes,
  };
  const session = createSession({
    folders: () => world.folders,
    isTrusted: () => world.trusted,
    locate: async () => world.repository,
    open: (folder) => {
      opens.push(folder);
      return world.opened();
    },
    log: silentLogger,
  });
  const kinds: string[] = [];
  session.onDidChange(({ kind }) => void kinds.push(kind));
  return { session, world, fake, opens, kinds };
}

describe("a window's session", () => {
  test.each<[string, Partial<World>]>([
    ["noFolder", { folders: [] }],
    ["untrusted", { trusted: false }],
    ["noRepository", { repository: undefined }],
    ["noCommit", { repository: repositoryAt("/repo", { hasCommit: false, hasStore: false }) }],
    ["noStore", { repository: repositoryAt("/repo", { hasStore: false }) }],
  ])("is %s without opening anything", async (kind, changes) => {
    const { session, opens } = begin(changes);
    await session.refresh();
    expect(session.state.kind).toBe(kind);
    expect(opens).toEqual([]);
  });

  test("opens a store that is there, and goes on with its agents", async () => {
    const { session, fake, kinds } = begin();
    await session.refresh();
    expect(kinds).toEqual(["opening", "ready"]);
    expect(fake.calls).toEqual(["start"]);
  });

  test("looks at nothing in an untrusted folder, and opens when trust is given", async () => {
    const { session, world, opens } = begin({ trusted: false });
    expect(await session.engine("create")).toMatchObject({ ok: false, refusal: { code: "untrusted" } });
    world.trusted = true;
    await session.refresh();
    expect(session.state.kind).toBe("ready");
    expect(opens).toEqual(["/repo"]);
  });

  test("makes a store only for who wants to create", async () => {
    const { session, opens } = begin({ repository: repositoryAt("/repo", { hasStore: false }) });
    expect(await session.engine("refuse")).toMatchObject({ ok: false, refusal: { code: "store_missing" } });
    expect(opens).toEqual([]);
    expect((await session.engine("create")).ok).toBe(true);
    expect(session.state.kind).toBe("ready");
  });

  test("opens once for many who ask at the same time", async () => {
    const { session, opens } = begin();
    const engines = await Promise.all(Array.from({ length: 10 }, () => session.engine("create")));
    expect(engines.every(({ ok }) => ok)).toBe(true);
    expect(opens).toHaveLength(1);
  });

  test("keeps an open engine while the repository stays, and lets go of it when it is another", async () => {
    const { session, world, fake, kinds } = begin();
    await session.refresh();
    await session.refresh();
    expect(kinds).toEqual(["opening", "ready"]);
    world.repository = repositoryAt("/other", { hasStore: false });
    await session.refresh();
    expect(session.state.kind).toBe("noStore");
    expect(fake.calls).toEqual(["start", "stop"]);
  });

  test("stays broken on a refresh and opens again on retry", async () => {
    const silent = refuse("leader_silent", "A terminal runs Banyan for this repository and does not answer.");
    const { session, world, fake, opens } = begin();
    world.opened = async () => silent;
    await session.refresh();
    expect(session.state).toMatchObject({ kind: "broken", problem: { code: "leader_silent" } });
    await session.refresh();
    expect(opens).toHaveLength(1);
    expect(await session.engine("refuse")).toEqual(silent);
    world.opened = async () => ok(fake.engine);
    await session.retry();
    expect(session.state.kind).toBe("ready");
  });

  test("tries a broken repository again when the user spawns", async () => {
    const { session, world, fake } = begin();
    world.opened = async () => refuse("leader_silent", "silent");
    await session.refresh();
    world.opened = async () => ok(fake.engine);
    expect((await session.engine("create")).ok).toBe(true);
  });

  test("is broken with one line where opening throws, and rejects for who needs the engine", async () => {
    const { session } = begin({ opened: () => Promise.reject(new Error("disk on fire")) });
    await session.refresh();
    expect(session.state).toMatchObject({ kind: "broken", problem: { code: "fault", message: "disk on fire" } });
    await expect(session.engine("refuse")).rejects.toThrow("disk on fire");
  });

  test("closes an engine that fails to start, so that its lock does not stay", async () => {
    const { session, fake } = begin();
    fake.startFault = new Error("no");
    await session.refresh();
    expect(session.state.kind).toBe("broken");
    expect(fake.calls).toEqual(["start", "stop"]);
  });

  test("stays as it is while the process that leads is replaced", async () => {
    const { session, fake, kinds } = begin();
    await session.refresh();
    for (const kind of ["between", "leader"] as const) fake.play({ kind });
    fake.play({ kind: "client", leader: "a terminal (process 7)" });
    await session.refresh();
    expect(kinds).toEqual(["opening", "ready"]);
    expect(fake.calls).toEqual(["start"]);
  });

  test("is broken with the reason when nobody can lead any more, and opens again on retry", async () => {
    const { session, fake, kinds } = begin();
    await session.refresh();
    const refusal = { code: "leader_silent", message: "A terminal leads and does not answer." } as const;
    fake.play({ kind: "lost", refusal });
    await session.refresh();
    expect(session.state).toMatchObject({ kind: "broken", problem: refusal });
    expect(await session.engine("refuse")).toEqual({ ok: false, refusal });
    expect(fake.calls).toEqual(["start", "stop"]);
    fake.play({ kind: "leader" });
    await session.retry();
    expect(kinds).toEqual(["opening", "ready", "broken", "opening", "ready"]);
  });

  test("is broken where the engine was lost before anybody could hear of it", async () => {
    const { session, fake } = begin();
    fake.play({ kind: "lost", refusal: { code: "store_damaged", message: "The store is damaged." } });
    await session.refresh();
    await session.refresh();
    expect(session.state).toMatchObject({ kind: "broken", problem: { code: "store_damaged" } });
    expect(fake.calls).toEqual(["start", "stop"]);
  });

  test("stops its engine when it is closed, and opens nothing after that", async () => {
    const { session, fake, opens } = begin();
    const opening = session.refresh();
    const closing = session.close();
    await Promise.all([opening, closing]);
    expect(fake.calls).toEqual(["start", "stop"]);
    await session.refresh();
    expect(await session.engine("create")).toMatchObject({ ok: false });
    expect(opens).toHaveLength(1);
  });
});

test("what is in the way of a spawn is told, also right after the window opened", async () => {
  expect(await spawnObstacle(begin().session)).toBeUndefined();
  expect(await spawnObstacle(begin({ repository: repositoryAt("/r", { hasStore: false }) }).session)).toBeUndefined();
  expect(await spawnObstacle(begin({ folders: [] }).session)).toMatchObject({ code: "not_a_repository" });
});
