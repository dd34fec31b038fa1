import { useEffect, useRef, useState } from "react";
import type { MergeReport } from "../../protocol/records.ts";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { useWatched } from "../shared/hooks.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { counted } from "../shared/words.ts";
import { useActs } from "./acts.ts";
import { planText, selectionOf } from "./decisions.ts";
import { Refused } from "./refusal.tsx";
import type { Saved } from "./saved.ts";
import { useAsking } from "./useAsking.ts";

export interface MergePanelProps {
  readonly shown: ShownReview;
  readonly chosen: Pick<Saved, "manner" | "acceptedOnly" | "into">;
  readonly version: string;
  readonly onMerged: (said: string) => void;
}

/** Says in one line what a merge would do, and does it. */
export function MergePanel({ shown, chosen, version, onMerged }: MergePanelProps) {
  const { host, patch, refresh } = useActs();
  const { isBusy, problem, ask, forget } = useAsking();
  const button = useRef<HTMLButtonElement>(null);
  const branches = useBranches();
  const { review, mergeObstacle } = shown;
  const { targetBranch } = review.worktree;
  const { manner, acceptedOnly } = chosen;
  const target = chosen.into ?? targetBranch;
  const selection = useSelection(shown, acceptedOnly, version);
  const isNothing = acceptedOnly && selection.whole + selection.parts === 0;
  useEffect(() => button.current?.focus(), []);

  const merge = async () => {
    const into = target === targetBranch ? {} : { into: target };
    const merged = await ask(() => host.merge({ ...into, manner, acceptedOnly }));
    if (merged === undefined) return;
    patch({ panel: null });
    onMerged(mergedText(merged.value, target));
    await refresh();
  };
  const change = (changes: Partial<Saved>) => {
    forget();
    patch(changes);
  };

  return (
    <section
      className="panel"
      aria-label="Merge"
      onKeyDown={({ key }) => (key === "Escape" && !isBusy ? patch({ panel: null }) : undefined)}
    >
      <div className="row options-row">
        <label>
          Into{" "}
          <select value={target} disabled={isBusy} onChange={({ target: { value } }) => change({ into: value })}>
            {[...new Set([targetBranch, target, ...branches])].map((branch) => (
              <option key={branch} value={branch}>
                {visible(branch)}
              </option>
            ))}
          </select>
        </label>
        <label>
          As{" "}
          <select
            value={manner}
            disabled={isBusy}
            onChange={({ target: { value } }) => change({ manner: value === "squash" ? "squash" : "merge" })}
          >
            <option value="merge">a merge commit</option>
            <option value="squash">one squashed commit</option>
          </select>
        </label>
        <label>
          What{" "}
          <select
            value={acceptedOnly ? "accepted" : "all"}
            disabled={isBusy}
            onChange={({ target: { value } }) => change({ acceptedOnly: value === "accepted" })}
          >
            <option value="all">all of it</option>
            <option value="accepted">accepted only</option>
          </select>
        </label>
      </div>
      <p className="plan" role="status">
        {planText({ manner, acceptedOnly, target: visible(target) }, selection)}
      </p>
      <Refused problem={problem ?? mergeObstacle} />
      <div className="row">
        <button
          ref={button}
          type="button"
          disabled={isBusy || isNothing || mergeObstacle !== null}
          onClick={() => void merge()}
        >
          <Icon name={isBusy ? "loading~spin" : "git-merge"} />{" "}
          {isBusy ? "Merging…" : `${manner === "squash" ? "Squash" : "Merge"} into ${visible(target)}`}
        </button>
        <button type="button" className="secondary" disabled={isBusy} onClick={() => patch({ panel: null })}>
          Cancel
        </button>
      </div>
    </section>
  );
}

const mergedText = ({ files, mergeCommit }: MergeReport, target: string): string =>
  `Merged ${counted(files.length, "file")} into ${visible(target)} as ${mergeCommit.slice(0, 10)}.`;

function useBranches(): readonly string[] {
  const { host } = useActs();
  const [branches, setBranches] = useState<readonly string[]>([]);
  useEffect(() => {
    let isCurrent = true;
    host.branches().then(
      (answer) => (isCurrent && answer.ok ? setBranches(answer.value) : undefined),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [host]);
  return branches;
}

/** What is accepted; the hunks of files that are accepted in part are loaded for it. */
function useSelection({ review }: ShownReview, acceptedOnly: boolean, version: string) {
  const { files } = useActs();
  useWatched(files.loaded);
  const parts = review.files.filter(({ marks }) => Object.keys(marks).length > 0).map(({ path }) => path);
  const wanted = acceptedOnly ? parts.join("\n") : "";
  useEffect(() => {
    for (const path of wanted.split("\n")) if (path !== "") files.want(path, version);
  }, [files, wanted, version]);
  return selectionOf(review.files, files.hunksOf);
}
