import { createRequire } from "node:module";
import { join } from "node:path";
import type { connectMessagesView } from "./host.ts";

type Connect = typeof connectMessagesView;

/** Loads what serves the view, with its schemas, when the view is first opened: activation never pays for it. */
export function loadMessagesHost(dist: string): Connect {
  const bundle = join(dist, "messages.cjs");
  const loaded: unknown = createRequire(bundle)(bundle);
  if (isHostBundle(loaded)) return loaded.connectMessagesView;
  throw new Error(`${bundle} exports no connectMessagesView: install the extension again.`);
}

const isHostBundle = (loaded: unknown): loaded is { readonly connectMessagesView: Connect } =>
  typeof loaded === "object" &&
  loaded !== null &&
  "connectMessagesView" in loaded &&
  typeof loaded.connectMessagesView === "function";
