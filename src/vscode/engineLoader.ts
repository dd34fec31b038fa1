import { createRequire } from "node:module";
import { join } from "node:path";
import type { EngineHost, openEngine } from "../engine/open.ts";

/** Opens one repository's engine; what `dist/engine.cjs` exports as `openEngine`. */
export type EngineOpener = typeof openEngine;

/** What the loader does not know itself. */
export type LoaderHost = Omit<EngineHost, "assets" | "label">;
export type EngineLoader = (options: Parameters<EngineOpener>[0], host: LoaderHost) => ReturnType<EngineOpener>;

/**
 * An opener that loads the engine's own bundle, with SQLite, when it is first used: activation never pays for it.
 * Rejects where the bundle is not what it should be, which only a broken installation can cause.
 */
export function createEngineLoader(dist: string): EngineLoader {
  const assets = {
    wasm: join(dist, "sql-wasm.wasm"),
    migrations: join(dist, "migrations", "sqlite"),
    compactor: join(dist, "compactionWorker.cjs"),
  };
  return async (options, host) =>
    loadOpener(join(dist, "engine.cjs"))(options, { ...host, assets, label: "a VS Code window" });
}

function loadOpener(bundle: string): EngineOpener {
  const loaded: unknown = createRequire(bundle)(bundle);
  if (isEngineBundle(loaded)) return loaded.openEngine;
  throw new Error(`${bundle} exports no openEngine: install the extension again.`);
}

const isEngineBundle = (loaded: unknown): loaded is { readonly openEngine: EngineOpener } =>
  typeof loaded === "object" && loaded !== null && "openEngine" in loaded && typeof loaded.openEngine === "function";
