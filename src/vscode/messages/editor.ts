import type { Result } from "../../base/errors.ts";
import type { MessagesState, ViewAction } from "../../protocol/messagesView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import type { LeaderNote } from "../leaderNote.ts";

/** What the messages view asks of the editor itself. */
export interface MessagesEditor {
  /** Asks the user before anything is opened; what leads elsewhere than outside is dropped. */
  openLink(url: string): Promise<void>;
  openAgent(id: string): Promise<void>;
  /** Opens the whole text of a message, read-only. */
  openWhole(message: string): Promise<Result<unknown>>;
  act(action: ViewAction): Promise<void>;
}

/** What the view shows in place of messages, or above them. */
export function messagesStateOf(
  { state, problem }: Pick<AgentsModel, "state" | "problem">,
  { text }: Pick<LeaderNote, "text">,
): MessagesState {
  switch (state) {
    case "agents":
      return { kind: "ready", note: text ?? null };
    case "loading":
      return { kind: "wait", text: text ?? "Opening the repository…" };
    case "noAgents":
      return none("No messages yet: agents write to each other once there are some.", "runDemo");
    case "broken":
      return none(problem ?? "The messages could not be read.", "retry", "showLog");
    case "noFolder":
      return none("No folder is open. Agents work in the git repository of an open folder.", "openFolder");
    case "untrusted":
      return none("Agents stay off until you trust this folder.", "trust");
    case "noRepository":
      return none("This folder is not in a git repository, in which agents could work.");
    case "noCommit":
      return none("This repository has no commit yet, from which agents could start.");
  }
}

const none = (text: string, ...actions: readonly ViewAction[]): MessagesState => ({ kind: "none", text, actions });
