import { createContext, useContext } from "react";
import type { Mark } from "./decisions.ts";
import type { Files } from "./files.ts";
import type { Host } from "./host.ts";
import type { Kept } from "./useSaved.ts";

/** What the parts of a review do. The same object as long as the review is shown. */
export interface Acts extends Pick<Kept, "patch" | "beginDraft" | "patchDraft" | "fold"> {
  readonly host: Host;
  readonly files: Files;
  mark(mark: Mark): void;
  /** Asks for the review again. */
  refresh(): Promise<void>;
  openLink(url: string): void;
}

export const ActsContext = createContext<Acts | null>(null);

export function useActs(): Acts {
  const acts = useContext(ActsContext);
  if (acts === null) throw new Error("there is no review around this");
  return acts;
}
