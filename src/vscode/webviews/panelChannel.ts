import type { WebviewPanel } from "vscode";
import { DisposableStore } from "../../base/disposable.ts";
import { Emitter } from "../../base/event.ts";
import type { Logger } from "../../base/log.ts";
import type { Channel } from "../../protocol/channel.ts";

/**
 * A panel's webview as a channel. It ends with the panel, or with the first thing that is no message at all. The log calls
 * it by `name`.
 */
export function panelChannel(
  panel: Pick<WebviewPanel, "webview" | "onDidDispose">,
  name: string,
  log: Logger,
): Channel {
  const disposables = new DisposableStore();
  const onError = (error: unknown) => log.error(`the ${name} view's channel failed`, error);
  const messages = new Emitter<unknown>(onError);
  const closing = new Emitter<void>(onError);
  let isOpen = true;

  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    closing.fire();
    disposables.dispose();
  };
  disposables.add(panel.webview.onDidReceiveMessage((message) => messages.fire(message)));
  disposables.add(panel.onDidDispose(end));

  return {
    post(message) {
      // A view that is hidden takes nothing; it asks for everything when it is shown again.
      if (isOpen) panel.webview.postMessage(message).then(undefined, onError);
    },
    onMessage: messages.event,
    onClose: closing.event,
    close() {
      if (isOpen) log.warn(`the ${name} view sent what is no message, and is not heard any more`);
      end();
    },
  };
}
