import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentLogger } from "../../../../src/base/log.ts";
import { allTools, createToolbox } from "../../../../src/engine/tools/registry.ts";
import type { ToolContext, ToolOutcome } from "../../../../src/engine/tools/tool.ts";
import { aloneTeam, noHistory } from "../../../support/team.ts";
import { filesOf } from "../models/offline/world.ts";

export interface Bench {
  readonly root: string;
  readonly context: ToolContext;
  run(tool: string, input: unknown): Promise<ToolOutcome>;
  dispose(): Promise<void>;
}

/** A real folder `root` in a real folder, with all tools at work on it. */
export async function makeBench(tree: Readonly<Record<string, string | Uint8Array>>, given: Partial<ToolContext> = {}) {
  const base = await realpath(await mkdtemp(join(tmpdir(), "tools-")));
  const root = join(base, "root");
  await mkdir(root);
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const context: ToolContext = {
    agent: { id: "a", name: "lead" },
    files: filesOf(root),
    history: noHistory,
    team: aloneTeam,
    signal: new AbortController().signal,
    assertLeading() {},
    ...given,
  };
  const toolbox = createToolbox(allTools, silentLogger);
  const bench: Bench = {
    root,
    context,
    run: (tool, input) => toolbox.runTool(tool, input, context),
    dispose: () => rm(base, { recursive: true, force: true }),
  };
  return bench;
}

export const contentOf = (outcome: ToolOutcome): string =>
  outcome.kind === "result" ? outcome.content : `no result: ${outcome.kind}`;
