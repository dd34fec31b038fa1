import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { type Lead, readLead } from "../../src/engine/leader/holder.ts";
import { agentTreeRowSchema } from "../../src/protocol/records.ts";
import { type CliOutcome, type CliRun, runCli, startCli } from "../support/cli.ts";
import type { EditorLane } from "./lane.ts";
import { repositoryRoot } from "./paths.ts";
import type { OpenOptions } from "./workbench.ts";

/** How a window is opened with Banyan in it. */
export const withBanyan = { extensionDevelopmentPath: repositoryRoot } as const satisfies OpenOptions;

/** Three folders: the demo hires an agent for each. */
export const sampleFiles = {
  "README.md": "# Sundial\n\nTells the time by the sun.\n",
  "docs/guide.md": "# Guide\n\nPut the sundial where the sun is.\n",
  "src/dial.ts": "export const hourAt = (degrees: number): number => Math.round(degrees / 15) + 12;\n",
  "src/shadow.ts":
    "export function shadowOf(height: number, altitude: number): number {\n  return height / Math.tan(altitude);\n}\n",
  "test/dial.test.ts": 'import { hourAt } from "../src/dial.ts";\n\nif (hourAt(0) !== 12) throw new Error("noon");\n',
} as const;

/** A folder that a window is opened on, with a git that knows nothing of this machine's configuration. */
export interface Project {
  readonly folder: string;
  /** Runs git in the folder; answers what it wrote, trimmed. */
  git(...args: string[]): Promise<string>;
  /** Makes it a repository on branch `main`, without a commit. */
  init(): Promise<void>;
  commitAll(message: string): Promise<void>;
  /** Whether something is there. */
  has(path: string): Promise<boolean>;
  /** Who leads the repository. */
  lead(): Promise<Lead>;
  /** Runs a command of the terminal in the folder. */
  banyan(...args: string[]): Promise<CliOutcome>;
  startBanyan(...args: string[]): CliRun;
  /** What `banyan tree --json` says. */
  tree(): Promise<readonly z.infer<typeof agentTreeRowSchema>[]>;
}

const run = promisify(execFile);

/** A folder with these files; not a repository yet. */
export async function makeProject(
  lane: EditorLane,
  files: Readonly<Record<string, string>> = sampleFiles,
): Promise<Project> {
  const folder = await lane.temporaryFolder(files);
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: "1", LC_ALL: "C" };
  const git = async (...args: string[]) => (await run("git", args, { cwd: folder, env })).stdout.trim();
  const banyan = (...args: string[]) => runCli(args, { cwd: folder });
  return {
    folder,
    git,
    async init() {
      await git("init", "--quiet", "--initial-branch=main");
      await git("config", "user.name", "Una User");
      await git("config", "user.email", "una@example.org");
    },
    async commitAll(message) {
      await git("add", "--all");
      await git("commit", "--quiet", "-m", message);
    },
    lead: () => readLead(join(folder, ".git", "banyan")),
    has: (path) =>
      access(join(folder, path)).then(
        () => true,
        () => false,
      ),
    banyan,
    startBanyan: (...args) => startCli(args, { cwd: folder }),
    async tree() {
      const { code, stdout, stderr } = await banyan("tree", "--json");
      if (code !== 0) throw new Error(`banyan tree --json ended with ${code}: ${stderr}`);
      return z.array(agentTreeRowSchema).parse(JSON.parse(stdout));
    },
  };
}

/** A repository with these files in its first commit. */
export async function makeRepository(
  lane: EditorLane,
  files: Readonly<Record<string, string>> = sampleFiles,
): Promise<Project> {
  const project = await makeProject(lane, files);
  await project.init();
  await project.commitAll("First");
  return project;
}
