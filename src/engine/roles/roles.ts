import { realpath } from "node:fs/promises";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import { slug } from "../../base/text.ts";
import { type Instructions, readInstructions } from "./agentsFile.ts";
import { builtInRoles } from "./builtIn/roles.ts";
import { isAgents, listFiles, readInside } from "./files.ts";
import type { ReadRole, Vocabulary } from "./format.ts";
import { readBanyanRole } from "./formats/banyan.ts";
import { readClaudeRole } from "./formats/claude.ts";
import { readCopilotRole } from "./formats/copilot.ts";
import type { Problem } from "./frontMatter.ts";
import type { Role } from "./role.ts";
import { readableText, shortened } from "./text.ts";

const LARGEST_KB = 64;

interface Place {
  readonly folder: string;
  /** Whether subfolders count. */
  readonly deep: boolean;
  readonly read: ReadRole;
}

/** The first that has a name has it. */
const places: readonly Place[] = [
  { folder: ".banyan/roles", deep: false, read: readBanyanRole },
  { folder: ".claude/agents", deep: true, read: readClaudeRole },
  { folder: ".github/agents", deep: false, read: readCopilotRole },
];

export interface RoleList {
  /** By name. */
  readonly roles: readonly Role[];
  /** One line each: the file, its line where there is one, what is wrong and what would be right. */
  readonly warnings: readonly string[];
}

export interface Roles {
  /** Reads the files anew: an edit is seen at once. Never rejects for what a file holds. */
  list(): Promise<RoleList>;
  /**
   * By its exact name; undefined where there is none. Refuses one whose file is broken: what it was to narrow is not known,
   * and a role of that name from elsewhere may be wider.
   */
  find(name: string): Promise<Result<Role | undefined>>;
  /** What AGENTS.md at the root says, at most 32 KB of it; null where there is none. */
  projectInstructions(): Promise<string | null>;
}

export interface RolesOptions {
  /** The root of the user's own checkout, absolute; never an agent's worktree. */
  readonly root: string;
  /** Asked each time. Without trust no file is read: there are the built-in roles, and no instructions. */
  readonly isTrusted: () => boolean;
  /** The names of all tools there are. */
  readonly knownTools: readonly string[];
  /** What a model's name in a foreign format stands for here: `sonnet` for `anthropic/…`. */
  readonly modelAliases?: ReadonlyMap<string, string> | undefined;
  /** Told what was not told the last time. */
  readonly log?: Logger | undefined;
}

export function createRoles({ root, isTrusted, knownTools, modelAliases = new Map(), log }: RolesOptions): Roles {
  const vocabulary: Vocabulary = { knownTools, modelAliases };
  const builtIn = builtInRoles(vocabulary);
  let told: readonly string[] = [];

  /** Where files may be read; undefined where none may. */
  async function openRoot(): Promise<{ path: string } | { warning: string } | undefined> {
    if (!isTrusted()) return undefined;
    try {
      const path = await realpath(root);
      return isAgents(path) ? { warning: `${root} is an agent's worktree: no roles are read there` } : { path };
    } catch (error) {
      return { warning: `${root} can't be read: ${messageOf(error)}` };
    }
  }

  async function list(): Promise<FoundRoles> {
    const opened = await openRoot();
    if (opened === undefined) return merge([], builtIn);
    if ("warning" in opened) return { roles: builtIn, warnings: [opened.warning], broken: new Map() };
    const read = await Promise.all(places.map((place) => readPlace(opened.path, place, vocabulary)));
    const merged = merge(read.flat(), builtIn);
    const instructions = warningOf(await readInstructions(opened.path));
    return instructions === undefined ? merged : { ...merged, warnings: [...merged.warnings, instructions] };
  }

  function tell(warnings: readonly string[]): void {
    for (const warning of warnings) if (!told.includes(warning)) log?.warn("a role's file", { warning });
    told = warnings;
  }

  async function listAndTell(): Promise<FoundRoles> {
    const found = await list();
    tell(found.warnings);
    return found;
  }

  return {
    list: listAndTell,
    async find(name) {
      const { roles, broken } = await listAndTell();
      const problem = broken.get(name);
      if (problem !== undefined) return refuse("bad_input", `The role "${name}" can't be used: ${problem}`);
      return ok(roles.find((role) => role.name === name));
    },
    async projectInstructions() {
      const opened = await openRoot();
      if (opened === undefined || "warning" in opened) return null;
      const read = await readInstructions(opened.path);
      return read.ok ? read.value.text : null;
    },
  };
}

const warningOf = (read: Result<Instructions>): string | undefined =>
  read.ok ? read.value.warning : `AGENTS.md: ${read.refusal.message}`;

interface ReadFile {
  readonly role: Role | undefined;
  readonly warnings: readonly string[];
  /** Name of the role that could not be read, as far as its file's name tells. */
  readonly broken?: string;
}

interface FoundRoles extends RoleList {
  /** Why, by the role's name. */
  readonly broken: ReadonlyMap<string, string>;
}

async function readPlace(realRoot: string, place: Place, vocabulary: Vocabulary): Promise<readonly ReadFile[]> {
  const { paths, warnings } = await listFiles(realRoot, place.folder, place.deep);
  const read = await Promise.all(paths.map((path) => readRole(realRoot, path, place, vocabulary)));
  return [...read, { role: undefined, warnings }];
}

async function readRole(realRoot: string, path: string, place: Place, vocabulary: Vocabulary): Promise<ReadFile> {
  const stem = path.slice(path.lastIndexOf("/") + 1).replace(/(\.agent)?\.md$/, "");
  const unusable = (warning: string): ReadFile => ({ role: undefined, warnings: [warning], broken: slug(stem) });
  const content = await readInside(realRoot, path, LARGEST_KB * 1024);
  if (!content.ok) return unusable(`${path}: ${content.refusal.message}`);
  if (content.value === undefined) return { role: undefined, warnings: [] };
  const { bytes, size } = content.value;
  if (size > LARGEST_KB * 1024) return unusable(`${path}: has ${Math.ceil(size / 1024)} KB: at most ${LARGEST_KB}`);
  const readable = readableText(bytes);
  if (!readable.ok) return unusable(`${path}: ${readable.refusal.message}`);
  const { text, unseenLine } = readable.value;
  const reading = place.read({ path, stem, text }, vocabulary);
  if (reading.kind === "none") return { role: undefined, warnings: [] };
  if (reading.kind === "broken") return unusable(warningAt(path, reading.problem));
  const warnings = reading.leftOut.map((problem) => warningAt(path, problem));
  if (unseenLine !== undefined) warnings.push(`${path}:${unseenLine}: characters that nobody sees were left out`);
  return { role: reading.role, warnings };
}

/** On one line, however long what the file said. */
const warningAt = (path: string, { line, message }: Problem): string => `${path}:${line}: ${shortened(message, 400)}`;

/** The first of a name stays; a role that ships gives way without a word. */
function merge(read: readonly ReadFile[], builtIn: readonly Role[]): FoundRoles {
  const byName = new Map<string, Role>();
  const warnings: string[] = [];
  const broken = new Map<string, string>();
  for (const file of read) {
    warnings.push(...file.warnings);
    if (file.broken !== undefined) broken.set(file.broken, file.warnings.join("; "));
    if (file.role === undefined) continue;
    const first = byName.get(file.role.name);
    if (first === undefined) byName.set(file.role.name, file.role);
    else warnings.push(`${file.role.source}: passed over: ${first.source} has the name "${first.name}" already`);
  }
  for (const role of builtIn) if (!byName.has(role.name)) byName.set(role.name, role);
  const roles = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { roles, warnings, broken };
}
