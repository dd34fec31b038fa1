import type { ConsoleMessage, Page } from "playwright-core";

/** What VS Code reports of itself when it runs from packages: native modules that aren't built, services that aren't there. */
const ownNoise = [
  /Could not locate the bindings file[\s\S]*spdlog/,
  /Cannot find module '\.\/build\/Release\/watchdog'/,
  /serviceWorker\.js|A bad HTTP response code \(404\) was received when fetching the script/,
  /Failed to load resource: net::ERR_NAME_NOT_RESOLVED/,
  /queryRawGalleryExtensions|queryGalleryExtensions/,
  /Timed out waiting for authentication provider 'github' to register/,
  // Trusting a folder registers the built-in extensions that were held back a second time.
  /Extension `vscode\.[\w-]+` is already registered/,
  // Its extension host rejects with nothing at all when a webview opens, without any extension too.
  /An unknown error occurred\. Please consult the log for more details\.$/,
  // A page that is left loses the end of its own log.
  /Unable to write file 'vscode-log:[\s\S]*IndexedDB database '[\w-]+' is closed/,
  // As long as any extension takes comments, it opens a document for each model that appears, the settings' too, beside
  // telling the extension host of it.
  /document 'file:[^']*\/User\/settings\.json already exists!'/,
  /Error: unknown document$/,
  // A page that is left can't wait, as a desktop window does.
  /Long running operations during shutdown are unsupported in the web/,
];
const ownMissingFiles = /\/vsda\/|\/update\/check$/;

/** Errors on a page's console; the workbench forwards those of its extension host under development. */
export class ConsoleLog {
  readonly #errors: string[] = [];

  constructor(page: Page) {
    page.on("console", (message) => {
      if (message.type() === "error" && !isNoise(message)) this.#errors.push(plain(message.text()));
    });
    page.on("pageerror", (error) => this.#errors.push(error.stack ?? error.message));
  }

  errors(): readonly string[] {
    return [...this.#errors];
  }
}

function isNoise(message: ConsoleMessage): boolean {
  return ownMissingFiles.test(message.location().url) || ownNoise.some((pattern) => pattern.test(message.text()));
}

/** The workbench colours its messages: `%c  ERR color: #f33 text`. */
function plain(text: string): string {
  return text
    .replaceAll("%c", "")
    .replace(/^\s*ERR\s+color: #\w+\s*/, "")
    .trim();
}
