import type { ReactNode } from "react";
import type { Result } from "../../base/errors.ts";
import type { Collision, Review } from "../../protocol/records.ts";
import type { ShownReview } from "../../protocol/reviewView.ts";
import { Icon } from "../shared/icon.tsx";
import { clockTime } from "../shared/time.ts";
import { visible } from "../shared/visible.ts";
import { counted } from "../shared/words.ts";
import { useActs } from "./acts.ts";
import { pathsText } from "./fileWords.ts";
import { Refused } from "./refusal.tsx";
import { useAsking } from "./useAsking.ts";

export interface BannersProps {
  readonly shown: ShownReview;
  /** Conflicts that the user doesn't want to resolve now. */
  readonly putOff: string | null;
}

/** What stands in the way of a merge, and what was merged last. */
export function Banners({ shown, putOff }: BannersProps) {
  const { review } = shown;
  const { conflicts, resolution, undoable } = review;
  const hasConflicts = resolution === null && conflicts.length > 0;
  const others = othersOf(shown, hasConflicts);
  return (
    <>
      {resolution !== null && <ResolutionBanner resolution={resolution} />}
      {hasConflicts && <ConflictBanner review={review} isPutOff={putOff === conflictsKey(review)} />}
      {others.length > 0 && <CollisionBanner others={others} />}
      {undoable !== null && <UndoBanner merge={undoable} />}
    </>
  );
}

const conflictsKey = ({ headCommit, conflicts }: Review): string => JSON.stringify([headCommit, conflicts]);

interface BannerProps {
  readonly icon: string;
  readonly tone: "bad" | "wait" | "quiet";
  readonly label: string;
  readonly children: ReactNode;
}

const Banner = ({ icon, tone, label, children }: BannerProps) => (
  <section className={`banner tone-${tone}`} aria-label={label}>
    <Icon name={icon} />
    <div className="said-there">{children}</div>
  </section>
);

function useChanging() {
  const { refresh } = useActs();
  const asking = useAsking();
  /** Asks, and shows what became of it. */
  const change = async (task: () => Promise<Result<unknown>>) => {
    if ((await asking.ask(task)) !== undefined) await refresh();
  };
  return { ...asking, change };
}

function ConflictBanner({ review, isPutOff }: { readonly review: Review; readonly isPutOff: boolean }) {
  const { host, patch } = useActs();
  const { isBusy, problem, change } = useChanging();
  const { conflicts, worktree } = review;
  const target = visible(worktree.targetBranch);
  if (isPutOff) {
    return (
      <Banner icon="warning" tone="wait" label="Conflicts">
        Conflicts with {target} in {counted(conflicts.length, "file")}.{" "}
        <button type="button" className="link" onClick={() => patch({ putOff: null })}>
          Resolve…
        </button>
      </Banner>
    );
  }
  return (
    <Banner icon="warning" tone="bad" label="Conflicts">
      <p>
        A merge into <bdi>{target}</bdi> would conflict in {counted(conflicts.length, "file")}:{" "}
        <span title={visible(conflicts.join("\n"))}>{visible(pathsText(conflicts))}</span>.
      </p>
      <Refused problem={problem} />
      <div className="row choices">
        <button type="button" disabled={isBusy} onClick={() => void change(() => host.resolve("agent"))}>
          <Icon name="hubot" /> Let the Agent Resolve
        </button>
        <button
          type="button"
          className="secondary"
          disabled={isBusy}
          onClick={() => void change(() => host.resolve("user"))}
        >
          <Icon name="git-merge" /> Resolve in Merge Editor
        </button>
        <button type="button" className="secondary" onClick={() => patch({ putOff: conflictsKey(review) })}>
          Not Now
        </button>
      </div>
    </Banner>
  );
}

function ResolutionBanner({ resolution }: { readonly resolution: NonNullable<Review["resolution"]> }) {
  const { host } = useActs();
  const { isBusy, problem, change } = useChanging();
  const { files, targetBranch } = resolution;
  return (
    <Banner icon="git-merge" tone="wait" label="Resolution">
      <p>
        Conflicts with <bdi>{visible(targetBranch)}</bdi> are being resolved in the agent's worktree:{" "}
        {files.length === 0 ? "every file is resolved." : `open in ${visible(pathsText(files))}.`}
      </p>
      <Refused problem={problem} />
      <div className="row choices">
        <button type="button" disabled={isBusy} onClick={() => void change(() => host.finishResolution())}>
          <Icon name="check" /> Finish
        </button>
        <button
          type="button"
          className="secondary"
          disabled={isBusy}
          onClick={() => void change(() => host.resolve("user"))}
        >
          <Icon name="git-merge" /> Open Merge Editor
        </button>
        <button
          type="button"
          className="secondary"
          disabled={isBusy}
          onClick={() => void change(() => host.abandonResolution())}
        >
          Abandon
        </button>
      </div>
    </Banner>
  );
}

interface Other {
  readonly key: string;
  /** Whose review can be opened; null: a branch of the user's. */
  readonly agentId: string | null;
  readonly name: string;
  readonly files: readonly string[];
}

/** Collisions, seen from the agent whose work this is; those with its target are told as conflicts. */
function othersOf({ review, names }: ShownReview, hasConflicts: boolean): readonly Other[] {
  const own = review.agent.id;
  const isTarget = ({ otherId, otherBranch }: Collision) =>
    hasConflicts && otherBranch === review.worktree.targetBranch && otherId === review.targetAgentId;
  return review.collisions
    .filter((collision) => !isTarget(collision))
    .map(({ agentId, otherId, otherBranch, files }) => {
      const id = otherId === own ? agentId : otherId;
      const name = id === null ? otherBranch : (names[id] ?? otherBranch);
      return { key: `${id}/${otherBranch}`, agentId: id, name, files };
    });
}

function CollisionBanner({ others }: { readonly others: readonly Other[] }) {
  const { host } = useActs();
  return (
    <Banner icon="flame" tone="wait" label="Collisions">
      {others.map(({ key, agentId, name, files }) => (
        <p key={key}>
          Collides with{" "}
          {agentId === null ? (
            <bdi>{visible(name)}</bdi>
          ) : (
            <button type="button" className="link" onClick={() => void host.openReview(agentId)}>
              <bdi>{visible(name)}</bdi>
            </button>
          )}{" "}
          in <span title={visible(files.join("\n"))}>{visible(pathsText(files))}</span>.
        </p>
      ))}
    </Banner>
  );
}

function UndoBanner({ merge }: { readonly merge: NonNullable<Review["undoable"]> }) {
  const { host } = useActs();
  const { isBusy, problem, change } = useChanging();
  const { mergeCommit, targetBranch, manner, endedAt, begunAt } = merge;
  return (
    <Banner icon="pass" tone="quiet" label="Last merge">
      <p>
        {manner === "squash" ? "Squashed" : "Merged"} into <bdi>{visible(targetBranch)}</bdi> as{" "}
        <code>{mergeCommit.slice(0, 10)}</code> at {clockTime(endedAt ?? begunAt)}.{" "}
        <button type="button" className="link" disabled={isBusy} onClick={() => void change(() => host.undoMerge())}>
          {isBusy ? "Undoing…" : "Undo Merge"}
        </button>
      </p>
      <Refused problem={problem} />
    </Banner>
  );
}
