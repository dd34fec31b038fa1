import { calls, type Script, type ScriptAgent } from "../../support/engine.ts";

/**
 * A team of five levels and thirty agents whose work comes out the same however often it is cut off. A script can't look
 * before it repeats what was interrupted: it calls each tool several times in one turn, of which the first that is not cut
 * off takes effect, and no other. A file is written as it was before, an edit's old text is gone, a child's work is merged already, and for a
 * child that was hired there is no second budget. What is called once (a line of a log, a message) may get lost when it
 * is interrupted, and would be seen if it happened twice.
 */

/** By level, how many agents each agent hires. */
const hires: readonly (readonly number[])[] = [[3], [2, 2, 2], [2, 2, 2, 2, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]];

export const STEPS = 3;
/** What a turn is charged, whatever it says. */
const usage = { inputTokens: 1000, outputTokens: 500 };
/** What that comes to: micro-dollars, and tokens. */
export const turnCost = { usd: 300, tokens: 1500 } as const;

export interface Member {
  readonly name: string;
  readonly depth: number;
  readonly children: readonly Member[];
  /** Dollars. */
  readonly budget: number;
}

/** What a child gets is more than what its parent has left afterwards: each is hired once. */
const shares = [0.6, 0.25, 0.1] as const;
const ROOT_BUDGET = 100_000_000;
const tokensAt = (depth: number): number => 10 ** (13 - depth);

/** The budget of the team's lead, for the command that spawns it. */
export const leadBudget = { usd: String(ROOT_BUDGET), tokens: String(tokensAt(0)) };

/** The lead, named `lead`; those below it are named by their way down: `a`, `ab`, `aba`. */
export function fiveLevels(): Member {
  const left = hires.map((level) => [...level]);
  const member = (name: string, depth: number, budget: number): Member => {
    const count = left[depth]?.shift() ?? 0;
    const children = shares.slice(0, count).map((share, index) => {
      const letter = "abc".charAt(index);
      return member(depth === 0 ? letter : `${name}${letter}`, depth + 1, Math.floor(budget * share));
    });
    return { name, depth, children, budget };
  };
  return member("lead", 0, ROOT_BUDGET);
}

export const membersOf = (member: Member): readonly Member[] => [member, ...member.children.flatMap(membersOf)];

type Called = readonly [tool: string, input: Readonly<Record<string, unknown>>];
/** Several times each: one more than kills that may come while the same call is made. */
type Again = (...list: readonly Called[]) => readonly Called[];

const hire = ({ name, depth, budget }: Member): Called => [
  "spawn_agent",
  { name, role: "coder", task: `The part of ${name}`, budgetUsd: String(budget), budgetTokens: tokensAt(depth) },
];

/** What a log holds when nothing got lost. */
export const wholeLog = Array.from({ length: STEPS }, (_, index) => `${index + 1}\n`)
  .concat("end\n")
  .join("");

const step = (number: number, again: Again): readonly Called[] => [
  ...again([
    "edit_file",
    { path: "work/{{agent.name}}.md", old: `next ${number}\n`, new: `line ${number}\nnext ${number + 1}\n` },
  ]),
  ["edit_file", { path: "logs/{{agent.name}}.txt", old: "end\n", new: `${number}\nend\n` }],
];
const tell = (number: number): Called => ["send_message", { to: "parent", body: `{{agent.name}} did step ${number}` }];

/** The turns of one member; the lead has nobody to write to. */
const turnsOf = ({ depth, children }: Member, again: Again): readonly (readonly Called[])[] => [
  again(
    ["write_file", { path: "work/{{agent.name}}.md", content: "# {{agent.name}}\nnext 1\n" }],
    ["write_file", { path: "logs/{{agent.name}}.txt", content: "end\n" }],
  ),
  ...(children.length === 0 ? [] : [again(...children.map(hire))]),
  ...Array.from({ length: STEPS }, (_, index) => [
    ...step(index + 1, again),
    ...(depth === 0 ? [] : [tell(index + 1)]),
  ]),
  ...(children.length === 0
    ? []
    : [
        [["wait", { until: "children" }] as const],
        again(...children.map(({ name }): Called => ["merge_child", { child: name }])),
      ]),
  // What the log held is kept in the transcript before it is put right.
  [
    ["read_file", { path: "logs/{{agent.name}}.txt" }],
    ...again(["write_file", { path: "logs/{{agent.name}}.txt", content: wholeLog }]),
  ],
  [["report", { status: "completed", summary: "The part of {{agent.name}} is done." }]],
];

/** The script of a team: each model call takes so many milliseconds, each tool is called so many times. */
export function scriptOf(lead: Member, { delayMs, times }: { delayMs: number; times: number }): Script {
  const again: Again = (...list) => list.flatMap((call) => Array.from({ length: times }, () => call));
  return membersOf(lead).map(
    (member): ScriptAgent => ({
      match: { name: member.name },
      turns: turnsOf(member, again).map((turn) => ({ delayMs, usage, ...calls(...turn) })),
    }),
  );
}
