import type { FrameLocator, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { z } from "zod";
import type { Workbench } from "../workbench.ts";
import { seenMessages } from "./inPage.ts";

/** The messages view of a window, by what is seen in it. */
export class Messages {
  readonly #page: Page;
  readonly frame: FrameLocator;
  readonly threads: Locator;
  readonly conversation: Locator;
  readonly text: Locator;
  readonly recipient: Locator;

  constructor(window: Workbench) {
    this.#page = window.page;
    this.frame = window.webview();
    this.threads = this.frame.getByRole("listbox", { name: "Conversations" }).getByRole("option");
    this.conversation = this.frame.getByRole("feed");
    this.text = this.frame.getByRole("textbox", { name: "Message", exact: true });
    this.recipient = this.frame.getByRole("combobox", { name: "To", exact: true });
  }

  thread(subject: string | RegExp): Locator {
    return this.threads.filter({ hasText: subject }).first();
  }

  /** Messages in the conversation that are drawn now, in order. */
  get messages(): Locator {
    return this.conversation.getByRole("article");
  }

  message(text: string | RegExp): Locator {
    return this.messages.filter({ hasText: text }).last();
  }

  async choose(subject: string | RegExp): Promise<void> {
    await this.thread(subject).click();
    await this.messages.first().waitFor();
  }

  /** Begins a conversation. */
  async begin(): Promise<void> {
    await this.button("New Message").click();
    await this.frame.getByRole("heading", { name: "New message" }).waitFor();
    await this.frame.locator("textarea:focus").waitFor();
  }

  async to(agent: string): Promise<void> {
    await this.recipient.fill(agent);
    await this.recipient.press("Enter");
    await expect.poll(() => this.recipient.getAttribute("aria-expanded")).toBe("false");
    expect(await this.recipient.inputValue()).toBe(agent);
  }

  async send(text: string): Promise<void> {
    await this.text.fill(text);
    await this.text.press("Control+Enter");
    await expect.poll(() => this.text.inputValue()).toBe("");
  }

  button(name: string): Locator {
    return this.frame.getByRole("button", { name, exact: true });
  }

  search(): Locator {
    return this.frame.getByRole("searchbox", { name: "Search messages" });
  }

  choice(label: string): Locator {
    return this.frame.getByRole("combobox", { name: label, exact: true });
  }

  /** Numbers of the first message that is seen whole or in part, and of the last one. */
  async seen(): Promise<z.infer<typeof seenSchema>> {
    return seenSchema.parse(await this.conversation.evaluate(seenMessages));
  }

  /** The same, once nothing moved for a moment, which is when the view remembers its place. */
  async settled(): Promise<z.infer<typeof seenSchema>> {
    let before = await this.seen();
    for (;;) {
      await this.#page.waitForTimeout(400);
      const now = await this.seen();
      if (now.first === before.first && now.top === before.top) return now;
      before = now;
    }
  }

  async scrollBy(pixels: number): Promise<void> {
    const box = await this.conversation.boundingBox();
    if (box === null) throw new Error("no conversation is open");
    await this.#page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await this.#page.mouse.wheel(0, pixels);
  }
}

const seenSchema = z.object({ first: z.int(), last: z.int(), top: z.number(), drawn: z.int() });
