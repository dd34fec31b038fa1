import { basename, dirname } from "node:path";
import { errors, type Locator, type Page } from "playwright-core";
import { expect } from "vitest";
import { exactly } from "./text.ts";

/** Milliseconds for a window to learn which commands its extensions contribute. */
const commandTimeoutMs = 20_000;

/** The box at the top of the window: the command palette, quick picks and input boxes. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;
  readonly #input: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator(".quick-input-widget:visible");
    this.#input = this.#widget.locator(".quick-input-filter input.input");
  }

  /** Runs a command by its title in the palette, for example "Banyan: Spawn Agent". Returns when the palette is gone. */
  async runCommand(title: string): Promise<void> {
    await this.#page.keyboard.press("F1");
    await this.#input.waitFor();
    const row = this.row(title);
    // The palette looks up commands only when it is typed in, and a new window learns its extensions' commands late.
    const giveUp = Date.now() + commandTimeoutMs;
    do {
      await this.#input.fill(">");
      await this.#input.fill(`>${title}`);
      if (!(await appears(row, 1_000))) continue;
      await row.click();
      return this.#movedOn(`>${title}`);
    } while (Date.now() < giveUp);
    const offered = (await this.labels()).join(", ");
    throw new Error(
      `the palette has no command "${title}"; is it contributed, and enabled here? It offers: ${offered}`,
    );
  }

  /** The entry with this label, once it shows. */
  row(label: string | RegExp): Locator {
    const name = this.#page.locator(".label-name").filter({ hasText: exactly(label) });
    return this.#widget.locator(".quick-input-list .monaco-list-row").filter({ has: name }).first();
  }

  /** Labels of the entries on screen, best match first; one that says so when nothing matches. */
  async labels(): Promise<readonly string[]> {
    await this.#widget.locator(".quick-input-list .monaco-list-row").first().waitFor();
    return this.#widget.locator(".quick-input-list .label-name").allTextContents();
  }

  /** What the box says about itself: title, prompt or validation message, and placeholder, in one line. */
  async prompt(): Promise<string> {
    await this.#input.waitFor();
    return this.#describe();
  }

  /** Types `text` into an input box and accepts it; with `prompt`, waits for the box that says so. */
  async answer(text: string, prompt?: string | RegExp): Promise<void> {
    await this.#asked(prompt);
    await this.#input.fill(text);
    await this.#input.press("Enter");
    await this.#movedOn(text);
  }

  /** Types `text` to narrow a list down, where the entry to `pick` may be out of sight. */
  async filter(text: string, prompt?: string | RegExp): Promise<void> {
    await this.#asked(prompt);
    await this.#input.fill(text);
  }

  /**
   * Chooses the entry with this label; with `prompt`, waits for the list that says so, which is needed where one list
   * follows another. In a list of several choices it ticks the entry: `accept` ends that.
   */
  async pick(label: string | RegExp, prompt?: string | RegExp): Promise<void> {
    await this.#asked(prompt);
    await this.row(label).click();
  }

  /** Chooses a file, by its absolute path, in the list of files with this title that stands in for a native dialog. */
  async file(path: string, title: string): Promise<void> {
    await this.#asked(title);
    // The list begins with a folder of its own, which it would write into what was typed before.
    await expect.poll(() => this.#input.inputValue(), { timeout: commandTimeoutMs }).toMatch(/\/$/);
    await this.filter(`${dirname(path)}/`, title);
    await this.row(basename(path)).click();
  }

  async accept(): Promise<void> {
    await this.#input.press("Enter");
  }

  /** Presses Escape. What asked may ask on, with another box: `closed` waits until none is left. */
  async cancel(): Promise<void> {
    await this.#input.press("Escape");
  }

  async closed(): Promise<void> {
    await this.#widget.waitFor({ state: "hidden" });
  }

  async #asked(prompt: string | RegExp | undefined): Promise<void> {
    await this.#input.waitFor();
    if (prompt === undefined) return;
    const byText = this.#widget.filter({ hasText: prompt });
    const byPlaceholder = this.#widget.filter({ has: this.#page.getByPlaceholder(prompt) });
    await byText.or(byPlaceholder).waitFor();
  }

  /** An answer was taken when the box closes, asks something else, or says what is wrong with it. */
  async #movedOn(text: string): Promise<void> {
    const asked = await this.#page.waitForFunction(takenOrRefused, text);
    await asked.dispose();
  }

  async #describe(): Promise<string> {
    const texts = await this.#widget
      .locator(".quick-input-title, .quick-input-message, .quick-input-description")
      .allInnerTexts();
    const placeholder = (await this.#input.getAttribute("placeholder")) ?? "";
    return [...texts, placeholder]
      .map((text) => text.trim())
      .filter(Boolean)
      .join(" ");
  }
}

async function appears(locator: Locator, timeout: number): Promise<boolean> {
  try {
    await locator.waitFor({ timeout });
    return true;
  } catch (error) {
    if (error instanceof errors.TimeoutError) return false;
    throw error;
  }
}

/** Runs in the page; a string there because these tests are compiled without the browser's types. */
const takenOrRefused = `(text) => {
  const widget = document.querySelector(".quick-input-widget");
  if (!widget || widget.offsetParent === null) return true;
  const refused = widget.querySelector(".quick-input-filter .monaco-inputbox.error, .quick-input-filter .monaco-inputbox.warning");
  return refused !== null || widget.querySelector(".quick-input-filter input.input").value !== text;
}`;
