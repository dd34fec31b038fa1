import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLogger } from "../../../src/base/log.ts";
import { archivedTables } from "../../../src/engine/agents/archive.ts";
import { storeFolder } from "../../../src/engine/open.ts";
import { realDisk } from "../../../src/engine/store/disk.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import type { AgentRecord } from "../../../src/protocol/records.ts";
import { createFakeClock } from "../../support/clock.ts";
import {
  calls,
  type EngineUnderTest,
  hire,
  report,
  type Script,
  startEngine,
  twoWriters,
  write,
} from "../../support/engine.ts";
import { createRepository, type TestRepository } from "../../support/repository.ts";
import { assets, expectOk, expectRefused } from "../../support/store.ts";
import { dumpTables, unbalanced } from "../../support/tables.ts";

/** What lies on disk, while no engine runs. */
async function onDisk({ root }: TestRepository) {
  const store = expectOk(
    await openStore({
      folder: storeFolder(join(root, ".git")),
      wasm: assets.wasm,
      migrations: assets.migrations,
      disk: realDisk,
      clock: createFakeClock(),
      log: silentLogger,
      writer: null,
    }),
  );
  const tables = await dumpTables(store);
  expect(await unbalanced(store)).toEqual([]);
  await store.close();
  return tables;
}

const refsOf = ({ git }: TestRepository) => git("for-each-ref", "--format=%(refname) %(objectname)");

/** A lead that hires two, merges one, and leaves the other's work where it is. */
const halfMerged: Script = [
  {
    match: { depth: 0 },
    turns: [
      calls(hire("one"), hire("two")),
      calls(["wait", { until: "children" }]),
      calls(["merge_child", { child: "one" }]),
      report("One."),
    ],
  },
  { match: { name: "one" }, turns: [write("one.txt", "1\n"), report("One.")] },
  { match: { name: "two" }, turns: [write("two.txt", "2\n"), report("Two.")] },
];

/** A script whose lead, asked for changes, answers the comment whose id ends with 000001. */
const answering = (script: Script): Script =>
  script.map((part) =>
    part.match?.depth === 0
      ? {
          ...part,
          turns: [...part.turns, calls(["answer_comment", { comment: "000001", body: "Done." }]), report("Answered.")],
        }
      : part,
  );

/** Decides on a lead's work, comments on it, and waits until the lead has answered. */
async function reviewed({ engine, ended }: EngineUnderTest, agent: string, path: string): Promise<AgentRecord> {
  expectOk(await engine.reviews.mark({ agent, path, decision: "accepted" }));
  expectOk(await engine.reviews.comment({ id: `${agent}-000001`, agent, path, line: 1, body: "Why?" }));
  expectOk(await engine.reviews.requestChanges({ agent }));
  const again = await ended(agent);
  const { comments, answers } = expectOk(await engine.reviews.get(agent));
  expect(comments).toMatchObject([{ path, body: "Why?", sentAt: expect.any(Number) }]);
  expect(answers).toMatchObject([{ commentId: `${agent}-000001`, body: "Done." }]);
  return again;
}

test("a team goes, is looked at, and comes back as it was after restarts, and its work is merged then", async () => {
  const repository = await createRepository();
  const first = await startEngine(repository, { limits: { alertsAt: [1] } });
  const small = { budgetUsd: 200_000 };
  const begun = await first.run(answering(halfMerged), small);
  const other = await first.run(answering(twoWriters({ one: 0, two: 0 })), { ...small, name: "other" });
  const lead = await reviewed(first, begun.id, "one.txt");
  await reviewed(first, other.id, "one.txt");
  const tree = await first.engine.agents.tree(lead.id);
  const [transcript, ledger] = [
    await first.engine.agents.transcript(lead.id),
    await first.engine.budgets.ledger("two"),
  ];
  expect(expectRefused(ledger).message).toContain("fits several agents");
  await first.engine.stop();
  const before = await onDisk(repository);
  const refs = await refsOf(repository);

  const second = await startEngine(repository, { scriptFolder: first.scriptFolder });
  const archived = expectOk(await second.engine.agents.archive(tree[1]?.id ?? ""));
  expect(archived).toMatchObject({ rootId: lead.id, name: "lead", agents: 3, status: "completed" });
  expect(archived.costUsd).toBe(tree[0]?.figures.subtreeCostUsd);
  expect(second.events.at(-1)).toMatchObject({ type: "team.archived", agentId: lead.id, name: "lead" });
  await second.engine.stop();
  const meanwhile = await onDisk(repository);
  const ids = tree.map(({ id }) => id);
  for (const name of [...archivedTables.map((table) => table.name), "hierarchy"]) {
    const rows = meanwhile.get(name) ?? [];
    expect(rows.filter((row) => ids.some((id) => row.includes(id)))).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  }

  const third = await startEngine(repository, { scriptFolder: first.scriptFolder });
  const { engine } = third;
  expect((await engine.agents.tree()).map(({ rootId }) => rootId)).toEqual([other.id, other.id, other.id]);
  expect((await engine.worktrees.list()).filter(({ agentId }) => ids.includes(agentId))).toEqual([]);
  expect(await engine.agents.archived()).toEqual([archived]);
  for (const name of [lead.id, "lead", ids[2] ?? ""]) {
    expect(expectOk(await engine.agents.archivedTeam(name))).toEqual(tree);
    expect(expectRefused(await engine.agents.find(name)).message).toBe(
      `"${name}" is archived with the team of lead: banyan restore ${lead.id}`,
    );
  }
  expect(expectRefused(await engine.agents.restore("nobody")).message).toBe(
    'There is no archived team "nobody": see banyan archived.',
  );
  expect(expectRefused(await engine.agents.find("nobody")).message).toContain('There is no agent "nobody"');
  // What others do meanwhile takes nothing from it.
  expectOk(await engine.worktrees.merge(other.id));
  const late = await third.run([{ turns: [report("Late.")] }], { name: "late" });
  for (const { worktree } of tree) expect(await repository.git("worktree", "list")).toContain(worktree?.path);
  expect((await refsOf(repository)).split("\n")).toEqual(
    expect.arrayContaining(refs.split("\n").filter((ref) => ids.some((id) => ref.includes(id)))),
  );

  expect(expectOk(await engine.agents.restore("lead"))).toEqual(lead);
  expect(third.events.at(-1)).toMatchObject({ type: "team.restored", agentId: lead.id });
  expect(await engine.agents.archived()).toEqual([]);
  expect(await engine.agents.tree(lead.id)).toEqual(tree);
  expect(await engine.agents.transcript(lead.id)).toEqual(transcript);
  await engine.stop();
  const after = await onDisk(repository);
  for (const [name, rows] of before) {
    const of = (all: readonly string[] = []) => all.filter((row) => ids.some((id) => row.includes(id)));
    expect(of(after.get(name)), name).toEqual(of(rows));
  }
  expect(after.get("agents")).toContainEqual(expect.stringContaining(late.id));

  const last = await startEngine(repository, { scriptFolder: first.scriptFolder });
  expectOk(await last.engine.worktrees.merge(lead.id));
  expect(await repository.read("one.txt")).toBe("1\n");
  expect([...second.logged, ...third.logged, ...last.logged]).toEqual([]);
});

test("a team of which somebody is at work stays, is not disturbed, and can go when it has ended", async () => {
  const { engine, spawn, ended, logged } = await startEngine(await createRepository());
  const lead = await spawn([
    { match: { depth: 0 }, turns: [calls(hire("slow")), calls(["wait", { until: "children" }]), report("Done.")] },
    { match: { name: "slow" }, turns: [{ delayMs: 300, ...report("Slow.") }] },
  ]);
  expect(expectRefused(await engine.agents.archive(lead.id))).toMatchObject({
    code: "illegal_move",
    message: expect.stringMatching(/^lead is still at work \(\w+\): a team is archived when all of it has ended\./),
  });
  expect((await ended(lead.id)).status).toBe("completed");
  const [archived, again] = await Promise.all([engine.agents.archive(lead.id), engine.agents.archive("lead")]);
  expectOk(archived);
  expect(expectRefused(again).code).toBe("not_found");
  expect(await engine.agents.tree()).toEqual([]);
  expect(expectRefused(await engine.messages.send({ to: "lead", body: "Hello?" })).message).toContain("is archived");
  const [back] = await Promise.all([engine.agents.restore("lead"), engine.agents.restore("lead")]);
  expect(expectOk(back).status).toBe("completed");
  expect(logged).toEqual([]);
});

test("a merge and an archiving that are asked for at once don't mix", async () => {
  const repository = await createRepository();
  const { engine, run, logged } = await startEngine(repository);
  const lead = await run([{ turns: [write("work.txt", "work\n"), report("Done.")] }]);
  const [, archived] = await Promise.all([engine.worktrees.merge(lead.id), engine.agents.archive(lead.id)]);
  expectOk(archived);
  expectOk(await engine.agents.restore(lead.id));
  const [, merged] = await Promise.all([engine.agents.archive(lead.id), engine.worktrees.merge(lead.id)]);
  if (!merged.ok) expect(merged.refusal.code).toBe("not_found");
  expectOk(await engine.agents.restore(lead.id));
  expectOk(await engine.worktrees.merge(lead.id));
  expect(await repository.read("work.txt")).toBe("work\n");
  expect(await repository.git("status", "--porcelain")).toBe("");
  expect(logged).toEqual([]);
});
