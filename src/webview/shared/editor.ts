import { Emitter } from "../../base/event.ts";
import type { Call } from "../../protocol/call.ts";
import { type Calls, type Channel, connectCalls, type Functions } from "../../protocol/channel.ts";

/** What the editor gives a page, once. */
interface EditorPage {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorPage;

/** What the page keeps over a reload, unchecked. */
export interface PageMemory {
  read(): unknown;
  write(state: unknown): void;
}

export interface ExtensionEnd {
  readonly calls: Calls;
  readonly memory: PageMemory;
}

const report = (error: unknown): void => console.warn("Banyan:", error);

/** Connects the page with the extension, which may call `functions`. To be called once. */
export function connectExtension(functions: Functions): ExtensionEnd {
  const page = acquireVsCodeApi();
  const messages = new Emitter<unknown>(report);
  const closing = new Emitter<void>(report);
  window.addEventListener("message", ({ data }) => messages.fire(data));
  const channel: Channel = {
    post: (message) => page.postMessage(message),
    onMessage: messages.event,
    onClose: closing.event,
    // What is no message is another's: the page goes on.
    close() {},
  };
  return {
    calls: connectCalls(channel, functions, report),
    memory: { read: () => page.getState(), write: (state) => page.setState(state) },
  };
}

export const asking =
  <Args extends readonly unknown[], Answer>(calls: Calls, { name, answer }: Call<Args, Answer>) =>
  async (...args: Args): Promise<Answer> =>
    answer.parse(await calls.call(name, ...args));
