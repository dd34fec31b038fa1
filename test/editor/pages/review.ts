import type { FrameLocator, Locator, Page } from "playwright-core";
import { z } from "zod";
import type { Workbench } from "../workbench.ts";
import { scrollThrough } from "./inPage.ts";

/** The review of an agent's work that is open in a window, by what is seen in it. */
export class Review {
  readonly #page: Page;
  readonly frame: FrameLocator;
  readonly changes: Locator;
  readonly files: Locator;

  constructor(window: Workbench) {
    this.#page = window.page;
    this.frame = window.webview();
    this.changes = this.frame.getByRole("main", { name: "Changes" });
    this.files = this.frame.getByRole("listbox", { name: "Files" }).getByRole("option");
  }

  /** Waits for the review of the agent with this name. */
  async of(agent: string): Promise<void> {
    await this.frame.getByRole("heading", { level: 1, name: agent, exact: true }).waitFor();
  }

  file(path: string): Locator {
    return this.changes.locator(`[data-file="${path}"]`);
  }

  /** The hunk of a file in which a line stands. */
  hunk(path: string, text: string): Locator {
    return this.file(path).locator(".hunk").filter({ hasText: text });
  }

  line(path: string, text: string): Locator {
    return this.file(path).locator(".line").filter({ hasText: text }).first();
  }

  banner(name: string): Locator {
    return this.frame.getByRole("region", { name, exact: true });
  }

  comment(text: string): Locator {
    return this.changes.getByRole("article", { name: "Comment" }).filter({ hasText: text });
  }

  button(name: string): Locator {
    return this.frame.getByRole("button", { name, exact: true });
  }

  async writeComment(path: string, line: string, text: string): Promise<void> {
    await this.line(path, line).hover();
    await this.line(path, line).locator(".add-comment").click();
    await this.frame.locator("textarea:focus").fill(text);
    await this.#page.keyboard.press("Control+Enter");
    await this.comment(text).waitFor();
    await this.frame.locator(".is-edited").waitFor({ state: "detached" });
  }

  async scrollThrough(pixels: number): Promise<z.infer<typeof scrolledThroughSchema>> {
    return scrolledThroughSchema.parse(await this.changes.evaluate(scrollThrough(pixels)));
  }
}

const scrolledThroughSchema = z.object({
  frames: z.int(),
  median: z.int(),
  slow: z.int(),
  longest: z.int(),
  /** Lines that were drawn at the same time, at the most. */
  most: z.int(),
  /** Files of which lines were drawn. */
  files: z.int(),
});
