import type { JoinedEngine, Role } from "../engine/join/join.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import type { Context } from "./context.ts";
import { createLive } from "./live.ts";
import { createEventLog } from "./render/event.ts";
import { emptyLine, type Line, line, span } from "./render/line.ts";
import { formatDuration } from "./render/text.ts";
import { type TreeLook, treeLines } from "./render/tree.ts";

/** Ten pictures a second. */
const FRAME_MS = 100;

export interface WatchOptions {
  readonly title: string;
  /** The agents to show, depth first. */
  rows(): Promise<readonly AgentTreeRow[]>;
}

export interface Watch {
  /** Takes what was drawn off the screen. Nothing is written afterwards. */
  close(): Promise<void>;
}

/**
 * Shows what goes on in an engine: the tree, drawn again in place, where the terminal can; otherwise one line for each
 * event; nothing with `--json`.
 */
export async function watchEngine(context: Context, engine: JoinedEngine, options: WatchOptions): Promise<Watch> {
  if (context.json) return { close: async () => {} };
  const { terminal, folder } = context;
  const listening = engine.onDidChangeRole((role) => terminal.note(roleNews(role, folder)));
  const watch = await (terminal.canRedraw ? watchTree(context, engine, options) : watchEvents(context, engine));
  return {
    async close() {
      listening.dispose();
      await watch.close();
    },
  };
}

/** Who runs the agents of a folder's repository, as a line for people. */
export function roleNews(role: Role, folder: string): string {
  switch (role.kind) {
    case "leader":
      return `Leading ${folder}: its agents run here.`;
    case "client":
      return `${folder} is led by ${role.leader}: waiting to take over.`;
    case "between":
      return "The process that ran the agents is being replaced.";
    case "lost":
      return role.refusal.message;
  }
}

async function watchEvents({ clock, terminal }: Context, engine: JoinedEngine): Promise<Watch> {
  const describe = createEventLog(clock.now(), await engine.agents.tree());
  const listening = engine.onEvent((event) => {
    const told = describe(event);
    if (told !== undefined) terminal.print(told);
  });
  return {
    async close() {
      listening.dispose();
      terminal.print(emptyLine);
    },
  };
}

async function watchTree(context: Context, engine: JoinedEngine, options: WatchOptions): Promise<Watch> {
  const { clock, terminal, log } = context;
  const live = createLive(terminal);
  const closing = new AbortController();
  const start = clock.now();
  const describe = createEventLog(start, await engine.agents.tree());
  let changed = true;
  const listening = engine.onEvent((event) => {
    changed = true;
    const told = describe(event);
    // The tree does not show it, and it is told once.
    if ((event.type === "budget.alert" || event.type === "message.dead") && told !== undefined) terminal.print(told);
  });
  const draw = async () => {
    let rows: readonly AgentTreeRow[] = [];
    for (let frame = 0; !closing.signal.aborted; frame++) {
      if (changed) {
        changed = false;
        rows = await options.rows();
      }
      if (!closing.signal.aborted)
        live.draw(
          picture(options.title, clock.now() - start, rows, engine.role, {
            ids: false,
            frame,
            width: terminal.size().columns - 1,
          }),
        );
      await clock.sleep(FRAME_MS, closing.signal);
    }
  };
  const drawing = draw().catch((error: unknown) => {
    if (!closing.signal.aborted) log.error("the tree is not shown any more", error);
  });
  return {
    async close() {
      listening.dispose();
      closing.abort();
      await drawing;
      live.close();
    },
  };
}

function picture(title: string, elapsedMs: number, rows: readonly AgentTreeRow[], role: Role, look: TreeLook): Line[] {
  const heading = [span(title, "bold"), span(`  ${formatDuration(elapsedMs)}`, "dim")];
  if (rows.length === 0) return [heading];
  return [heading, emptyLine, ...treeLines(rows, look), emptyLine, line(footer(role), "dim")];
}

/** What an interrupt does to the agents. */
const footer = (role: Role): string =>
  role.kind === "client" ? `${role.leader} runs the agents: they go on after Ctrl-C` : "Ctrl-C parks the agents";
