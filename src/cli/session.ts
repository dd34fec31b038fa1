import { ok, type Result } from "../base/errors.ts";
import { defaultSettings } from "../engine/engine.ts";
import type { JoinedEngine, JoinOptions } from "../engine/join/join.ts";
import type { ReadEngine } from "../engine/join/read.ts";
import { engineSettingsOf } from "../engine/settings.ts";
import type { Context } from "./context.ts";

interface Where {
  /** Where the repository is; the context's folder when absent. */
  readonly folder?: string;
  /** Gives waiting for the process that leads up. */
  readonly signal?: AbortSignal;
  /** Nobody comes after this: no worktree is prepared for later. */
  readonly once?: boolean;
}

async function optionsIn(context: Context, { once, ...where }: Where = {}): Promise<Result<JoinOptions>> {
  const read = await context.settings();
  if (!read.ok) return read;
  const settings = engineSettingsOf(read.value.values, context.cwd);
  const worktrees = once === true ? { ...settings.worktrees, poolSize: 0 } : settings.worktrees;
  return ok({ folder: context.folder, settings: { ...settings, worktrees }, ...where });
}

/**
 * Runs `body` with the engine of a folder, here or in the process that leads it, and leaves it whatever happens. Rejects
 * with the signal's reason.
 */
export async function joining<T>(
  context: Context,
  body: (engine: JoinedEngine) => Promise<Result<T>>,
  where?: Where,
): Promise<Result<T>> {
  const options = await optionsIn(context, where);
  return options.ok ? using(context.joinEngine(options.value), body) : options;
}

/**
 * With settings that can't be read, the defaults count: for what lets no agent work, so that teams can be looked at and
 * stopped all the same. That is said.
 */
async function optionsAnyhow(context: Context, where: Where = {}): Promise<JoinOptions> {
  const options = await optionsIn(context, where);
  if (options.ok) return options.value;
  context.terminal.complain(options.refusal.message);
  context.terminal.note("Until it is right, the defaults count.");
  return { folder: context.folder, settings: { ...defaultSettings, scriptFolder: context.cwd }, ...where };
}

/** As `joining`, for what starts no agent. */
export const changing = async <T>(
  context: Context,
  body: (engine: JoinedEngine) => Promise<Result<T>>,
  where?: Where,
): Promise<Result<T>> => using(context.joinEngine(await optionsAnyhow(context, where)), body);

/** As `joining`, to look: nothing is created or changed. */
export async function reading<T>(
  context: Context,
  body: (engine: ReadEngine) => Promise<Result<T>>,
): Promise<Result<T>> {
  return using(context.readEngine(await optionsAnyhow(context)), body);
}

/** As `reading`; a repository in which no agent ever worked has `nothing`. */
export async function readingOr<T>(
  context: Context,
  nothing: T,
  body: (engine: ReadEngine) => Promise<Result<T>>,
): Promise<Result<T>> {
  const found = await reading(context, body);
  return !found.ok && found.refusal.code === "store_missing" ? ok(nothing) : found;
}

/**
 * As `changing`, after a look: that there is what the command is about is found out before the engine is opened for
 * writing, and so before anything is created.
 */
export async function changingAfter<T>(
  context: Context,
  look: (engine: ReadEngine) => Promise<Result<unknown>>,
  body: (engine: JoinedEngine) => Promise<Result<T>>,
  where?: Where,
): Promise<Result<T>> {
  const found = await reading(context, look);
  return found.ok ? changing(context, body, where) : found;
}

/** As `changingAfter`, for a command about an agent. */
export const commanding = <T>(
  context: Context,
  agent: string,
  body: (engine: JoinedEngine) => Promise<Result<T>>,
  where?: Where,
): Promise<Result<T>> => changingAfter(context, (engine) => engine.agents.find(agent), body, where);

async function using<E extends { stop(): Promise<void> }, T>(
  opening: Promise<Result<E>>,
  body: (engine: E) => Promise<Result<T>>,
): Promise<Result<T>> {
  const engine = await opening;
  if (!engine.ok) return engine;
  try {
    return await body(engine.value);
  } finally {
    await engine.value.stop();
  }
}
