import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LaneSetupError } from "../setup/errors.ts";

export interface ServerOptions {
  readonly node: string;
  readonly serverMain: string;
  /** "off": every folder is trusted. "on": a folder opens in Restricted Mode until it is trusted. */
  readonly workspaceTrust: "off" | "on";
  /** Added to the environment that the extension host sees. */
  readonly env: Readonly<Record<string, string>>;
}

export interface EditorServer {
  readonly port: number;
  /** Temporary; deleted with all that is in it when the server ends, even when it ends because the tests were killed. */
  readonly folder: string;
  /** What the server and its extension hosts printed so far. */
  log(): string;
  /** Writes the user's settings; every window of this server has the same. */
  writeSettings(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Resolves when at most `count` extension hosts are alive. Rejects after `timeoutMs`. */
  extensionHostsDownTo(count: number, timeoutMs: number): Promise<void>;
  stop(): Promise<void>;
}

const startTimeoutMs = 60_000;
const guardian = join(import.meta.dirname, "guardian.ts");

/** Starts VS Code's server on a free port, with data of its own, and returns when it answers. */
export async function startServer(options: ServerOptions): Promise<EditorServer> {
  const folder = await mkdtemp(join(tmpdir(), "banyan-editor-"));
  const child = spawn(options.node, [guardian, folder, options.node, ...flags(options, folder)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: serverEnvironment(options.env, folder),
    // Out of reach of a signal to the tests' whole process group: the guardian has to outlive them by a moment.
    detached: process.platform !== "win32",
  });
  const output = new Output(child);
  try {
    const [, port] = await output.matching(/listening on (\d+)/, startTimeoutMs);
    await answers(Number(port));
    return {
      port: Number(port),
      folder,
      log: () => output.text,
      writeSettings: (settings) => writeSettings(folder, settings),
      extensionHostsDownTo: (count, timeoutMs) => output.extensionHostsDownTo(count, timeoutMs),
      stop: () => stopServer(child),
    };
  } catch (error) {
    await stopServer(child);
    const said = output.text.slice(-2_000);
    throw new LaneSetupError(`VS Code's server did not start; its output: ${said}`, { cause: error });
  }
}

function flags(options: ServerOptions, data: string): readonly string[] {
  return [
    options.serverMain,
    ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token", "--accept-server-license-terms"],
    ...["--server-data-dir", data, "--telemetry-level", "off"],
    // The built workbench takes an extension under development only together with this driver.
    "--enable-smoke-test-driver",
    // A closed window is gone for good: its extension host ends at once instead of waiting hours for it to come back.
    ...["--reconnection-grace-time", "0"],
    ...(options.workspaceTrust === "off" ? ["--disable-workspace-trust"] : []),
  ];
}

/** The tests' own environment without what would make an extension host believe that it is a test, or inside another VS Code. */
function serverEnvironment(added: Readonly<Record<string, string>>, data: string): NodeJS.ProcessEnv {
  const foreign = /^(VITEST|VSCODE_|ELECTRON_|TEST$|NODE_ENV$|NODE_OPTIONS$|DEV$|PROD$|MODE$)/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  // Sockets go where they are deleted with everything else.
  return { ...Object.fromEntries(inherited), XDG_RUNTIME_DIR: data, ...added };
}

async function answers(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/version`, { signal: AbortSignal.timeout(startTimeoutMs) });
  if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
}

async function writeSettings(data: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const folder = join(data, "data", "User");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "settings.json"), JSON.stringify(settings, undefined, 2));
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.stdin?.end();
  await exited;
}

/** What a process prints, as something to wait on. */
class Output {
  text = "";
  #ended = false;
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk: string) => {
        this.text += chunk;
        this.#changed();
      });
    }
    child.on("close", () => {
      this.#ended = true;
      this.#changed();
    });
    child.on("error", () => {
      this.#ended = true;
      this.#changed();
    });
  }

  matching(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    return this.#until(() => pattern.exec(this.text) ?? undefined, `no output matched ${pattern}`, timeoutMs);
  }

  async extensionHostsDownTo(count: number, timeoutMs: number): Promise<void> {
    const down = () => (this.#extensionHosts().size <= count ? true : undefined);
    await this.#until(down, "an extension host outlived its window", timeoutMs);
  }

  #extensionHosts(): ReadonlySet<string> {
    const alive = new Set<string>();
    for (const [, pid = "", what] of this.text.matchAll(
      /<(\d+)> (Launched Extension Host|Extension Host Process exited)/g,
    )) {
      if (what === "Launched Extension Host") alive.add(pid);
      else alive.delete(pid);
    }
    return alive;
  }

  #until<T>(read: () => T | undefined, otherwise: string, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
        settle();
      };
      const look = () => {
        const value = read();
        if (value !== undefined) finish(() => resolve(value));
        else if (this.#ended) finish(() => reject(new Error(`${otherwise}: the server has ended`)));
      };
      const deadline = setTimeout(
        () => finish(() => reject(new Error(`${otherwise} within ${timeoutMs} ms`))),
        timeoutMs,
      );
      this.#waiting.add(look);
      look();
    });
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}
