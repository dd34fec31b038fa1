import { z } from "zod";
import type { Backend } from "../../src/engine/remote/backend.ts";
import { callsIn } from "./called.ts";
import { calls, hire, report, type Script, write } from "./engine.ts";
import { expectOk } from "./store.ts";

/** Tools that each writer of a steady team calls, each for one line and one message. */
export const STEPS = 4;

const step = (number: number, delayMs: number) => ({
  delayMs,
  ...calls(
    ["edit_file", { path: "{{agent.name}}.txt", old: "end\n", new: `${number}\nend\n` }],
    ["send_message", { to: "parent", body: `{{agent.id}} ${number}` }],
  ),
});

/** Whoever was interrupted in its report reports again. */
const reports = (summary: string) => Array.from({ length: 4 }, () => report(summary));

/**
 * A lead and two writers, whose every step has an effect that would be seen if it happened twice: a line is put before
 * a file's last one, and a message is sent.
 */
export const steadyTeam = (delayMs: number): Script => [
  {
    match: { depth: 0 },
    turns: [
      calls(hire("one"), hire("two")),
      calls(["wait", { until: "children" }]),
      calls(["merge_child", { child: "one" }], ["merge_child", { child: "two" }]),
      ...reports("Merged."),
    ],
  },
  {
    turns: [
      write("{{agent.name}}.txt", "end\n"),
      ...Array.from({ length: STEPS }, (_, index) => step(index + 1, delayMs)),
      ...reports("Wrote."),
    ],
  },
];

/** A lead whose only agent, `listener`, takes messages as they come: as many as a terminal lets it. */
export const listeningTeam: Script = [
  { match: { depth: 0 }, turns: [calls(hire("listener")), calls(["wait", { until: "children" }])] },
  { turns: Array.from({ length: 190 }, () => calls(["wait", { until: "message" }])) },
];

const editInput = z.object({ new: z.string() });
const sendInput = z.object({ body: z.string() });

/** What of a team happened twice or got lost; `git` is asked for the files of its branches. */
export async function examineTeams(
  engine: Backend,
  git: (...args: string[]) => Promise<string>,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const bodies = expectOk(await engine.messages.list()).map(({ body }) => body);
  for (const row of await engine.agents.tree()) {
    const turns = expectOk(await engine.agents.turns(row.id));
    const completed = turns.filter(({ status }) => status === "completed").map(({ number }) => number);
    const expected = completed.map((_, index) => index + 1);
    if (completed.join() !== expected.join()) problems.push(`${row.name} completed the turns ${completed.join()}`);
    const called = callsIn(expectOk(await engine.agents.transcript(row.id)));
    for (const { input, failed } of called.filter(({ tool }) => tool === "send_message")) {
      const { body } = sendInput.parse(input);
      const times = bodies.filter((each) => each === body).length;
      if (times > 1 || (times === 0 && !failed)) problems.push(`${row.name} sent "${body}" ${times} times`);
    }
    const edits = called.filter(({ tool }) => tool === "edit_file");
    const writes = called.filter(({ tool }) => tool === "write_file");
    if (edits.length + writes.length === 0 || row.worktree === null) continue;
    const { branch } = row.worktree;
    const path = `${row.name}.txt`;
    // One whose write was cut off before it took effect has no file, and no edit of it succeeds.
    const exists = (await git("ls-tree", "--name-only", branch, path)).trim() === path;
    if (!exists && writes.some(({ failed }) => !failed)) problems.push(`${row.name} wrote ${path}, and it isn't there`);
    const lines = exists ? (await git("show", `${branch}:${path}`)).split("\n") : [];
    for (const { input, failed } of edits) {
      const [line = ""] = editInput.parse(input).new.split("\n");
      const times = lines.filter((each) => each === line).length;
      if (times > 1 || (times === 0 && !failed)) problems.push(`${row.name} wrote line ${line} ${times} times`);
    }
  }
  return problems;
}
