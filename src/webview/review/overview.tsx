import { useLayoutEffect, useRef, useState } from "react";
import type { ReviewFile } from "../../protocol/records.ts";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { isEnded } from "../../protocol/words.ts";
import { useWatched } from "../shared/hooks.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { agentState, counted } from "../shared/words.ts";
import { Written } from "../shared/written.tsx";
import { useActs } from "./acts.ts";
import { stateOf } from "./decisions.ts";

export interface OverviewProps {
  readonly shown: ShownReview;
  readonly isNarrow: boolean;
}

/** Whose work it is, where it goes, and what it comes to. */
export function Overview({ shown: { review }, isNarrow }: OverviewProps) {
  const { host, patch, mark } = useActs();
  const { agent, worktree, files } = review;
  const isDecided = files.some(({ decision, marks }) => decision !== null || Object.keys(marks).length > 0);
  return (
    <header className="overview">
      <div className="row title">
        <h1>
          <button type="button" className="agent" title="Show the agent" onClick={() => void host.openAgent(agent.id)}>
            <bdi>{visible(agent.name)}</bdi>
          </button>
        </h1>
        <span className={`chip status is-${agent.status}`}>{agentState(agent)}</span>
        <span className="branches" title={`${worktree.branch} → ${worktree.targetBranch}`}>
          <Icon name="git-branch" /> <bdi>{visible(worktree.branch)}</bdi> → <bdi>{visible(worktree.targetBranch)}</bdi>
        </span>
      </div>
      <Summary shown={review} />
      {files.length > 0 && (
        <div className="row figures">
          <Figures files={files} />
          <span className="tools">
            {isNarrow && (
              <button type="button" className="secondary" onClick={() => patch({ pane: "files" })}>
                <Icon name="list-unordered" /> Files
              </button>
            )}
            <button type="button" className="secondary" onClick={() => mark({ decision: "accepted" })}>
              <Icon name="check-all" /> Accept All
            </button>
            {isDecided && (
              <button type="button" className="secondary" onClick={() => mark({ decision: null })}>
                <Icon name="clear-all" /> Clear Decisions
              </button>
            )}
            <button type="button" className="secondary" onClick={() => void host.openDiff()}>
              <Icon name="diff-multiple" /> Open in Diff Editor
            </button>
          </span>
        </div>
      )}
    </header>
  );
}

function Figures({ files }: { readonly files: readonly ReviewFile[] }) {
  const sum = (of: (file: ReviewFile) => number | null) => files.reduce((total, file) => total + (of(file) ?? 0), 0);
  const { hunksOf, loaded } = useActs().files;
  useWatched(loaded);
  const count = (state: ReviewFile["decision"]) =>
    files.filter((file) => stateOf(file, hunksOf(file.path)) === state).length;
  const [accepted, rejected] = [count("accepted"), count("rejected")];
  return (
    <span className="sum">
      {counted(files.length, "file")} <span className="plus">+{sum(({ added }) => added).toLocaleString("en-US")}</span>{" "}
      <span className="minus">−{sum(({ deleted }) => deleted).toLocaleString("en-US")}</span>
      {accepted > 0 && ` · ${accepted.toLocaleString("en-US")} accepted`}
      {rejected > 0 && ` · ${rejected.toLocaleString("en-US")} rejected`}
    </span>
  );
}

/** What the agent says of its work, or what it was asked to do where it has said nothing yet. */
function Summary({ shown: { agent } }: { readonly shown: ShownReview["review"] }) {
  const { openLink } = useActs();
  const [isWhole, setWhole] = useState(false);
  const [isLong, setLong] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const said = agent.result?.summary ?? "";
  const text = said === "" ? agent.task : said;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is measured again when the text is another one
  useLayoutEffect(() => {
    const element = frame.current;
    if (element !== null && !isWhole) setLong(element.scrollHeight > element.clientHeight + 2);
  }, [text, isWhole]);
  return (
    <section className="summary" aria-label={said === "" ? "Task" : "Summary"}>
      {said === "" && (
        <p className="quiet">{isEnded(agent.status) ? "It ended without a report. Its task:" : "At work on:"}</p>
      )}
      {agent.result?.status === "failed" && (
        <p className="tone-bad">
          <Icon name="error" /> It reports that it failed.
        </p>
      )}
      <div ref={frame} className={`frame${isWhole ? "" : " is-clamped"}${isLong ? " is-long" : ""}`}>
        <Written text={text} onLink={openLink} />
      </div>
      {(isLong || isWhole) && (
        <button type="button" className="link" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Show less" : "Show all"}
        </button>
      )}
    </section>
  );
}
