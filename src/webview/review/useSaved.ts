import { useCallback, useEffect, useState } from "react";
import { useHost } from "./hooks.ts";
import { readSaved, type Saved } from "./saved.ts";

export interface Kept {
  readonly saved: Saved;
  patch(changes: Partial<Saved>): void;
  /** Begins a comment, unless it has been. */
  beginDraft(key: string): void;
  /** Writes a draft, or takes it away. */
  patchDraft(key: string, draft: Saved["drafts"][string] | null): void;
  fold(path: string, isFolded: boolean): void;
}

/** What is kept over a reload: each change of it is written at once. */
export function useSaved(agentId: string): Kept {
  const { memory } = useHost();
  const [saved, setSaved] = useState<Saved>(() => readSaved(memory.read(), agentId));
  useEffect(() => {
    memory.write(saved);
  }, [memory, saved]);

  const patch = useCallback((changes: Partial<Saved>) => setSaved((current) => ({ ...current, ...changes })), []);
  const patchDraft = useCallback((key: string, draft: Saved["drafts"][string] | null) => {
    setSaved((current) => {
      const { [key]: _, ...others } = current.drafts;
      return { ...current, drafts: draft === null ? others : { ...others, [key]: draft } };
    });
  }, []);
  const beginDraft = useCallback((key: string) => {
    const begun = { id: crypto.randomUUID(), text: "" };
    setSaved((current) =>
      key in current.drafts ? current : { ...current, drafts: { ...current.drafts, [key]: begun } },
    );
  }, []);
  const fold = useCallback((path: string, isFolded: boolean) => {
    setSaved((current) => {
      const others = current.folded.filter((each) => each !== path);
      return { ...current, folded: isFolded ? [...others, path] : others };
    });
  }, []);
  return { saved, patch, beginDraft, patchDraft, fold };
}
