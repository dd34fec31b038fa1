import type { Result } from "../../base/errors.ts";
import type { ReviewAction, ReviewState } from "../../protocol/reviewView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import type { LeaderNote } from "../leaderNote.ts";

/** What a review asks of the editor itself. */
export interface ReviewEditor {
  /** Asks the user before anything is opened; what leads elsewhere than outside is dropped. */
  openLink(url: string): Promise<void>;
  openAgent(id: string): Promise<void>;
  openReview(id: string): Promise<void>;
  openDiff(id: string): Promise<void>;
  /** Opens the conflicts with its target in the merge editor. */
  resolve(id: string): Promise<Result<unknown> | undefined>;
  act(action: ReviewAction): Promise<void>;
}

/** What the view shows in place of a review, or above it. */
export function reviewStateOf(
  { state, problem }: Pick<AgentsModel, "state" | "problem">,
  { text }: Pick<LeaderNote, "text">,
): ReviewState {
  switch (state) {
    case "agents":
      return { kind: "ready", note: text ?? null };
    case "loading":
      return { kind: "wait", text: text ?? "Opening the repository…" };
    case "broken":
      return none(problem ?? "The review could not be read.", "retry", "showLog");
    case "noFolder":
      return none("No folder is open. Agents work in the git repository of an open folder.", "openFolder");
    case "untrusted":
      return none("Agents stay off until you trust this folder.", "trust");
    case "noAgents":
    case "noRepository":
    case "noCommit":
      return none("The agent whose work this was is not in the repository that is open.");
  }
}

const none = (text: string, ...actions: readonly ReviewAction[]): ReviewState => ({ kind: "none", text, actions });
