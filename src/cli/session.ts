import type { Result } from "../base/errors.ts";
import { defaultSettings, type Engine, type EngineOptions } from "../engine/engine.ts";
import type { Context } from "./context.ts";

/** Opens the engine of a folder, runs `body` with it, and stops it whatever happens. */
export async function withEngine<T>(
  context: Context,
  access: EngineOptions["access"],
  body: (engine: Engine) => Promise<Result<T>>,
  folder = context.folder,
): Promise<Result<T>> {
  const settings = { limits: defaultSettings.limits, scriptFolder: context.cwd };
  const engine = await context.openEngine({ folder, access, settings });
  if (!engine.ok) return engine;
  try {
    return await body(engine.value);
  } finally {
    await engine.value.stop();
  }
}

/** As `withEngine`, on what is on disk: nothing is created or changed. */
export const reading = <T>(context: Context, body: (engine: Engine) => Promise<Result<T>>): Promise<Result<T>> =>
  withEngine(context, "read", body);

/**
 * As `withEngine`, for a command that changes something about an agent. That there is such an agent is found out before
 * the engine is opened for writing, and so before anything is created.
 */
export async function leading<T>(
  context: Context,
  agent: string,
  body: (engine: Engine) => Promise<Result<T>>,
): Promise<Result<T>> {
  const found = await reading(context, (engine) => engine.agents.find(agent));
  return found.ok ? withEngine(context, "lead", body) : found;
}
