import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import { ConsoleLog } from "./pages/console.ts";
import { Notifications } from "./pages/notifications.ts";
import { QuickInput } from "./pages/quick-input.ts";
import { exactly, plainSpaces, titled } from "./pages/text.ts";
import { Tree } from "./pages/tree.ts";
import { screenshotFolder } from "./paths.ts";
import type { EditorServer } from "./server/server.ts";

export type Theme = "light" | "dark" | "hc";

export interface OpenOptions {
  /** Folder of the extension under development: the one with its package.json. */
  readonly extensionDevelopmentPath: string;
  /** A script that exports `run()`; the session ends when it is done. See `runInHost` for tests written as facts. */
  readonly extensionTestsPath?: string;
  /** The user's settings, on top of the lane's own. They hold for every window of this server that is open. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly theme?: Theme;
  readonly width?: number;
  readonly height?: number;
}

export interface StatusItem {
  /** `<extension id>.<item id>` for an extension's item. */
  readonly id: string;
  readonly text: string;
  readonly accessibleName: string;
}

const themes = {
  light: { setting: "Light Modern", label: "Light Modern", className: "vs" },
  dark: { setting: "Dark Modern", label: "Dark Modern", className: "vs-dark" },
  hc: { setting: "Default High Contrast", label: "Dark High Contrast", className: "hc-black" },
} as const;

/** What would open by itself, ask something or reach out is off, so that a test sees what it caused. */
const quietSettings = {
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "files.simpleDialog.enable": true,
  "git.openRepositoryInParentFolders": "never",
  "window.autoDetectColorScheme": false,
  "window.autoDetectHighContrast": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
} as const;

/** One window of a real VS Code, by what a user sees in it. Every method waits for the thing it names. */
export class Workbench {
  readonly page: Page;
  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  readonly #context: BrowserContext;
  readonly #console: ConsoleLog;
  #testsEnded: Promise<void> | undefined;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    this.quickInput = new QuickInput(page);
    this.notifications = new Notifications(page);
    this.#console = new ConsoleLog(page);
  }

  /** Opens a folder, or none, in a new window and returns when its layout is restored and its theme applied. */
  static async open(
    browser: Browser,
    server: EditorServer,
    folder: string | undefined,
    options: OpenOptions,
  ): Promise<Workbench> {
    const theme = themes[options.theme ?? "dark"];
    await server.writeSettings({ ...quietSettings, "workbench.colorTheme": theme.setting, ...options.settings });
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
      permissions: ["clipboard-read", "clipboard-write"],
    });
    try {
      const workbench = new Workbench(context, await context.newPage());
      if (options.extensionTestsPath) await workbench.#listenForTestsEnd();
      await workbench.page.goto(address(server.port, folder, options));
      await workbench.#restored(options.settings?.["workbench.colorTheme"] === undefined ? theme.className : undefined);
      return workbench;
    } catch (error) {
      await context.close();
      throw error;
    }
  }

  runCommand(title: string): Promise<void> {
    return this.quickInput.runCommand(title);
  }

  /** Opens a container of the activity bar, for example "Explorer", and leaves it open when it is. */
  async openView(container: string): Promise<void> {
    // A container with a single view is titled "Container: View".
    const words = this.page.locator("h2").filter({ hasText: titled(container) });
    const title = this.page.locator(".sidebar .composite.title").filter({ has: words });
    const icon = this.page.locator(`.activitybar .action-item:has(.action-label[aria-label^="${container}"])`);
    await icon.waitFor();
    if (!(await title.isVisible())) await icon.click();
    await title.waitFor();
  }

  /** The tree in the view of this name, for example "Agents". Its container has to be open. */
  tree(view: string): Tree {
    return new Tree(this.page, view);
  }

  async statusBar(): Promise<readonly StatusItem[]> {
    const items = this.page.locator(".statusbar-item");
    await items.first().waitFor();
    const drawn = await items.evaluateAll((elements) =>
      elements.map((element) => ({
        id: element.id,
        text: element.textContent ?? "",
        accessibleName: element.getAttribute("aria-label") ?? "",
      })),
    );
    return drawn.map((item) => ({ ...item, text: plainSpaces(item.text).trim() }));
  }

  /** The status-bar item with this text, to wait for or to click. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator(".statusbar-item").filter({ hasText: text }).first();
  }

  /** Names on the open editors' tabs. */
  async tabs(): Promise<readonly string[]> {
    const names = await this.page.locator(".tabs-container .tab .monaco-icon-label-container").allTextContents();
    return names.map(plainSpaces);
  }

  tab(name: string | RegExp): Locator {
    const label = this.page.locator(".monaco-icon-label-container").filter({ hasText: exactly(name) });
    return this.page.locator(".tabs-container .tab").filter({ has: label }).first();
  }

  /** The lines on screen in the active editor; of a diff, those of the modified side. Make the window higher for more. */
  async editorText(): Promise<string> {
    const lines = this.page
      .locator(".editor-group-container.active .monaco-editor:not(.original-in-monaco-diff-editor) .view-lines")
      .last()
      .locator(".view-line");
    await lines.first().waitFor();
    const drawn = await lines.evaluateAll((elements) =>
      elements.map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? "" })),
    );
    return drawn
      .sort((a, b) => a.top - b.top)
      .map((line) => plainSpaces(line.text))
      .join("\n");
  }

  /** The document inside a webview; `nth` counts them in the order they were opened. */
  webview(nth = 0): FrameLocator {
    return this.page.locator("iframe.webview.ready").nth(nth).contentFrame().locator("#active-frame").contentFrame();
  }

  /** What the modal dialog says. */
  async dialogText(): Promise<string> {
    await this.#dialog().waitFor();
    const texts = await this.#dialog().locator(".dialog-message-container").allInnerTexts();
    return texts.join("\n").trim();
  }

  async answerDialog(button: string): Promise<void> {
    await this.#dialog().locator(".dialog-buttons").getByRole("button", { name: button, exact: true }).click();
    await this.#dialog().waitFor({ state: "hidden" });
  }

  /** Trusts the folder of a window that is in Restricted Mode. */
  async trustFolder(): Promise<void> {
    await this.statusItem("Restricted Mode").click();
    await this.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await this.statusItem("Restricted Mode").waitFor({ state: "detached" });
  }

  /** Changes the color theme; also that of the server's other windows. */
  async switchTheme(theme: Theme): Promise<void> {
    const { label, className } = themes[theme];
    await this.runCommand("Preferences: Color Theme");
    await this.quickInput.filter(label, "Select Color Theme");
    await this.quickInput.pick(label);
    await this.quickInput.closed();
    await this.#themed(className);
  }

  /** Drags the side bar's edge until it is `width` pixels wide, the activity bar not counted. */
  async sideBarWidth(width: number): Promise<void> {
    const box = await this.page.locator(".part.sidebar").boundingBox();
    if (!box) throw new Error("the side bar is not open");
    const edge = box.x + box.width;
    const height = box.y + box.height / 2;
    await this.page.mouse.move(edge, height);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + width, height, { steps: 4 });
    await this.page.mouse.up();
    await this.page.mouse.move(box.x + width / 2, box.y + box.height - 20);
  }

  /** Takes a picture into `test-results/editor/<name>.png`, or into another folder, and returns its path. */
  async screenshot(name: string, folder = screenshotFolder): Promise<string> {
    const path = join(folder, `${name.replace(/[^\w.-]+/g, "-")}.png`);
    await this.page.screenshot({ path, animations: "disabled", caret: "hide" });
    return path;
  }

  /** What the window and its extension host reported as errors, without what VS Code says of itself in this set-up. */
  consoleErrors(): readonly string[] {
    return this.#console.errors();
  }

  /** Resolves when the script at `extensionTestsPath` is done, whether or not its tests passed. */
  async testsDone(): Promise<void> {
    if (!this.#testsEnded) throw new Error("this window was opened without extensionTestsPath");
    const closed = this.page.waitForEvent("close", { timeout: 0 }).then(() => {
      throw new Error("the window was closed before its tests were done");
    });
    await Promise.race([this.#testsEnded, closed]);
  }

  /** Loads the window anew, with another extension host; returns when its layout is restored. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#restored(undefined);
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  /** The workbench calls this function of its page, where there is one, after it has stopped the extension host. */
  async #listenForTestsEnd(): Promise<void> {
    let ended = () => {};
    this.#testsEnded = new Promise((resolve) => {
      ended = resolve;
    });
    await this.page.exposeFunction("codeAutomationExit", () => ended());
  }

  #dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  async #restored(themeClass: string | undefined): Promise<void> {
    const ready = await this.page.waitForFunction("globalThis.driver?.whenWorkbenchRestored().then(() => true)");
    await ready.dispose();
    await this.#themed(themeClass);
  }

  async #themed(themeClass: string | undefined): Promise<void> {
    await this.page
      .locator(`.monaco-workbench${themeClass ? `.${themeClass}[class*="vscode-theme-"]` : ""}`)
      .first()
      .waitFor();
  }
}

function address(port: number, folder: string | undefined, options: OpenOptions): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${pathToFileURL(path).pathname}`;
  const payload: [string, string][] = [["extensionDevelopmentPath", remote(options.extensionDevelopmentPath)]];
  if (options.extensionTestsPath) payload.push(["extensionTestsPath", remote(options.extensionTestsPath)]);
  const query = new URLSearchParams({
    ...(folder === undefined ? { ew: "true" } : { folder: decodeURIComponent(pathToFileURL(folder).pathname) }),
    payload: JSON.stringify(payload),
  });
  return `http://127.0.0.1:${port}/?${query}`;
}
