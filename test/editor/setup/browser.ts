import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { LaneSetupError, messageOf } from "./errors.ts";
import { installPackagedBrowser } from "./packaged-browser.ts";

/** How to start a browser; plain data, so that it can be handed from the set-up to the test workers. */
export interface BrowserCommand {
  readonly executablePath: string;
  /** Added to the environment of the browser's process. */
  readonly env: Readonly<Record<string, string>>;
}

const flags = [
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // The workbench asks an extension gallery and others now and then: a test talks to its own server and to nobody else.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export function launchBrowser(command: BrowserCommand): Promise<Browser> {
  return chromium.launch({
    executablePath: command.executablePath,
    args: flags,
    env: { ...process.env, ...command.env },
    timeout: 30_000,
  });
}

/**
 * The first browser that really starts: BANYAN_BROWSER, an installed Chrome or Chromium, the packaged one. One that is
 * installed but can't run here (a launcher of a package that isn't set up, missing libraries) falls through to the next.
 */
export async function findBrowser(say: (line: string) => void): Promise<BrowserCommand> {
  const failures: string[] = [];
  for await (const command of candidates(say, failures)) {
    const failure = await whyItFails(command);
    if (failure === undefined) return command;
    failures.push(`${command.executablePath}: ${failure}`);
    say(`${command.executablePath} does not start (${failure}); trying the next`);
  }
  const tried = failures.length > 0 ? failures.join("; ") : "none is installed";
  throw new LaneSetupError(
    `no browser starts; install Chrome or Chromium, or set BANYAN_BROWSER to the executable of one (tried: ${tried})`,
  );
}

async function* candidates(say: (line: string) => void, failures: string[]): AsyncGenerator<BrowserCommand> {
  for (const executablePath of await installedBrowsers()) yield { executablePath, env: {} };
  try {
    yield* await installPackagedBrowser(say);
  } catch (error) {
    failures.push(messageOf(error));
  }
}

async function whyItFails(command: BrowserCommand): Promise<string | undefined> {
  try {
    const browser = await launchBrowser(command);
    try {
      const page = await browser.newPage();
      await page.setContent("<p>ready</p>");
      await page.getByText("ready").waitFor();
      return undefined;
    } finally {
      await browser.close();
    }
  } catch (error) {
    return firstTelling(messageOf(error));
  }
}

/** Of a long launch report, the line in which the browser itself says what is wrong; else the first. */
function firstTelling(report: string): string {
  const lines = report.split("\n").map((line) => line.trim());
  return (
    lines.find((line) => /error while loading|cannot execute|not found|\[err\]|FATAL/i.test(line)) ?? lines[0] ?? ""
  );
}

async function installedBrowsers(): Promise<readonly string[]> {
  const paths: string[] = [];
  if (process.env.BANYAN_BROWSER) paths.push(process.env.BANYAN_BROWSER);
  for (const name of usualPlaces()) paths.push(...(isAbsolute(name) ? [name] : onPath(name)));
  const there = await Promise.all(paths.map(isExecutable));
  return [...new Set(paths.filter((path, index) => there[index] || path === process.env.BANYAN_BROWSER))];
}

function usualPlaces(): readonly string[] {
  switch (process.platform) {
    case "darwin":
      return [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
      ];
    case "win32":
      return [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA].flatMap((root) =>
        root
          ? [join(root, "Google/Chrome/Application/chrome.exe"), join(root, "Microsoft/Edge/Application/msedge.exe")]
          : [],
      );
    default:
      return ["google-chrome-stable", "google-chrome", "chromium", "chromium-browser", "microsoft-edge"];
  }
}

function onPath(name: string): readonly string[] {
  return (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
