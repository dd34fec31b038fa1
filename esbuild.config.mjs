// Builds dist/: the extension's entry (light, loads nothing of the engine), the engine and the views' hosts that it loads
// on first use, the terminal's command, the pages of webviews, and the files that these read at run time.
import { cp, mkdir, rm } from "node:fs/promises";
import { build, context } from "esbuild";

const watch = process.argv.includes("--watch");
const production = process.argv.includes("--production");

const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  sourcemap: production ? false : "linked",
  minify: production,
  logLevel: "warning",
};

const bundles = [
  {
    ...shared,
    entryPoints: {
      extension: "src/extension.ts",
      engine: "src/engine/join/join.ts",
      messages: "src/vscode/messages/host.ts",
      review: "src/vscode/review/host.ts",
      compactionWorker: "src/engine/store/compactionWorker.ts",
      heartbeatWorker: "src/engine/leader/heartbeatWorker.ts",
      helperProcess: "src/engine/processes/helperProcess.ts",
    },
    format: "cjs",
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
  },
  {
    ...shared,
    entryPoints: { cli: "src/cli.ts" },
    format: "esm",
    outdir: "dist",
    // What is bundled from CommonJS asks for these, which an ES module does not have.
    banner: {
      js: [
        'import { createRequire as __createRequire } from "node:module";',
        'import { fileURLToPath as __fileURLToPath } from "node:url";',
        "const require = __createRequire(import.meta.url);",
        "const __filename = __fileURLToPath(import.meta.url);",
        'const __dirname = __fileURLToPath(new URL(".", import.meta.url));',
      ].join("\n"),
    },
  },
  {
    bundle: true,
    platform: "browser",
    target: "chrome136",
    format: "iife",
    jsx: "automatic",
    sourcemap: production ? false : "linked",
    minify: true,
    logLevel: "warning",
    define: { "process.env.NODE_ENV": '"production"' },
    entryPoints: [
      { in: "src/webview/messages/main.tsx", out: "messages" },
      { in: "src/webview/messages/styles/messages.css", out: "messages" },
      { in: "src/webview/review/main.tsx", out: "review" },
      { in: "src/webview/review/styles/review.css", out: "review" },
    ],
    outdir: "dist/webview",
  },
];

await rm("dist", { recursive: true, force: true });
await mkdir("dist", { recursive: true });
await cp("node_modules/sql.js/dist/sql-wasm.wasm", "dist/sql-wasm.wasm");
for (const file of ["codicon.css", "codicon.ttf"]) {
  await cp(`node_modules/@vscode/codicons/dist/${file}`, `dist/webview/${file}`);
}
await cp("migrations", "dist/migrations", { recursive: true });

if (watch) {
  for (const bundle of bundles) await (await context(bundle)).watch();
} else {
  await Promise.all(bundles.map((bundle) => build(bundle)));
}
