import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { systemIds } from "../../../src/base/ids.ts";
import { silentLogger } from "../../../src/base/log.ts";
import { defaultSettings } from "../../../src/engine/engine.ts";
import { createEngineLoader } from "../../../src/vscode/engineLoader.ts";

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), "banyan-dist-"));
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

const open = () =>
  createEngineLoader(dist)(
    { folder: "/repo", settings: { ...defaultSettings, scriptFolder: "/repo" } },
    { log: silentLogger, clock: systemClock, ids: systemIds },
  );

test("opens through the engine's own bundle, and hands it the paths of its assets", async () => {
  const refusal = "{ code: 'not_found', message: JSON.stringify([options.folder, host.assets, host.label]) }";
  writeFileSync(
    join(dist, "engine.cjs"),
    `exports.joinEngine = async (options, host) => ({ ok: false, refusal: ${refusal} });`,
  );
  const assets = {
    wasm: join(dist, "sql-wasm.wasm"),
    migrations: join(dist, "migrations", "sqlite"),
    compactor: join(dist, "compactionWorker.cjs"),
    heartbeat: join(dist, "heartbeatWorker.cjs"),
    starter: join(dist, "helperProcess.cjs"),
  };
  const message = JSON.stringify(["/repo", assets, "a VS Code window"]);
  expect(await open()).toEqual({ ok: false, refusal: { code: "not_found", message } });
});

test("rejects where the bundle is not what it should be", async () => {
  writeFileSync(join(dist, "engine.cjs"), "module.exports = {};");
  await expect(open()).rejects.toThrow("exports no joinEngine");
});
