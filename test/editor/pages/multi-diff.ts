import type { Locator, Page } from "playwright-core";

export interface DiffEntry {
  readonly path: string;
  /** A letter: `A` for an added file, `M`, `D`, `R`. */
  readonly status: string;
}

/** The active editor, where it shows the differences of many files one below the other. */
export class MultiDiff {
  readonly #group: Locator;
  readonly #entries: Locator;

  constructor(page: Page) {
    this.#group = page.locator(".editor-group-container.active");
    this.#entries = this.#group.locator(".multiDiffEntry:visible");
  }

  /** Returns when the first file's text is there. */
  async loaded(): Promise<void> {
    await this.#group.locator(".multiDiffEntry .editor.modified .view-line").first().waitFor();
  }

  /** Folds every file, so that more of them are on screen. */
  async foldAll(): Promise<void> {
    await this.#group.getByRole("button", { name: "Collapse All Diffs" }).click();
  }

  /** The files on screen, from top to bottom; those further down don't exist. */
  async entries(): Promise<readonly DiffEntry[]> {
    const drawn = await this.#entries.evaluateAll((entries) =>
      entries.map((entry) => ({
        top: entry.getBoundingClientRect().top,
        path: entry.querySelector(".title.modified .monaco-icon-label")?.getAttribute("aria-label") ?? "",
        status: entry.querySelector(".status")?.textContent ?? "",
      })),
    );
    return drawn.sort((a, b) => a.top - b.top).map(({ path, status }) => ({ path: path.replace(/^\//, ""), status }));
  }
}
