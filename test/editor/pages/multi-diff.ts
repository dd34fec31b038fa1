import type { Locator, Page } from "playwright-core";

export interface DiffEntry {
  readonly path: string;
  /** A letter: `A` for an added file, `M`, `D`, `R`. */
  readonly status: string;
}

/** The active editor, where it shows the differences of many files one below the other. */
export class MultiDiff {
  readonly #page: Page;
  readonly #group: Locator;
  readonly #entries: Locator;

  constructor(page: Page) {
    this.#page = page;
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

  /** Writes a comment on the first line of a modified side with this text, with the gutter's "+". */
  async commentOn(text: string, comment: string): Promise<void> {
    const line = this.#group
      .locator(".editor.modified .view-line")
      .filter({ hasText: plainPattern(text) })
      .first();
    // The "+" appears under a pointer that comes in when it is known where there may be comments.
    const editor = this.#group.locator(".editor.modified").filter({ hasText: plainPattern(text) });
    await editor.locator(".comment-range-glyph").first().waitFor();
    await this.#page.mouse.move(0, 0);
    await line.hover();
    const plus = this.#group.locator(".editor.modified .comment-range-glyph.line-hover").first();
    await plus.waitFor();
    await plus.click();
    const empty = this.#group.locator(".review-widget").filter({ hasText: "Start discussion" });
    await empty.locator(".comment-form .monaco-editor").click();
    await this.#page.keyboard.type(comment);
    await empty.getByText("Add Comment", { exact: true }).click();
  }

  /** The thread in which this was said. */
  thread(said: string): Locator {
    return this.#group.locator(".review-widget").filter({ hasText: said }).first();
  }

  /** Presses one of the buttons that stand beside a comment. */
  async act(comment: string, action: string): Promise<void> {
    const said = this.#said(comment);
    await said.hover();
    await said.getByRole("button", { name: action }).click();
  }

  async edit(comment: string, text: string): Promise<void> {
    await this.act(comment, "Edit Comment");
    const form = this.#group.locator(".review-comment .edit-container");
    await form.locator(".monaco-editor").click();
    await this.#page.keyboard.press("ControlOrMeta+a");
    await this.#page.keyboard.type(text);
    await this.#group.locator(".review-comment").getByText("Save", { exact: true }).click();
  }

  #said(comment: string): Locator {
    return this.#group.locator(".review-comment").filter({ hasText: comment }).first();
  }
}

/** The editor draws spaces as ones that don't break. */
const plainPattern = (text: string): RegExp =>
  new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ /g, "\\s"));
