import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readLead } from "../../../src/engine/leader/holder.ts";
import { startCli } from "../../support/cli.ts";
import { calls, report, startEngine, write } from "../../support/engine.ts";
import { ageLastSign } from "../../support/leadership.ts";
import { until } from "../../support/processes.ts";
import { createRepository } from "../../support/repository.ts";
import { expectOk } from "../../support/store.ts";

test("a leader that was stopped while its agents began cuts nothing of what the next one wrote", {
  timeout: 120_000,
}, async () => {
  const repository = await createRepository();
  const store = join(repository.root, ".git", "banyan");
  const base = join(repository.root, "..");
  const file = join(base, "team.json");
  const turns = [
    write("a.txt", "a\n"),
    ...Array.from({ length: 20 }, (_, index) => ({
      delayMs: 300,
      ...calls(["search", { pattern: `turn ${index}` }]),
      text: `turn ${index}`,
    })),
    report("Done."),
  ];
  await writeFile(file, JSON.stringify({ agents: [{ turns }] }));
  // A git that takes half a second when the file `slow` is there.
  const [programs, slow] = [join(base, "programs"), join(base, "slow")];
  await mkdir(programs);
  await writeFile(
    join(programs, "git"),
    `#!/bin/sh\nif [ -e '${slow}' ]; then echo "$PWD $*" >> '${slow}.log'; sleep 0.5; fi\nexec /usr/bin/env PATH='${process.env.PATH}' git "$@"\n`,
  );
  await chmod(join(programs, "git"), 0o755);

  const begin = startCli(["spawn", "Work", "--model", `script/${file}`], { cwd: repository.root });
  await begin.says(/wrote|a\.txt/);
  begin.child.kill("SIGKILL");
  await begin.ended;

  await writeFile(slow, "");
  const stopped = startCli(["resume"], { cwd: repository.root, env: { PATH: `${programs}:${process.env.PATH}` } });
  onTestFinished(() => void stopped.child.kill("SIGKILL"));
  // It leads, and its agent's worktree is being looked at.
  await until("it leads", async () => (await readLead(store)).holder?.pid === stopped.child.pid);
  const seen = async () => (await readFile(`${slow}.log`, "utf8").catch(() => "")).split("\n").filter(Boolean);
  const before = (await seen()).length;
  await until("git is called", async () => (await seen()).length >= before + 2);
  stopped.child.kill("SIGSTOP");
  await rm(slow);
  const { epoch } = await readLead(store);
  await ageLastSign(store);
  const next = await startEngine(repository);
  expect((await readLead(store)).epoch).toBe(epoch + 1);
  await until("the next one has gone on", async () => {
    const [lead] = await next.engine.agents.tree();
    return expectOk(await next.engine.agents.turns(lead?.id ?? "")).filter((t) => t.status === "completed").length > 6;
  });
  stopped.child.kill("SIGCONT");
  const [lead] = await next.engine.agents.tree();
  expect(await next.ended(lead?.id ?? "")).toMatchObject({ status: "completed" });
  expect(await stopped.ended).toMatchObject({ code: 0 });
  expectOk(await next.engine.agents.transcript(lead?.id ?? ""));
});
