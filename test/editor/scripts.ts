/** Scripts for `script/FILE`, by what they show. */

/** One agent that writes `hello.txt` and reports. */
export const hello = `
agents:
  - match: { depth: 0 }
    turns:
      - text: I write a greeting.
        calls: [{ tool: write_file, input: { path: hello.txt, content: "Hello\\n" } }]
      - calls: [{ tool: report, input: { status: completed, summary: Wrote a greeting., files: [hello.txt] } }]
`;

/** One agent whose model never answers the first time it is asked; who asks again is answered. */
export const hang = `
agents:
  - match: { depth: 0 }
    turns:
      - faults: [{ kind: hang }]
        calls: [{ tool: report, input: { status: completed, summary: Went on. } }]
`;

export const longName = "an-agent-whose-name-is-forty-letters-lon";

/**
 * A team in which, with two slots, each state is to be seen and stays: the lead and `stuck` run, `planner` waits for
 * the one it hired, `queued` waits for a slot.
 */
export const everyState = `
agents:
  - match: { depth: 0 }
    turns:
      - calls:
          - { tool: spawn_agent, input: { name: ${longName}, role: writer, task: Complete. } }
          - { tool: spawn_agent, input: { name: failing, role: writer, task: Fail. } }
          - { tool: spawn_agent, input: { name: planner, role: planner, task: Plan. } }
          - { tool: spawn_agent, input: { name: stuck, role: tester, task: Hang. } }
          - { tool: spawn_agent, input: { name: queued, role: tester, task: Hang. } }
      - faults: [{ kind: hang }]
  - match: { task: Complete. }
    turns:
      - calls: [{ tool: write_file, input: { path: notes.txt, content: "Notes\\n" } }]
      - calls: [{ tool: report, input: { status: completed, summary: Wrote notes., files: [notes.txt] } }]
  - match: { task: Fail. }
    turns:
      - calls: [{ tool: report, input: { status: failed, summary: The build does not start. } }]
  - match: { task: Plan. }
    turns:
      - calls:
          - { tool: spawn_agent, input: { name: scribe, role: writer, task: Hang. } }
          - { tool: wait, input: { until: children } }
  - match: { task: Hang. }
    turns: [{ faults: [{ kind: hang }] }]
`;

/** A lead whose two writers take a moment for each turn, and which merges their work. */
export const twoWriters = `
agents:
  - match: { depth: 0 }
    turns:
      - calls:
          - { tool: spawn_agent, input: { name: first, role: writer, task: Write first.txt. } }
          - { tool: spawn_agent, input: { name: second, role: writer, task: Write second.txt. } }
      - calls: [{ tool: wait, input: { until: children } }]
      - calls:
          - { tool: merge_child, input: { child: first } }
          - { tool: merge_child, input: { child: second } }
      - calls: [{ tool: report, input: { status: completed, summary: Merged both. } }]
  - match: { role: writer }
    turns:
      - calls: [{ tool: write_file, input: { path: "{{agent.name}}.txt", content: "{{agent.name}}\\n" } }]
      - delayMs: 2000
        calls: [{ tool: report, input: { status: completed, summary: Wrote it., files: ["{{agent.name}}.txt"] } }]
`;

/** Leads that can be paused between steps, run out of money, fail at first, get more work, or lead a team that rests. */
export const control = `
agents:
  - match: { task: Work slowly. }
    turns:
      - delayMs: 1500
        calls: [{ tool: write_file, input: { path: first.txt, content: "First\\n" } }]
      - calls: [{ tool: write_file, input: { path: second.txt, content: "Second\\n" } }]
      - calls: [{ tool: report, input: { status: completed, summary: Wrote both. } }]
      - calls: [{ tool: report, input: { status: completed, summary: Did more. } }]
  - match: { task: Spend. }
    turns:
      - calls: [{ tool: report, input: { status: completed, summary: Spent it. } }]
  - match: { task: Fail at first. }
    turns:
      - calls: [{ tool: report, input: { status: failed, summary: The build does not start. } }]
      - calls: [{ tool: report, input: { status: completed, summary: It starts now. } }]
  - match: { task: Lead. }
    turns:
      - calls:
          - { tool: spawn_agent, input: { name: ${longName}, role: tester, task: Rest. } }
          - { tool: spawn_agent, input: { name: short-of-money, role: writer, task: Spend., budgetUsd: "0.0005" } }
          - { tool: spawn_agent, input: { name: failing, role: writer, task: Fail at first. } }
          - { tool: spawn_agent, input: { name: stuck, role: tester, task: Hang. } }
      - calls: [{ tool: wait, input: { until: children } }]
      - calls: [{ tool: wait, input: { until: children } }]
      - calls: [{ tool: wait, input: { until: children } }]
  - match: { task: Rest. }
    turns: [{ calls: [{ tool: wait }] }]
  - match: { task: Hang. }
    turns: [{ faults: [{ kind: hang }] }]
`;

const listens = "{ calls: [{ tool: wait, input: { until: message } }] }";
const repeated = (times: number, ...turns: readonly string[]): string =>
  Array.from({ length: times }, () => turns.map((turn) => `      - ${turn}`).join("\n")).join("\n");

/** Bytes that no provider takes: five deliveries fail, then the agent listens. */
const unreadable = "{ kind: error, status: 400, message: The provider can't read this. }";

/**
 * `Talk.`: a lead with an agent that answers what it gets after a moment, one that can't read the first message that it
 * gets, and one that asks the lead, which never answers. `Remember.`: two agents, of which the lead answers slowly.
 */
export const messages = `
agents:
  - match: { task: Talk. }
    turns:
      - calls:
          - { tool: spawn_agent, input: { name: fragile, role: writer, task: Break. } }
          - { tool: spawn_agent, input: { name: ${longName}, role: writer, task: Help. } }
          - { tool: spawn_agent, input: { name: asker, role: tester, task: Ask. } }
${repeated(60, "{ calls: [{ tool: wait, input: { until: children } }] }")}
  - match: { task: Break. }
    turns:
      - calls: [{ tool: spawn_agent, input: { name: keeper, role: writer, task: Note. } }]
      - text: Idle as long as the keeper is there.
      - faults: [${Array.from({ length: 5 }, () => unreadable).join(", ")}]
        calls: [{ tool: wait, input: { until: message } }]
${repeated(20, listens)}
  - match: { task: Help. }
    turns:
${repeated(60, listens, '{ calls: [{ tool: send_message, input: { inReplyTo: "{{message.id}}", body: "**Done.** See `src/dial.ts`." } }] }')}
  - match: { task: Ask. }
    turns:
      - calls:
          - { tool: send_message, input: { to: ${longName}, priority: urgent, body: "Stop: the build is red." } }
          - { tool: ask, input: { to: parent, question: "Which port should the server use, 8080 or 3000?" } }
${repeated(20, listens)}
  - match: { task: Remember. }
    turns:
      - calls: [{ tool: spawn_agent, input: { name: scribe, role: writer, task: Note. } }]
${repeated(40, listens, '{ delayMs: 3000, calls: [{ tool: send_message, input: { to: scribe, inReplyTo: "{{message.id}}", body: "I remember." } }] }')}
  - match: { task: Note. }
    turns:
${repeated(40, listens)}
`;

/** A text of so many lines of code, of which those given are others. */
export const dialWith = (lines: Readonly<Record<number, string>>): string =>
  Array.from(
    { length: 40 },
    (_, index) => `${lines[index + 1] ?? `export const hour${index + 1} = ${index + 1};`}\n`,
  ).join("");

/** As YAML takes it, which takes JSON. */
const call = (tool: string, input: object): string => JSON.stringify({ tool, input });
const write = (path: string, content: string): string => call("write_file", { path, content });
const done = (summary: string): string => call("report", { status: "completed", summary });

/** Files, and lines of each, that `much` writes. */
export const MUCH = { files: 300, lines: 67 } as const;

const muchText = (file: number): string =>
  Array.from({ length: MUCH.lines }, (_, line) => `export const value${line} = ${file * 1000 + line};\n`).join("");

/**
 * Two leads that change the same line of `src/dial.ts`. The first one changes a second place and adds a page; when the user
 * asks for changes it answers the last comment and takes that place back. The second one resolves conflicts when it is asked
 * to.
 */
export const review = `
agents:
  - match: { task: Add minutes. }
    turns:
      - calls:
          - ${write("src/dial.ts", dialWith({ 3: "export const hour3 = 3 * 60;", 30: "export const hour30 = 30 * 60;  " }))}
          - ${write("docs/minutes.md", "# Minutes\n\nAn hour has 60 of them.\n<img src=x onerror=alert(1)>\n")}
      - calls:
          - ${done("Hours are told in **minutes**.\n\n- `src/dial.ts`: two hours\n- `docs/minutes.md`: <script>says so</script>")}
      - calls:
          - ${call("answer_comment", { comment: "{{comment.id}}", body: "An hour has **60** minutes; I say so above it now." })}
          - ${write("src/dial.ts", dialWith({ 2: "// An hour has 60 minutes.", 3: "export const hour3 = 3 * 60;" }))}
      - calls: [${done("Took the second hour back.")}]
  - match: { task: Add seconds. }
    turns:
      - calls: [${write("src/dial.ts", dialWith({ 3: "export const hour3 = 3 * 3600;" }))}]
      - calls: [${done("Hours are told in seconds.")}]
      - calls: [${write("src/dial.ts", dialWith({ 2: "// An hour has 60 minutes.", 3: "export const hour3 = 3 * 60 * 60;" }))}]
      - calls: [${done("Both hold now.")}]
`;

/** A lead that adds many files. */
export const much = `
agents:
  - match: { depth: 0 }
    turns:
      - calls:
${Array.from({ length: MUCH.files }, (_, file) => `          - ${write(`src/much/file${file}.ts`, muchText(file))}`).join("\n")}
      - calls: [${done("Wrote much.")}]
`;
