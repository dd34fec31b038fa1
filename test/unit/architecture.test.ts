import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";

/** Imports of the source as it is written: types too, since a type binds as much as a call. */
interface Import {
  readonly from: string;
  readonly to: string;
}

const SOURCE = "src";

/** `room/file.ts` below src, with `/`. */
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => /\.tsx?$/.test(file))
  .sort();

const specifiers = /\b(?:from|import|import\()\s*["']([^"']+)["']/g;

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(SOURCE, from), "utf8");
  return [...text.matchAll(specifiers)].map(([, specifier = ""]) => ({
    from,
    to: specifier.startsWith(".")
      ? normalize(join(dirname(from), specifier))
          .split(sep)
          .join("/")
      : specifier,
  }));
});

const isOwn = (to: string) => files.includes(to);
const say = (found: readonly Import[]) => found.map(({ from, to }) => `${from} imports ${to}`);

/** The storeys of the house, lowest first: the right may import the left. */
const storeys = ["base", "protocol", "engine", "vscode", "extension.ts"] as const;
const storeyOf = (file: string) => storeys.findIndex((storey) => file === storey || file.startsWith(`${storey}/`));
const isPage = (file: string) => file.startsWith("webview/");
const isTerminal = (file: string) => file === "cli.ts" || file.startsWith("cli/");

/** Floors inside the engine: the rooms of one floor don't know each other. */
const floors: readonly (readonly string[])[] = [
  ["store", "processes"],
  ["budgets", "messages", "attention", "worktrees", "models", "tools", "roles", "leader"],
  ["agents"],
  ["workflows"],
  ["engine.ts"],
  ["settings.ts"],
  ["remote"],
  ["open.ts"],
  ["join"],
];
const roomOf = (file: string) => file.split("/")[1] ?? "";
const floorOf = (file: string) => floors.findIndex((rooms) => rooms.includes(roomOf(file)));

const startingProcesses = [
  "engine/leader/programs.ts",
  "engine/processes/direct.ts",
  "engine/processes/helper.ts",
  "engine/worktrees/setUpCommand.ts",
];

/** What a room offers to a neighbour of the same floor: types that stand in a contract, nothing that runs. */
const contracts = new Set(["engine/worktrees/port.ts -> engine/tools/tool.ts"]);

describe("the house", () => {
  test("every storey imports only what is below it", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!isOwn(to) || isTerminal(from) || isPage(from)) return false;
      return storeyOf(to) === -1 || storeyOf(to) > storeyOf(from);
    });
    expect(say(wrong)).toEqual([]);
  });

  test("the terminal imports the engine and what is below it, never the editor", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!isTerminal(from) || !isOwn(to) || isTerminal(to)) return false;
      return storeyOf(to) > storeys.indexOf("engine");
    });
    expect(say(wrong)).toEqual([]);
  });

  test("pages of webviews import themselves, the protocol and what is below it, and nothing of Node", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!isPage(from) || isPage(to)) return false;
      return to.startsWith("node:") || (isOwn(to) && storeyOf(to) > storeys.indexOf("protocol")) || isTerminal(to);
    });
    expect(say(wrong)).toEqual([]);
  });

  test("every file of the engine stands on a floor", () => {
    expect(files.filter((file) => file.startsWith("engine/") && floorOf(file) === -1)).toEqual([]);
  });

  test("a room imports only itself and the floors below", () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!from.startsWith("engine/") || !to.startsWith("engine/") || roomOf(from) === roomOf(to)) return false;
      if (floorOf(to) < floorOf(from)) return false;
      return !contracts.has(`${from} -> ${to}`) && !isTypeOfContract(from, to);
    });
    expect(say(wrong)).toEqual([]);
  });

  test("modules with an owner are imported there alone", () => {
    const owners: readonly (readonly [string, (file: string) => boolean])[] = [
      ["vscode", (file) => file.startsWith("vscode/") || file === "extension.ts"],
      ["@anthropic-ai/sdk", (file) => file.startsWith("engine/models/anthropic/")],
      ...["react", "react-dom/client", "virtua", "marked", "dompurify"].map((module) => [module, isPage] as const),
      ["sql.js", (file) => file === "engine/store/sqlite.ts"],
      ["simple-git", (file) => file === "engine/worktrees/porcelain.ts"],
      // They start processes: who changes anything is recorded, so that the next leader can end it.
      ["node:child_process", (file) => !file.startsWith("engine/") || startingProcesses.includes(file)],
      ["engine/worktrees/porcelain.ts", (file) => file === "engine/worktrees/repository.ts"],
    ];
    const wrong = imports.filter(({ from, to }) => owners.some(([module, mayUse]) => module === to && !mayUse(from)));
    expect(say(wrong)).toEqual([]);
  });

  test("the pure files import neither the store nor Node", () => {
    const pure = ["engine/agents/lifecycle.ts", "engine/budgets/ledger.ts"];
    const wrong = imports.filter(
      ({ from, to }) => pure.includes(from) && (to.startsWith("node:") || to.startsWith("engine/store/")),
    );
    expect(say(wrong)).toEqual([]);
  });

  test("the engine asks nobody but its parameters for time and chance", () => {
    const asking = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\brandomUUID\(/;
    const wrong = files
      .filter((file) => file.startsWith("engine/"))
      .filter((file) => asking.test(readFileSync(join(SOURCE, file), "utf8")));
    expect(wrong).toEqual([]);
  });

  test("SQL names a table only in the room that owns it", () => {
    const owners: Readonly<Record<string, string>> = {
      agents: "agents",
      archived_teams: "agents",
      archived_rows: "agents",
      hierarchy: "agents",
      briefs: "agents",
      turns: "agents",
      tool_calls: "agents",
      checkpoints: "agents",
      budgets: "budgets",
      budget_entries: "budgets",
      messages: "messages",
      message_threads: "messages",
      worktrees: "worktrees",
      events: "store",
      schema_migrations: "store",
    };
    const named = /\b(?:FROM|JOIN|INTO|UPDATE)\s+([a-z_]+)\b/g;
    const wrong = files
      .filter((file) => file.startsWith("engine/"))
      .flatMap((file) =>
        [...readFileSync(join(SOURCE, file), "utf8").matchAll(named)].flatMap(([, table = ""]) => {
          const owner = owners[table];
          return owner === undefined || roomOf(file) === owner ? [] : [`${file} names ${table}`];
        }),
      );
    expect(wrong).toEqual([]);
  });
});

/** `import type` alone may cross to a neighbour's port: it binds no code. */
function isTypeOfContract(from: string, to: string): boolean {
  const text = readFileSync(join(SOURCE, from), "utf8");
  const specifier = relative(dirname(from), to).split(sep).join("/");
  const statement = new RegExp(`import type [^;]*from "(?:\\./)?${specifier.replaceAll(".", "\\.")}"`);
  return to === "engine/tools/tool.ts" && statement.test(text);
}

describe("circles", () => {
  let graph: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    const { metafile } = await build({
      entryPoints: files.map((file) => join(SOURCE, file)),
      bundle: true,
      write: false,
      metafile: true,
      outdir: "unused",
      platform: "node",
      packages: "external",
      logLevel: "silent",
    });
    graph = new Map(
      Object.entries(metafile.inputs).map(([file, input]) => [
        file,
        input.imports.filter((each) => !each.external).map((each) => each.path),
      ]),
    );
  });

  test("no file imports itself through others", () => {
    expect(findCircle(graph)).toEqual([]);
  });
});

/** The files of a circle of imports, in order; empty where there is none. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}
