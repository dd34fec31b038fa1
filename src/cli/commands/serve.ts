import { ok, type Result } from "../../base/errors.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import { defineCommand } from "../command.ts";
import type { Context, ExitCode } from "../context.ts";
import { joining } from "../session.ts";
import { interruptible, reportParked, unfinishedTeams } from "../team.ts";
import { roleNews, watchEngine } from "../watch.ts";

export const serveCommand = defineCommand({
  name: "serve",
  summary: "Keep a repository's teams running without a window, until Ctrl-C",
  details: [
    "Leads the repository: its agents run here, and windows and other terminals join. Where another process leads\nalready, it waits, and takes over when that one goes.",
    "Ctrl-C or SIGTERM parks the agents, and exits with 0. --json prints an array with one object an agent at the end.",
  ],
  arguments: {},
  values: {},
  flags: {},
  async run(_, context) {
    return context.interrupts.guard((signal) =>
      interruptible(signal, () => joining(context, (engine) => serve(context, engine, signal), { signal })),
    );
  },
});

async function serve(context: Context, engine: JoinedEngine, signal: AbortSignal): Promise<Result<ExitCode>> {
  const { terminal, json, folder } = context;
  if (!json) terminal.note(roleNews(engine.role, folder));
  const watch = await watchEngine(context, engine, {
    title: "Serving",
    rows: async () => unfinishedTeams(await engine.agents.tree()),
  });
  try {
    await engine.start();
    await untilOver(engine, signal);
    if (engine.role.kind === "lost") return { ok: false, refusal: engine.role.refusal };
    if (json) terminal.json(await engine.agents.tree());
    else await reportParked(context, engine);
    return ok(0);
  } finally {
    await watch.close();
  }
}

const LONG_MS = 3_600_000;

/** Resolves when the signal aborts, or when no engine can be reached any more. */
const untilOver = (engine: JoinedEngine, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const listening = engine.onDidChangeRole(() => look());
    // Nothing else may hold the process while no agent is at work.
    const alive = setInterval(() => {}, LONG_MS);
    const look = () => {
      if (!signal.aborted && engine.role.kind !== "lost") return;
      clearInterval(alive);
      listening.dispose();
      resolve();
    };
    signal.addEventListener("abort", look, { once: true });
    look();
  });
