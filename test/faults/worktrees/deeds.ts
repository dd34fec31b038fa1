import * as fc from "fast-check";
import { type Crash, crashKinds } from "./life.ts";

/** What happens, as fast-check makes it up: plain values, which mean something only where they are performed. */

/** Few, so that deeds meet: folders and files of one name, names that git quotes, ignored ones. */
export const PATHS = [
  "long.txt",
  "b.txt",
  "dir/c.txt",
  "dir/sub/d.txt",
  "dir",
  "Case.txt",
  "case.txt",
  "naïve ü.txt",
  'qu"o\nte.txt',
  "-dash",
  "link",
  "x",
  "x/y.bin",
  "new.txt",
  "ignored/i.txt",
  "out.log",
] as const;

/** What the first commit's `.gitignore` names; nobody changes that. */
export const isIgnored = (path: string): boolean => path.startsWith("ignored/") || path.endsWith(".log");

export type Content =
  | { readonly kind: "lines"; readonly line: number; readonly value: number }
  | { readonly kind: "short"; readonly value: number }
  | { readonly kind: "binary"; readonly value: number }
  | { readonly kind: "link"; readonly value: number }
  | { readonly kind: "empty" };

/** Lines of the text whose single lines are changed: enough for hunks of their own. */
export const LINES = 40;

interface Picked {
  /** Who does it, or to whom: modulo as many as there are. */
  readonly pick: number;
}

export type FileDeed =
  | { readonly do: "write"; readonly path: string; readonly content: Content; readonly executable: boolean }
  | { readonly do: "delete"; readonly path: string }
  | { readonly do: "rename"; readonly path: string; readonly to: string };

/** Of an agent in its worktree. */
export type AgentDeed = FileDeed & Picked & { readonly by: "agent" };

export interface UserDeed extends Picked {
  readonly by: "user";
  readonly do: (typeof userDeeds)[number];
  readonly file: FileDeed;
}

const userDeeds = [
  "file",
  "stage",
  "commit",
  "forceAdd",
  "switch",
  "detach",
  "uncommit",
  "stash",
  "unstash",
  "clean",
  "deleteWorktrees",
  "deleteWorktree",
  "gc",
  "prune",
] as const;

export interface EngineDeed extends Picked {
  readonly by: "engine";
  readonly do: (typeof engineDeeds)[number];
  /** Chooses among what is left open. */
  readonly choice: number;
  readonly crash: Crash | null;
  /** Of the process that comes after. */
  readonly crashAgain: Crash | null;
}

export const engineDeeds = [
  "hireRoot",
  "hireWithChanges",
  "hireChild",
  "ensure",
  "commitWork",
  "snapshot",
  "merge",
  "undo",
  "review",
  "beginResolution",
  "resolve",
  "finishResolution",
  "abandonResolution",
  "remove",
  "collisions",
  "restart",
] as const;

export type Deed = AgentDeed | UserDeed | EngineDeed;

/** How the repository is before anything happens. */
export interface Scene {
  /** The user has the branch `side` checked out in a worktree of their own. */
  readonly sideCheckedOut: boolean;
  /** What the repository's own `pre-merge-commit` and `pre-commit` say. */
  readonly hook: "none" | "agrees" | "refuses";
  /** Worktrees that are kept prepared. */
  readonly pool: number;
  readonly deeds: readonly Deed[];
}

const pick = fc.nat({ max: 999 });
const path = fc.constantFrom(...PATHS);
const value = fc.nat({ max: 5 });

/** Few: next to each other, and apart. */
const line = fc.constantFrom(0, 1, 12, 13, 14, 27, LINES - 1);

const content: fc.Arbitrary<Content> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("short" as const), value }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("lines" as const), line, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("binary" as const), value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("link" as const), value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("empty" as const) }) },
);

const fileDeed: fc.Arbitrary<FileDeed> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      path: fc.oneof({ weight: 1, arbitrary: fc.constant(PATHS[0]) }, { weight: 2, arbitrary: path }),
      content,
      executable: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), path }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("rename" as const), path, to: path }) },
);

const agentDeed: fc.Arbitrary<Deed> = fc
  .tuple(fileDeed, pick)
  .map(([file, picked]) => ({ ...file, by: "agent" as const, pick: picked }));

const user = (...what: readonly UserDeed["do"][]): fc.Arbitrary<Deed> =>
  fc.record({ by: fc.constant("user" as const), do: fc.constantFrom(...what), pick, file: fileDeed });

/** How many steps a deed may have before it dies; more than it has: it doesn't. */
const MOST_STEPS = 24;

const crash: fc.Arbitrary<Crash> = fc.record({
  kind: fc.constantFrom(...crashKinds),
  at: fc.integer({ min: 1, max: MOST_STEPS }),
  afterMs: fc.nat({ max: 8 }),
});

const perhaps: fc.Arbitrary<Crash | null> = fc.option(crash, { freq: 3, nil: null });

const engine = (...what: readonly EngineDeed["do"][]): fc.Arbitrary<Deed> =>
  fc.record({
    by: fc.constant("engine" as const),
    do: fc.constantFrom(...what),
    pick,
    choice: fc.nat({ max: 9999 }),
    crash: perhaps,
    crashAgain: perhaps,
  });

/** The first is what others are shrunk to. */
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 30, arbitrary: agentDeed },
  { weight: 10, arbitrary: user("file") },
  { weight: 7, arbitrary: user("stage", "commit", "commit") },
  { weight: 5, arbitrary: user("switch", "detach", "uncommit", "stash", "unstash", "forceAdd") },
  { weight: 5, arbitrary: user("clean", "deleteWorktrees", "deleteWorktree", "gc", "prune") },
  { weight: 12, arbitrary: engine("hireRoot", "hireWithChanges", "hireChild", "hireChild") },
  { weight: 12, arbitrary: engine("ensure", "commitWork", "snapshot", "snapshot") },
  { weight: 18, arbitrary: engine("merge") },
  { weight: 5, arbitrary: engine("undo") },
  { weight: 4, arbitrary: engine("review", "collisions") },
  { weight: 9, arbitrary: engine("beginResolution", "resolve", "finishResolution", "abandonResolution") },
  { weight: 6, arbitrary: engine("remove", "remove", "restart") },
);

/** What mostly happens one after the other, to one agent; other things may come in between by chance. */
const chain = (...parts: readonly fc.Arbitrary<Deed>[]): fc.Arbitrary<readonly Deed[]> =>
  fc.tuple(pick, ...parts).map(([one, ...deeds]) => deeds.map((each) => ({ ...each, pick: one })));

const chains: fc.Arbitrary<readonly Deed[]> = fc.oneof(
  { weight: 60, arbitrary: deed.map((one) => [one]) },
  { weight: 8, arbitrary: chain(agentDeed, agentDeed, engine("snapshot", "commitWork")) },
  { weight: 8, arbitrary: chain(engine("ensure"), agentDeed, agentDeed, engine("merge")) },
  { weight: 4, arbitrary: chain(agentDeed, engine("merge"), engine("undo"), engine("merge")) },
  { weight: 4, arbitrary: chain(agentDeed, agentDeed, agentDeed, engine("review"), engine("merge")) },
  {
    weight: 5,
    arbitrary: chain(engine("beginResolution"), engine("resolve"), engine("finishResolution"), engine("merge")),
  },
  { weight: 2, arbitrary: chain(engine("beginResolution"), agentDeed, engine("abandonResolution")) },
  { weight: 5, arbitrary: chain(agentDeed, engine("merge"), engine("remove"), engine("ensure")) },
  { weight: 2, arbitrary: chain(user("file"), engine("hireWithChanges"), user("gc", "stash"), engine("ensure")) },
  { weight: 2, arbitrary: chain(agentDeed, engine("snapshot"), user("deleteWorktrees", "clean"), engine("ensure")) },
);

/** Where every story begins, so that the rest has somebody to happen to. */
const begin = (what: EngineDeed["do"], whom: number): Deed => ({
  ...{ by: "engine", do: what, pick: whom, choice: 0 },
  ...{ crash: null, crashAgain: null },
});
const opening: readonly Deed[] = [begin("hireRoot", 0), begin("ensure", 0), begin("hireChild", 0), begin("ensure", 1)];

/** `most`: of deeds, or of chains of them. */
export const someScene = (deeds: { readonly least: number; readonly most: number }): fc.Arbitrary<Scene> =>
  fc.record({
    sideCheckedOut: fc.boolean(),
    hook: fc.oneof(
      { weight: 4, arbitrary: fc.constant("none" as const) },
      { weight: 2, arbitrary: fc.constant("agrees" as const) },
      { weight: 1, arbitrary: fc.constant("refuses" as const) },
    ),
    pool: fc.constantFrom(0, 0, 1),
    deeds: fc
      .array(chains, { minLength: deeds.least, maxLength: deeds.most, size: "max" })
      .map((rest) => [...opening, ...rest.flat()]),
  });
