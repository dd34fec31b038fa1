import { createRequire } from "node:module";
import { join } from "node:path";
import type { joinEngine } from "../engine/join/join.ts";
import type { EngineHost } from "../engine/open.ts";

/** Joins one repository's engine; what `dist/engine.cjs` exports as `joinEngine`. */
export type EngineJoiner = typeof joinEngine;

/** What the loader does not know itself. */
export type LoaderHost = Omit<EngineHost, "assets" | "label">;
export type EngineLoader = (options: Parameters<EngineJoiner>[0], host: LoaderHost) => ReturnType<EngineJoiner>;

/**
 * Loads the engine's own bundle, with SQLite, when a repository is first joined: activation never pays for it.
 * Rejects where the bundle is not what it should be, which only a broken installation can cause.
 */
export function createEngineLoader(dist: string): EngineLoader {
  const assets = {
    wasm: join(dist, "sql-wasm.wasm"),
    migrations: join(dist, "migrations", "sqlite"),
    compactor: join(dist, "compactionWorker.cjs"),
    heartbeat: join(dist, "heartbeatWorker.cjs"),
    starter: join(dist, "helperProcess.cjs"),
  };
  return async (options, host) =>
    loadJoiner(join(dist, "engine.cjs"))(options, { ...host, assets, label: "a VS Code window" });
}

function loadJoiner(bundle: string): EngineJoiner {
  const loaded: unknown = createRequire(bundle)(bundle);
  if (isEngineBundle(loaded)) return loaded.joinEngine;
  throw new Error(`${bundle} exports no joinEngine: install the extension again.`);
}

const isEngineBundle = (loaded: unknown): loaded is { readonly joinEngine: EngineJoiner } =>
  typeof loaded === "object" && loaded !== null && "joinEngine" in loaded && typeof loaded.joinEngine === "function";
