import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clock } from "../../../base/clock.ts";
import { ok } from "../../../base/errors.ts";
import type { Model, ModelProvider } from "../port.ts";
import { loadScript } from "./load.ts";
import { countScripted, outputLimit, playScript } from "./play.ts";
import type { Script } from "./schema.ts";

/** What was read of a script, and of which state of its file: an agent opens its model whenever it gets a slot. */
interface ReadScript {
  readonly state: string;
  readonly model: Model;
}

/** Scripts that are kept. */
const KEPT = 16;
/** Milliseconds in which a file can change without a change of its time. */
const TIME_GRAIN_MS = 100;

/**
 * `script/FILE`: plays a YAML or JSON file, relative to `baseDir` or absolute (`script//tmp/bug.yaml`). The file is
 * read when the model is opened, unless it is as it was; docs/script-model.md describes it.
 */
export function createScriptProvider(deps: { readonly baseDir: string; readonly clock: Clock }): ModelProvider {
  const { baseDir, clock } = deps;
  const kept = new Map<string, ReadScript>();
  const keep = (file: string, read: ReadScript) => {
    kept.delete(file);
    kept.set(file, read);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  };
  return {
    name: "script",
    offers: ["FILE"],
    async open(file) {
      const path = resolve(baseDir, file);
      const state = await stateOf(path, clock);
      const known = kept.get(file);
      if (known !== undefined && known.state === state) return ok(known.model);
      const script = await loadScript(path, file);
      if (!script.ok) return script;
      const model = scriptModel(script.value, { file, path }, clock);
      if (state !== undefined) keep(file, { state, model });
      return ok(model);
    },
  };
}

/** What changes whenever the file does; undefined where that can't be told. */
async function stateOf(path: string, clock: Clock): Promise<string | undefined> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return clock.now() - Math.max(mtimeMs, ctimeMs) > TIME_GRAIN_MS
      ? `${mtimeMs} ${ctimeMs} ${size} ${ino}`
      : undefined;
  } catch {
    return undefined;
  }
}

/** Its id names the file wherever it is asked for from: an agent that goes on later finds it again. */
const scriptModel = (script: Script, { file, path }: { file: string; path: string }, clock: Clock): Model => ({
  id: `script/${path}`,
  maxOutputTokens: outputLimit(script),
  countInput: async (request) => countScripted(script, file, request),
  async call(request, signal) {
    signal.throwIfAborted();
    const { delayMs, outcome } = playScript(script, file, request);
    if (delayMs > 0) await clock.sleep(delayMs, signal);
    signal.throwIfAborted();
    return outcome ?? aborted(signal);
  },
});

/** Never resolves: rejects with the signal's reason. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
