import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A real git repository in a temporary folder, and a git as its user would start it. */
export interface TestRepository {
  /** Real path of the checkout. */
  readonly root: string;
  /** What git inherits: a home folder of its own, so that nothing of this machine's configuration counts. */
  readonly environment: Record<string, string>;
  /** Runs git in the checkout as the user; rejects unless it exits with 0. Answers what it wrote, trimmed. */
  git(...args: string[]): Promise<string>;
  /** The same in another folder. */
  gitIn(folder: string, ...args: string[]): Promise<string>;
  /** Writes a file of the checkout. */
  write(path: string, content: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Whether something is there, if only a dangling link. */
  has(path: string): Promise<boolean>;
  /** Writes files and commits everything; answers the commit. */
  commit(message: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** A script outside of the checkout that leaves a trace when it runs. */
  trap(): Promise<Trap>;
  /** A shell script outside of the checkout; answers its absolute path. */
  script(body: string): Promise<string>;
  /** The same repository from another checkout of it, or another one with the same user. */
  at(checkout: string): TestRepository;
  /** What a person would call unchanged: HEAD, branches but agents', index, stash, configuration, files. */
  fingerprint(): Promise<string>;
}

export interface Trap {
  /** Absolute path of the script; it copies its input to its output. */
  readonly script: string;
  sprung(): Promise<boolean>;
}

export interface RepositoryOptions {
  /** The first commit's files; null for a repository without a commit. */
  readonly files?: Readonly<Record<string, string>> | null;
  /** False: git knows no name for the user. */
  readonly identity?: boolean;
}

/** Makes a repository on branch `main`; it goes with the test. */
export async function createRepository(options: RepositoryOptions = {}): Promise<TestRepository> {
  const base = await realpath(await mkdtemp(join(tmpdir(), "banyan-git-")));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  const home = join(base, "home");
  const root = join(base, "project");
  await mkdir(home);
  await mkdir(root);
  const environment = { PATH: process.env.PATH ?? "", HOME: home, XDG_CONFIG_HOME: join(home, ".config") };
  const repository = repositoryAt(root, base, environment);
  await repository.git("init", "--quiet", "--initial-branch=main");
  const { files = { "README.md": "# Project\n" } } = options;
  if (files !== null) await firstCommit(repository, files);
  if (options.identity !== false) {
    await repository.git("config", "--global", "user.name", "Una User");
    await repository.git("config", "--global", "user.email", "una@example.org");
  }
  return repository;
}

async function firstCommit(repository: TestRepository, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) await repository.write(path, content);
  await repository.git("add", "--all");
  await repository.git(
    "-c",
    "user.name=First",
    "-c",
    "user.email=first@example.org",
    "commit",
    "--quiet",
    "-m",
    "First",
  );
}

function repositoryAt(root: string, base: string, environment: Record<string, string>): TestRepository {
  const gitIn = (folder: string, ...args: string[]) => runGit(folder, environment, args);
  const git = (...args: string[]) => gitIn(root, ...args);
  const write = async (path: string, content: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  let traps = 0;
  return {
    root,
    environment,
    git,
    gitIn,
    write,
    read: (path) => readFile(join(root, path), "utf8"),
    has: (path) => isThere(join(root, path)),
    async commit(message, files = {}) {
      for (const [path, content] of Object.entries(files)) await write(path, content);
      await git("add", "--all");
      await git("commit", "--quiet", "--allow-empty", "-m", message);
      return git("rev-parse", "HEAD");
    },
    trap: () => setTrap(join(base, `trap-${++traps}`)),
    script: (body) => writeScript(join(base, `script-${++traps}`), body),
    at: (checkout) => repositoryAt(checkout, base, environment),
    async fingerprint() {
      const refs = await git(
        "for-each-ref",
        "--format=%(refname) %(objectname)",
        "refs/heads",
        "refs/stash",
        "refs/tags",
      );
      const own = refs.split("\n").filter((line) => !line.startsWith("refs/heads/banyan/"));
      const head = await readFile(join(root, ".git", "HEAD"), "utf8");
      const config = await readFile(join(root, ".git", "config"), "utf8");
      const index = await git("ls-files", "--stage", "-z");
      const status = await git("status", "--porcelain", "-z", "--untracked-files=all");
      return JSON.stringify({ own, head, config, index, status });
    },
  };
}

async function writeScript(script: string, body: string): Promise<string> {
  await writeFile(script, `#!/bin/sh\n${body}\n`);
  await chmod(script, 0o755);
  return script;
}

async function setTrap(script: string): Promise<Trap> {
  await writeScript(script, `touch '${script}.sprung'\nexec cat`);
  return { script, sprung: () => isThere(`${script}.sprung`) };
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

function runGit(folder: string, environment: Record<string, string>, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...environment, LC_ALL: "C", GIT_EDITOR: ":" };
    execFile("git", [...args], { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim());
      else reject(new Error(`git ${args.join(" ")}: ${stderr || stdout || error.message}`));
    });
  });
}
