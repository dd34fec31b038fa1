import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** A repository that is the same each time, and a git as its user would start it. */
export interface GeneratedRepository {
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The commits of `main`, oldest first. */
  readonly commits: readonly string[];
  /** Rejects unless git exits with 0. Answers what it wrote, trimmed. */
  git(...args: string[]): Promise<string>;
}

export interface Size {
  readonly files: number;
  /** After the first one. */
  readonly commits: number;
  /** Files that each of these changes. */
  readonly touched: number;
}

const FILES_IN_FOLDER = 40;

const pathOf = (file: number): string => {
  const folder = Math.floor(file / FILES_IN_FOLDER);
  return `area-${folder % 25}/part-${Math.floor(folder / 25)}/file-${file}.ts`;
};

/** 0.4 to 4 kB of lines that no two files share. */
function textOf(file: number, version: number): string {
  const lines: string[] = [];
  let state = (file * 2_654_435_761 + version * 40_503) >>> 0;
  for (let line = 0; line < 8 + ((file * 7_919) % 60); line++) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    lines.push(`export const value${line} = parse("${state.toString(36)}", ${line}, options.${(state >>> 9) % 97});`);
  }
  return `${lines.join("\n")}\n`;
}

function* commands({ files, commits, touched }: Size): Generator<string> {
  const commit = (number: number) =>
    `commit refs/heads/main\nmark :${number + 1}\ncommitter Bench <bench@localhost> ${1_700_000_000 + number * 3_600} +0000\ndata 9\nCommit ${String(number).padStart(2, "0")}\n`;
  const file = (number: number, version: number) => {
    const text = textOf(number, version);
    return `M 100644 inline ${pathOf(number)}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  };
  yield commit(0);
  for (let number = 0; number < files; number++) yield file(number, 0);
  for (let number = 1; number <= commits; number++) {
    yield commit(number);
    for (let nth = 0; nth < touched; nth++) yield file((number * 7_907 + nth * 1_013) % files, number);
  }
}

export async function generate(folder: string, size: Size): Promise<GeneratedRepository> {
  const root = join(folder, "project");
  const home = join(folder, "home");
  for (const each of [root, home]) await mkdir(each, { recursive: true });
  const environment = { PATH: process.env.PATH ?? "", HOME: home, LC_ALL: "C" };
  const git = async (...args: string[]) => {
    const options = { cwd: root, env: environment, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)("git", args, options)).stdout.trim();
  };
  await git("init", "--quiet", "--initial-branch=main");
  await git("config", "user.name", "Bench");
  await git("config", "user.email", "bench@localhost");
  const importer = spawn("git", ["fast-import", "--quiet"], { cwd: root, env: environment, stdio: ["pipe", 1, 2] });
  const ended = once(importer, "exit");
  if (importer.stdin === null) throw new Error("git fast-import takes no input");
  for (const text of commands(size)) if (!importer.stdin.write(text)) await once(importer.stdin, "drain");
  importer.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import exited with ${code}`);
  await git("reset", "--hard", "--quiet");
  return { root, environment, git, commits: (await git("rev-list", "--reverse", "main")).split("\n") };
}
