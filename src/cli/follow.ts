import type { Result } from "../base/errors.ts";
import type { JoinedEngine } from "../engine/join/join.ts";
import type { AgentTreeRow } from "../protocol/records.ts";
import type { Context } from "./context.ts";
import { createStuckWatch } from "./stuck.ts";
import { type Course, untilEnded } from "./team.ts";
import { watchEngine } from "./watch.ts";

export interface Following {
  readonly title: string;
  /** The agents to show, depth first. */
  rows(): Promise<readonly AgentTreeRow[]>;
  /** Called once the engine has started; answers the ids of the agents to wait for. */
  begin(): Promise<Result<readonly string[]>>;
  /** Called when they have ended, while they are still shown. */
  last?(): Promise<void>;
}

/** Starts the engine, and shows it at work until the agents have ended, can't go on, or the signal comes. */
export async function followAgents(
  context: Context,
  engine: JoinedEngine,
  { title, rows, begin, last = async () => {} }: Following,
  signal: AbortSignal,
): Promise<Result<Course>> {
  const stuckWatch = await createStuckWatch(engine, context.clock);
  const watch = await watchEngine(context, engine, { title, rows });
  try {
    await engine.start();
    const begun = await begin();
    if (!begun.ok) return begun;
    const course = await untilEnded(engine, begun.value, stuckWatch, signal);
    if (course.ok && course.value.kind === "ended") await last();
    return course;
  } finally {
    stuckWatch.dispose();
    await watch.close();
  }
}
