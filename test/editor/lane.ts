import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, inject } from "vitest";
import { makeFolder } from "./folders.ts";
import { bundleFacts } from "./host/bundle.ts";
import type { FactResult } from "./host/facts.ts";
import { type EditorServer, startServer } from "./server/server.ts";
import { launchBrowser } from "./setup/browser.ts";
import { type OpenOptions, Workbench } from "./workbench.ts";

export interface LaneOptions {
  /** "off" (unless said): every folder is trusted. "on": a folder opens in Restricted Mode until it is trusted. */
  readonly workspaceTrust?: "off" | "on";
  /** How long windows and folders last: "test" (unless said), or "file", for tests that are the steps of one story. */
  readonly keep?: "test" | "file";
  /** Added to the environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface HostRunOptions extends Omit<OpenOptions, "extensionTestsPath"> {
  readonly folder: string;
}

export interface EditorLane {
  /** The version of VS Code this lane runs. */
  readonly vscodeVersion: string;
  /** Makes a folder with these files (path to content); it is deleted at the end, when its windows are closed. */
  temporaryFolder(files: Readonly<Record<string, string>>): Promise<string>;
  /** Opens a folder, or none, in a window of its own, which is closed at the end. */
  open(folder: string | undefined, options: OpenOptions): Promise<Workbench>;
  /** Closes a window before the end; returns when its extension host, which has 5 s for it, is gone. */
  close(window: Workbench): Promise<void>;
  /**
   * Runs a module's exported `facts` inside the extension host and returns their results. Throws with every failing
   * fact's name and stack. Dialogs are not shown in such a session: VS Code answers them with "cancel".
   */
  runInHost(module: URL, options: HostRunOptions): Promise<readonly FactResult[]>;
  /** What VS Code's server and the extension hosts printed. */
  serverLog(): string;
}

/** Long enough for a host's deactivation, which VS Code gives 5 s. */
const hostEndTimeoutMs = 20_000;

/** Call once at the top of a test file: its tests share one server and one browser. */
export function editorLane(options: LaneOptions = {}): EditorLane {
  const { node, editor, browser: command } = inject("editorLane");
  let server: EditorServer | undefined;
  let browser: Browser | undefined;
  const windows = new Set<Workbench>();
  const folders = new Set<string>();

  beforeAll(async () => {
    const { serverMain } = editor;
    server = await startServer({
      node,
      serverMain,
      workspaceTrust: options.workspaceTrust ?? "off",
      env: options.env ?? {},
    });
    browser = await launchBrowser(command);
  });

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await takePictures(`failed-${task.name}`);
    if (options.keep !== "file") await clear();
  });

  afterAll(async () => {
    await clear();
    await browser?.close();
    await server?.stop();
  });

  function running() {
    if (!server || !browser) throw new Error("the editor lane starts before the first test: use it inside tests");
    return { server, browser };
  }

  async function temporaryFolder(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await makeFolder(running().server.folder, files);
    folders.add(folder);
    return folder;
  }

  async function open(folder: string | undefined, openOptions: OpenOptions): Promise<Workbench> {
    const window = await Workbench.open(running().browser, running().server, folder, openOptions);
    windows.add(window);
    return window;
  }

  async function close(window: Workbench): Promise<void> {
    windows.delete(window);
    await window.close();
    await server?.extensionHostsDownTo(windows.size, hostEndTimeoutMs);
  }

  async function takePictures(name: string): Promise<void> {
    for (const [index, window] of [...windows].entries())
      await window.screenshot(`${name}-${index + 1}`).catch(() => {});
  }

  async function clear(): Promise<void> {
    for (const window of [...windows]) await close(window);
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    folders.clear();
  }

  async function runInHost(module: URL, { folder, ...openOptions }: HostRunOptions): Promise<readonly FactResult[]> {
    const bundle = await bundleFacts(fileURLToPath(module), running().server.folder);
    const window = await open(folder, { ...openOptions, extensionTestsPath: bundle.testsPath });
    await window.testsDone();
    await close(window);
    return assertAllHold(await bundle.results());
  }

  return {
    vscodeVersion: editor.version,
    temporaryFolder,
    open,
    close,
    runInHost,
    serverLog: () => server?.log() ?? "",
  };
}

function assertAllHold(results: readonly FactResult[]): readonly FactResult[] {
  const failed = results.flatMap(({ name, failure }) => (failure === undefined ? [] : [`${name}\n${failure}`]));
  if (failed.length > 0)
    throw new Error(`in the extension host ${failed.length} facts fail:\n\n${failed.join("\n\n")}`);
  return results;
}
