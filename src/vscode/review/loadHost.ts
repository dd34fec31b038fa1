import { createRequire } from "node:module";
import { join } from "node:path";
import type { connectReviewView } from "./host.ts";

type Connect = typeof connectReviewView;

/** Loads what serves a review, with its schemas, when the first one is opened: activation never pays for it. */
export function loadReviewHost(dist: string): Connect {
  const bundle = join(dist, "review.cjs");
  const loaded: unknown = createRequire(bundle)(bundle);
  if (isHostBundle(loaded)) return loaded.connectReviewView;
  throw new Error(`${bundle} exports no connectReviewView: install the extension again.`);
}

const isHostBundle = (loaded: unknown): loaded is { readonly connectReviewView: Connect } =>
  typeof loaded === "object" &&
  loaded !== null &&
  "connectReviewView" in loaded &&
  typeof loaded.connectReviewView === "function";
