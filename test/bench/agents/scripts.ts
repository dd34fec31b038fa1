/** What the agents of a bench do: teams of up to `TEAM`, a lead and its children. */
export const TEAM = 10;
export const TURNS = 10;

interface Call {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}
interface Turn {
  readonly calls?: readonly Call[];
  readonly text?: string;
  readonly faults?: readonly { readonly kind: "hang" }[];
}

const turn = (...calls: readonly Call[]): Turn => ({ calls });
const hang: Turn = { text: "…", faults: [{ kind: "hang" }] };
const tell = (to: string, body: string): Call => ({ tool: "send_message", input: { to, body } });
const wait = (until: "message" | "children"): Turn => turn({ tool: "wait", input: { until } });
const report: Turn = turn({ tool: "report", input: { status: "completed", summary: "All of it is done." } });

const childNames = (agents: number) => Array.from({ length: agents - 1 }, (_, index) => `child-${index + 1}`);
const hire = (name: string): Call => ({
  tool: "spawn_agent",
  input: { name, role: "worker", task: "Tell your lead what you find, a thing at a time, and report." },
});
const finding = (number: number) =>
  tell("parent", `Finding ${number} of {{agent.name}}: something to know, about as long as most of them are.`);

const repeat = (times: number, make: (number: number) => Turn): Turn[] =>
  Array.from({ length: times }, (_, index) => make(index + 1));

/** Ten turns each: one that is alone looks ahead; a lead hires, writes to its children and takes what they find; they tell it, look and report. */
function working(agents: number): readonly { match?: object; turns: readonly Turn[] }[] {
  const names = childNames(agents);
  const lead =
    names.length === 0
      ? [
          ...repeat(TURNS - 1, (number) => turn({ tool: "forecast", input: { agents: number, role: "worker" } })),
          report,
        ]
      : [
          turn(...names.map(hire)),
          turn(...names.map((name) => tell(name, "What I know already, so that you need not look for it."))),
          ...repeat(TURNS - 4, () => wait("message")),
          wait("children"),
          report,
        ];
  const child = [...repeat(TURNS - 2, (number) => turn(finding(number))), wait("children"), report];
  return [{ match: { depth: 0 }, turns: lead }, { turns: child }];
}

/** Everybody waits: a lead for its children, they for a message that never comes. */
const idle = (agents: number) => [
  { match: { depth: 0 }, turns: [turn(...childNames(agents).map(hire)), wait("children")] },
  { turns: [turn(finding(1)), wait("message")] },
];

/** Everybody holds a slot, in a call of the model that does not end. */
const running = (agents: number) => [
  { match: { depth: 0 }, turns: [turn(...childNames(agents).map(hire)), hang] },
  { turns: [turn(finding(1)), hang] },
];

/** Children that write a file each, which their lead merges: one worktree an agent. */
const writing = (agents: number) => [
  {
    match: { depth: 0 },
    turns: [
      turn(...childNames(agents).map(hire)),
      wait("children"),
      turn(...childNames(agents).map((child) => ({ tool: "merge_child", input: { child } }))),
      report,
    ],
  },
  {
    turns: [
      turn({ tool: "write_file", input: { path: "{{agent.name}}.txt", content: "1\n" } }),
      turn({ tool: "read_file", input: { path: "{{agent.name}}.txt" } }),
      report,
    ],
  },
];

export const scripts = { working, idle, running, writing } as const;
export type Work = keyof typeof scripts;
