import { mkdtemp, readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import { z } from "zod";
import type { FactResult } from "./facts.ts";

export interface HostBundle {
  /** For `extensionTestsPath`. */
  readonly testsPath: string;
  /** What the extension host reported; throws when it did not get to its end. */
  results(): Promise<readonly FactResult[]>;
}

const reportSchema = z.object({
  running: z.string().optional(),
  done: z.boolean(),
  results: z.array(z.object({ name: z.string(), durationMs: z.number(), failure: z.string().optional() })),
});

/** Bundles a module that exports `facts: readonly Fact[]` into a new folder in `parent`, for the extension host. */
export async function bundleFacts(module: string, parent: string): Promise<HostBundle> {
  const folder = await mkdtemp(join(parent, "facts-"));
  const reportPath = join(folder, "report.json");
  const testsPath = join(folder, "index.cjs");
  await build({
    stdin: { contents: entry(module, reportPath), resolveDir: dirname(module), sourcefile: "entry.ts", loader: "ts" },
    outfile: testsPath,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22",
    external: ["vscode"],
    sourcemap: "external",
    logLevel: "silent",
  });
  return {
    testsPath,
    results: async () => readReport(reportPath, await stackMapper(testsPath)),
  };
}

function entry(module: string, reportPath: string): string {
  return [
    `import { facts } from ${JSON.stringify(module)};`,
    `import { runFacts } from ${JSON.stringify(join(import.meta.dirname, "runner.ts"))};`,
    `export const run = () => runFacts(facts, ${JSON.stringify(reportPath)});`,
  ].join("\n");
}

async function readReport(path: string, mapStack: (stack: string) => string): Promise<readonly FactResult[]> {
  const text = await readFile(path, "utf8").catch(() => '{"done":false,"results":[]}');
  const report = reportSchema.parse(JSON.parse(text));
  if (!report.done) {
    throw new Error(`the extension host ended ${report.running ? `in "${report.running}"` : "before the first fact"}`);
  }
  return report.results.map(({ failure, ...rest }) =>
    failure === undefined ? rest : { ...rest, failure: mapStack(failure) },
  );
}

/** Puts the lines of the sources in place of the bundle's. The extension host formats stacks itself and would not. */
async function stackMapper(bundle: string): Promise<(stack: string) => string> {
  const map = new SourceMap(JSON.parse(await readFile(`${bundle}.map`, "utf8")));
  return (stack) =>
    stack.replace(/(\S*index\.cjs):(\d+):(\d+)/g, (position: string, file: string, line: string, column: string) => {
      const origin = map.findOrigin(Number(line), Number(column));
      if (!("fileName" in origin)) return position;
      return `${file.startsWith("(") ? "(" : ""}${resolve(dirname(bundle), origin.fileName)}:${origin.lineNumber}:${origin.columnNumber}`;
    });
}
