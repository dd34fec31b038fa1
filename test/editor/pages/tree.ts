import type { Locator, Page } from "playwright-core";
import { exactly, plainSpaces } from "./text.ts";

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** What a screen reader says, which is the tooltip where the item has no accessible label of its own. */
  readonly accessibleName: string;
  /** 1 for a root. */
  readonly level: number;
  /** Absent on an item without children. */
  readonly expanded?: boolean;
  readonly selected: boolean;
}

const untilTimeoutMs = 30_000;
const pollMs = 50;
const told = (rows: readonly TreeRow[]): string =>
  rows.map(({ label, description }) => `${label} (${description})`).join(", ") || "nothing";

/** A tree in a view of the side bar, by the view's name. */
export class Tree {
  readonly #page: Page;
  readonly #name: string;
  readonly #tree: Locator;

  constructor(page: Page, name: string) {
    this.#page = page;
    this.#name = name;
    this.#tree = page.locator(`.pane [role="tree"][aria-label="${name}"]`);
  }

  /** Unfolds the view's section. Its tree may still be empty: wait for a row, or for the message. */
  async show(): Promise<void> {
    // Attached, not visible: a container with a single view hides that view's header, and an empty tree has no height.
    await this.#header().waitFor({ state: "attached" });
    if ((await this.#header().getAttribute("aria-expanded")) === "false") await this.#header().click();
    await this.#tree.waitFor({ state: "attached" });
  }

  /** The rows on screen now, from top to bottom. Rows scrolled out of sight don't exist: make the window higher to see more. */
  async rows(): Promise<readonly TreeRow[]> {
    await this.show();
    const drawn = await this.#rows().evaluateAll((rows) =>
      rows.map((row) => ({
        index: Number(row.getAttribute("data-index")),
        label: row.querySelector(".label-name")?.textContent ?? "",
        description: row.querySelector(".label-description")?.textContent ?? "",
        accessibleName: row.getAttribute("aria-label") ?? "",
        level: Number(row.getAttribute("aria-level")),
        expanded: row.getAttribute("aria-expanded"),
        selected: row.getAttribute("aria-selected") === "true",
      })),
    );
    return drawn
      .sort((a, b) => a.index - b.index)
      .map(({ index: _, expanded, ...row }) => ({
        ...row,
        label: plainSpaces(row.label),
        description: plainSpaces(row.description),
        ...(expanded === null ? {} : { expanded: expanded === "true" }),
      }));
  }

  /** The rows as they are when they are first seen to be what is asked for. */
  async until(holds: (rows: readonly TreeRow[]) => boolean): Promise<readonly TreeRow[]> {
    const giveUp = Date.now() + untilTimeoutMs;
    let rows = await this.rows();
    while (!holds(rows)) {
      if (Date.now() > giveUp) throw new Error(`the tree never held what was asked for; it holds: ${told(rows)}`);
      await this.#page.waitForTimeout(pollMs);
      rows = await this.rows();
    }
    return rows;
  }

  /** The first row with this label, and this description where one is given. */
  row(label: string | RegExp, description?: string | RegExp): Locator {
    const byLabel = this.#rows().filter({ has: this.#part(".label-name", label) });
    if (description === undefined) return byLabel.first();
    return byLabel.filter({ has: this.#part(".label-description", description) }).first();
  }

  async click(label: string | RegExp): Promise<void> {
    await this.show();
    await this.row(label).locator(".label-name").click();
  }

  async expand(label: string | RegExp): Promise<void> {
    await this.#toggle(label, "false", "true");
  }

  async collapse(label: string | RegExp): Promise<void> {
    await this.#toggle(label, "true", "false");
  }

  /** Clicks one of the icons that appear on the row under the pointer. */
  async inlineAction(label: string | RegExp, action: string, description?: string | RegExp): Promise<void> {
    await this.show();
    const row = this.row(label, description);
    await row.hover();
    await row.locator(".actions").getByRole("button", { name: action, exact: true }).click();
  }

  async contextAction(label: string | RegExp, action: string, description?: string | RegExp): Promise<void> {
    await this.show();
    await this.row(label, description).click({ button: "right" });
    const item = this.#page.getByRole("menuitem", { name: action, exact: true });
    await item.hover();
    await this.#page.locator(".monaco-menu .action-item.focused").filter({ has: item }).waitFor();
    // A click would be lost: for a moment after it opens, a menu takes no button of the mouse.
    await this.#page.keyboard.press("Enter");
    await item.waitFor({ state: "hidden" });
  }

  /** What the view says instead of a tree, or above it: the welcome text, or the tree view's message. */
  async message(): Promise<string> {
    const texts = this.#messages();
    await texts.first().waitFor();
    return (await texts.allInnerTexts())
      .map((text) => plainSpaces(text).trim())
      .filter(Boolean)
      .join("\n");
  }

  /** Whether there is such a text now. */
  async hasMessage(): Promise<boolean> {
    return (await this.#messages().count()) > 0;
  }

  #messages(): Locator {
    const pane = this.#page.locator(".pane").filter({ has: this.#header() });
    return pane.locator(".welcome-view-content, .tree-explorer-viewlet-tree-view > .message:not(.hide)");
  }

  async #toggle(label: string | RegExp, from: string, to: string): Promise<void> {
    await this.show();
    const row = this.row(label);
    await row.waitFor();
    if ((await row.getAttribute("aria-expanded")) === from) await row.locator(".monaco-tl-twistie").click();
    await this.#rows()
      .and(this.#page.locator(`[aria-expanded="${to}"]`))
      .filter({ has: this.#part(".label-name", label) })
      .first()
      .waitFor();
    await row.locator(".codicon-tree-item-loading").waitFor({ state: "detached" });
  }

  #rows(): Locator {
    return this.#tree.locator(".monaco-list-rows .monaco-list-row");
  }

  #part(selector: string, text: string | RegExp): Locator {
    return this.#page.locator(selector).filter({ hasText: exactly(text) });
  }

  #header(): Locator {
    return this.#page.locator(`.pane-header[aria-label="${this.#name} Section"]`);
  }
}
