import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { matchesGlob } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { commands } from "../../../src/vscode/contributions.ts";
import { makeManifest } from "../../../src/vscode/manifest.ts";

vi.mock("vscode", () => ({}));

const root = new URL("../../../", import.meta.url);
const packageJson: Record<string, unknown> = z
  .record(z.string(), z.unknown())
  .parse(JSON.parse(await readFile(new URL("package.json", root), "utf8")));

test("package.json says what contributions.ts says: node src/vscode/writeManifest.ts writes it", () => {
  for (const [key, made] of Object.entries(makeManifest())) expect(packageJson[key], key).toEqual(made);
});

test("no proposed API is enabled", () => {
  expect(packageJson).not.toHaveProperty("enabledApiProposals");
});

test("every command of package.json is in the list that is registered, once", async () => {
  const { commandList } = await import("../../../src/vscode/commands/list.ts");
  expect(commandList.map(([id]) => id).sort()).toEqual(Object.keys(commands).sort());
});

test("menus and welcome texts name only commands that are there", () => {
  const made = JSON.stringify(makeManifest());
  const named = [...made.matchAll(/(?:command:|"command":")(banyan\.\w+)/g)].map((match) => match[1]);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((id) => id === undefined || !(id in commands))).toEqual([]);
});

test("no setting can come from a workspace", () => {
  const contributes = z
    .object({ configuration: z.object({ properties: z.record(z.string(), z.object({ scope: z.string() })) }) })
    .parse(makeManifest().contributes);
  const scopes = Object.values(contributes.configuration.properties).map(({ scope }) => scope);
  expect(new Set(scopes)).toEqual(new Set(["machine"]));
});

test("the settings editor is told what each kind of setting takes", () => {
  const contributes = z
    .object({ configuration: z.object({ properties: z.record(z.string(), z.unknown()) }) })
    .parse(makeManifest().contributes);
  expect(contributes.configuration.properties).toMatchObject({
    "banyan.slots": { type: "integer", default: 8, minimum: 1, maximum: 64 },
    "banyan.maxHours": { type: "number", default: 8, minimum: 0.01, maximum: 1000 },
    "banyan.onParentEnd": { type: "string", default: "handOver", enum: ["handOver", "stop"] },
    "banyan.budget.alerts": { type: "array", default: [50, 80, 100], items: { minimum: 1, maximum: 100 } },
    "banyan.cap.perDay": { type: ["number", "null"], default: null },
    "banyan.cap.perMonth": { type: ["number", "null"], default: null },
    "banyan.worktrees.include": { type: "array", default: [], items: { type: "string" }, uniqueItems: true },
    "banyan.worktrees.setUp": { type: "string", default: "" },
    "banyan.prices": { type: "object", default: {}, additionalProperties: { required: ["input", "output"] } },
  });
});

test("agents' worktrees are out of the editor's sight, roles and workflows are not", () => {
  const { configurationDefaults } = z
    .object({ configurationDefaults: z.record(z.string(), z.unknown()) })
    .parse(makeManifest().contributes);
  expect(configurationDefaults).toEqual({
    "files.watcherExclude": { "**/.banyan/worktrees/**": true },
    "search.exclude": { "**/.banyan/worktrees": true },
    // A list takes the place of the editor's own.
    "git.repositoryScanIgnoredFolders": ["node_modules", ".banyan"],
  });
  const patterns = z.record(z.string(), z.unknown());
  for (const key of ["files.watcherExclude", "search.exclude"]) {
    for (const pattern of Object.keys(patterns.parse(configurationDefaults[key]))) {
      expect(matchesGlob(".banyan/worktrees/ada-1/src/a.ts", `${pattern.replace(/\/\*\*$/, "")}/**`)).toBe(true);
      for (const seen of [".banyan/roles/a.md", ".banyan/workflows/a.yaml", "worktrees/a.ts"]) {
        expect(matchesGlob(seen, `${pattern.replace(/\/\*\*$/, "")}/**`), seen).toBe(false);
      }
    }
  }
});

test("activation loads neither SQLite nor schemas", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", BUNDLE], {
    cwd: root,
    maxBuffer: 1 << 24,
  });
  const inputs = z.array(z.string()).parse(JSON.parse(stdout));
  expect(inputs.some((input) => input.endsWith("src/extension.ts"))).toBe(true);
  expect(inputs.filter((input) => /node_modules\/(sql\.js|zod|simple-git|yaml)\//.test(input))).toEqual([]);
});

/** Answers which files end up in the extension's bundle. In a process of its own: esbuild needs the real globals. */
const BUNDLE = `
  import { build } from "esbuild";
  const { metafile } = await build({
    entryPoints: ["src/extension.ts"], bundle: true, platform: "node", format: "cjs", external: ["vscode"],
    write: false, metafile: true, logLevel: "silent",
  });
  console.log(JSON.stringify(Object.keys(metafile.inputs)));
`;
