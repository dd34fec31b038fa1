import { useCallback, useEffect, useState } from "react";
import { useHost } from "./hooks.ts";
import { type Draft, emptyDraft, readSaved, type Saved, withDraft } from "./saved.ts";

const NEW = "new";

/** What is kept over a reload: each change of it is written at once. */
export function useSaved() {
  const { memory } = useHost();
  const [saved, setSaved] = useState<Saved>(() => readSaved(memory.read()));
  useEffect(() => {
    memory.write(saved);
  }, [memory, saved]);

  const patch = useCallback((changes: Partial<Saved>) => setSaved((current) => ({ ...current, ...changes })), []);
  const patchFilters = useCallback(
    (changes: Partial<Saved["filters"]>) =>
      setSaved((current) => ({ ...current, filters: { ...current.filters, ...changes } })),
    [],
  );
  /** Of a conversation, or of the one that is to be begun. */
  const patchDraft = useCallback(
    (thread: string | null, changes: Partial<Draft>) =>
      setSaved((current) => {
        const key = thread ?? NEW;
        const draft = { ...emptyDraft, ...current.drafts[key], ...changes };
        return { ...current, drafts: withDraft(current.drafts, key, draft) };
      }),
    [],
  );
  const draft = saved.drafts[saved.thread?.id ?? NEW] ?? emptyDraft;
  return { saved, draft, patch, patchFilters, patchDraft };
}
