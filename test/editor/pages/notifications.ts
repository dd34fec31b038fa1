import type { Locator, Page } from "playwright-core";
import { plainSpaces } from "./text.ts";

export interface Notification {
  readonly severity: "info" | "warning" | "error";
  readonly message: string;
  /** Titles of its buttons. */
  readonly actions: readonly string[];
}

/**
 * Notifications, read in the notification center: under its test driver VS Code shows no toasts. The center is left
 * as it was found.
 */
export class Notifications {
  readonly #page: Page;
  readonly #center: Locator;
  readonly #items: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#center = page.locator(".notifications-center.visible");
    this.#items = this.#center.locator(".notification-list-item");
  }

  /** Those that are there now, newest first. */
  all(): Promise<readonly Notification[]> {
    return this.#inCenter(async () => {
      const items = await this.#items.all();
      return Promise.all(items.map((item) => this.#read(item)));
    });
  }

  /** Waits for a notification whose message contains `text`. */
  waitFor(text: string | RegExp): Promise<Notification> {
    return this.#inCenter(() => this.#read(this.#item(text)));
  }

  /** Waits for a notification whose message contains `text` and presses one of its buttons. */
  async press(text: string | RegExp, action: string): Promise<void> {
    await this.#inCenter(() => this.#item(text).getByRole("button", { name: action, exact: true }).click());
  }

  /** Does something while the notification center is open, for a picture of it. */
  whileOpen(use: () => Promise<unknown>): Promise<unknown> {
    return this.#inCenter(use);
  }

  async clear(): Promise<void> {
    await this.#inCenter(async () => {
      const clear = this.#center.getByRole("button", { name: "Clear All Notifications" });
      if (await this.#items.first().isVisible()) await clear.click();
    });
  }

  #item(text: string | RegExp): Locator {
    const message = this.#page.locator(".notification-list-item-message").filter({ hasText: text });
    return this.#items.filter({ has: message }).first();
  }

  async #read(item: Locator): Promise<Notification> {
    const icon = (await item.locator(".notification-list-item-icon").getAttribute("class")) ?? "";
    return {
      severity: icon.includes("codicon-error") ? "error" : icon.includes("codicon-warning") ? "warning" : "info",
      message: plainSpaces((await item.locator(".notification-list-item-message").textContent()) ?? ""),
      actions: await item.locator(".notification-list-item-buttons-container .monaco-button").allInnerTexts(),
    };
  }

  async #inCenter<T>(use: () => Promise<T>): Promise<T> {
    const wasOpen = await this.#center.isVisible();
    if (!wasOpen) await this.#page.locator('[id="status.notifications"] a').click();
    await this.#center.waitFor();
    try {
      return await use();
    } finally {
      if (!wasOpen && (await this.#center.isVisible())) await this.#hide();
    }
  }

  async #hide(): Promise<void> {
    await this.#center.getByRole("button", { name: /^Hide Notifications/ }).click();
    await this.#center.waitFor({ state: "hidden" });
  }
}
