import { benchAgents } from "./agents/agents.ts";
import { benchMessages } from "./messages/messages.ts";
import { type BenchReport, textOf } from "./report.ts";
import { benchStore } from "./store/store.ts";
import { benchWorktrees } from "./worktrees/worktrees.ts";

/** `npm run bench -- NAME [--json]` */
const benches: Readonly<Record<string, () => Promise<BenchReport>>> = {
  agents: benchAgents,
  messages: benchMessages,
  store: benchStore,
  worktrees: benchWorktrees,
};

const [name = "", ...flags] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined || flags.some((flag) => flag !== "--json")) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join("|")} [--json]\n`);
  process.exitCode = 2;
} else {
  const report = await bench();
  process.stdout.write(flags.includes("--json") ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
}
