import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../../src/base/clock.ts";
import { createDeferred } from "../../../../src/base/deferred.ts";
import { silentLogger } from "../../../../src/base/log.ts";
import type { Program, ProgramStarter, RunningProgram } from "../../../../src/base/programs.ts";
import { directStarter } from "../../../../src/engine/processes/direct.ts";
import { createHelperStarter, type HelperStarter } from "../../../../src/engine/processes/helper.ts";
import { isRunning, until } from "../../../support/processes.ts";
import { assets } from "../../../support/store.ts";

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** What was told, in order; outputs once each. */
  readonly told: readonly string[];
}

interface Run {
  readonly running: RunningProgram;
  readonly ended: Promise<Ended>;
  pid(): number;
  text(): string;
}

function run(starter: ProgramStarter, script: string, more: Partial<Program> = {}): Run {
  const ended = createDeferred<Ended>();
  const stdout: Buffer[] = [];
  const told: string[] = [];
  let stderr = "";
  let itsPid = 0;
  const tell = (what: string) => {
    if (told.at(-1) !== what) told.push(what);
  };
  const env = { PATH: process.env.PATH ?? "" };
  const running = starter.start(
    { file: "sh", args: ["-c", script], cwd: "/", env, ...more },
    {
      started(pid) {
        itsPid = pid;
        tell("started");
      },
      stdout(chunk) {
        stdout.push(chunk);
        tell("stdout");
      },
      stderr(chunk) {
        stderr += chunk;
        tell("stderr");
      },
      exited: () => tell("exited"),
      closed(code, signal) {
        tell("closed");
        ended.resolve({ code, signal, stdout: Buffer.concat(stdout), stderr, told });
      },
      failed: ended.reject,
    },
  );
  return { running, ended: ended.promise, pid: () => itsPid, text: () => Buffer.concat(stdout).toString() };
}

function createHelper(script = assets.starter): HelperStarter {
  const starter = createHelperStarter({ script, clock: systemClock, log: silentLogger });
  onTestFinished(() => starter.dispose());
  return starter;
}

const parentOf = async (pid: number): Promise<number> =>
  Number((await promisify(execFile)("ps", ["-o", "ppid=", "-p", String(pid)])).stdout);

describe.each([
  ["this process", () => directStarter],
  ["a helper", () => createHelper()],
])("programs started by %s", (_, create) => {
  test("get arguments, folder, environment and input, and tell what they write and how they ended", async () => {
    const input = Buffer.from([0, 1, 2, 255, 10]);
    const env = { PATH: process.env.PATH ?? "", WORD: "ä b" };
    const script = 'cat; echo "$1 $WORD $PWD $HOME" >&2; exit 3';
    const { ended } = run(create(), script, { args: ["-c", script, "sh", "x y"], cwd: "/usr", env, stdin: input });
    const { code, signal, stdout, stderr, told } = await ended;
    expect([code, signal, stderr]).toEqual([3, null, "x y ä b /usr \n"]);
    expect(stdout).toEqual(input);
    expect([told[0], ...told.slice(-2)]).toEqual(["started", "exited", "closed"]);
  });

  test("fail with the system's code where there is no such program", async () => {
    const { ended } = run(create(), "", { file: "no-such-program" });
    await expect(ended).rejects.toMatchObject({ message: "spawn no-such-program ENOENT", code: "ENOENT" });
  });

  test("fail where an argument can't be given", async () => {
    await expect(run(create(), "exit 0 \0").ended).rejects.toThrow(/NUL|null bytes/);
  });

  test("lose nothing of what they write much of", async () => {
    const { ended } = run(create(), "i=0; while [ $i -lt 400 ]; do head -c 100000 /dev/zero; i=$((i+1)); done");
    const { stdout } = await ended;
    expect(stdout.length).toBe(40_000_000);
    expect(createHash("sha1").update(stdout).digest("hex")).toBe(
      createHash("sha1").update(Buffer.alloc(40_000_000)).digest("hex"),
    );
  });

  test("end when they are killed, alone or with their group", async () => {
    const starter = create();
    const alone = run(starter, "echo ready; exec sleep 1000");
    await until("it runs", () => alone.text() === "ready\n");
    alone.running.kill("SIGTERM", "program");
    expect(await alone.ended).toMatchObject({ code: null, signal: "SIGTERM" });
    const group = run(starter, "sleep 1000 & echo $!; wait");
    await until("it runs", () => group.text().includes("\n"));
    group.running.kill("SIGKILL", "group");
    await group.ended;
    expect(await isRunning(Number(group.text()))).toBe(false);
  });

  test("are told to have ended though what they left behind writes on", async () => {
    const { ended, running, text } = run(create(), "sh -c 'echo $$; while sleep 0.01; do :; done' & sleep 0.1");
    await until("both run", () => text().includes("\n"));
    const left = Number(text());
    expect(await isRunning(left)).toBe(true);
    running.kill("SIGKILL", "program");
    process.kill(left, "SIGKILL");
    expect((await ended).told.at(-1)).toBe("closed");
  });
});

test("a program is no child of this process, but of the helper", async () => {
  const starter = createHelper();
  const { ended } = run(starter, "echo $PPID");
  const helper = Number((await ended).stdout);
  expect(helper).not.toBe(process.pid);
  expect(await parentOf(helper)).toBe(process.pid);
});

test("a helper that is killed fails what runs, ends it, and is followed by another", async () => {
  const starter = createHelper();
  const one = run(starter, "sleep 1000 & echo $PPID $!; wait");
  await until("it runs", () => one.text().includes("\n"));
  const [helper = 0, grandchild = 0] = one.text().split(" ").map(Number);
  process.kill(helper, "SIGKILL");
  await expect(one.ended).rejects.toThrow("the process that starts programs was lost: it ended with SIGKILL");
  expect(await isRunning(one.pid())).toBe(false);
  expect(await isRunning(grandchild)).toBe(false);
  const next = Number((await run(starter, "echo $PPID").ended).stdout);
  expect([helper, process.pid]).not.toContain(next);
});

test("where no helper can be had, this process starts programs itself", async () => {
  const starter = createHelper("/no/such/script.cjs");
  for (const _ of [1, 2]) {
    expect((await run(starter, "echo $PPID").ended).stdout.toString()).toBe(`${process.pid}\n`);
  }
});

test("what runs is ended with the helper when it is disposed, and nothing is started after that", async () => {
  const starter = createHelper();
  const one = run(starter, "trap '' TERM; sleep 1000 & echo $PPID $!; while :; do wait; done");
  await until("it runs", () => one.text().includes("\n"));
  const pids = [one.pid(), ...one.text().split(" ").map(Number)];
  await starter.dispose();
  await expect(one.ended).rejects.toThrow("was lost");
  for (const pid of pids) expect(await isRunning(pid)).toBe(false);
  await expect(run(starter, "exit 0").ended).rejects.toThrow("the engine was stopped");
});
