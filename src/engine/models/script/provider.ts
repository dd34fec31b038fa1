import { resolve } from "node:path";
import type { Clock } from "../../../base/clock.ts";
import { ok } from "../../../base/errors.ts";
import type { Model, ModelProvider } from "../port.ts";
import { loadScript } from "./load.ts";
import { countScripted, outputLimit, playScript } from "./play.ts";
import type { Script } from "./schema.ts";

/**
 * `script/FILE`: plays a YAML or JSON file, relative to `baseDir` or absolute (`script//tmp/bug.yaml`). The file is
 * read when the model is opened; docs/script-model.md describes it.
 */
export function createScriptProvider(deps: { readonly baseDir: string; readonly clock: Clock }): ModelProvider {
  return {
    name: "script",
    offers: ["FILE"],
    async open(file) {
      const path = resolve(deps.baseDir, file);
      const script = await loadScript(path, file);
      return script.ok ? ok(scriptModel(script.value, { file, path }, deps.clock)) : script;
    },
  };
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
