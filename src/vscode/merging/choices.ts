import type { MergeCommandInput } from "../../protocol/commands.ts";
import type { Review } from "../../protocol/records.ts";
import { counted } from "../figures.ts";

/** What the user is asked before a merge, in words, without the editor. */
export interface MergeQuestion {
  readonly text: string;
  readonly detail: string;
  /** The buttons of the dialog, each with what it merges; undefined: more is to be asked. */
  readonly choices: readonly (readonly [title: string, command: MergeCommandInput | undefined])[];
}

const whole = "It is merged whole or, where something is in the way, not at all.";

/** Where everything is to be merged, merging is one button; where a part was decided on, that part comes first. */
export function mergeQuestion({ agent, worktree, files }: Pick<Review, "agent" | "worktree" | "files">): MergeQuestion {
  const into = worktree.targetBranch;
  const text = `Merge ${counted(files.length, "changed file")} of “${agent.name}” into ${into}?`;
  const more = ["More Options…", undefined] as const;
  const all = { manner: "merge" } as const;
  const accepted = files.filter(isAccepted).length;
  const rejected = files.filter(isRejected).length;
  if (accepted + rejected === 0 || (accepted === files.length && rejected === 0)) {
    return { text, detail: whole, choices: [["Merge", all], ["Squash", { manner: "squash" }], more] };
  }
  return {
    text,
    detail: `You accepted parts of ${counted(accepted, "file")} and rejected parts of ${counted(rejected, "file")}. ${whole}`,
    choices: [["Merge Accepted", { ...all, acceptedOnly: true }], ["Merge All", all], more],
  };
}

const isAccepted = ({ decision, marks }: Review["files"][number]): boolean =>
  decision === "accepted" || Object.values(marks).includes("accepted");
const isRejected = ({ decision, marks }: Review["files"][number]): boolean =>
  decision === "rejected" || Object.values(marks).includes("rejected");

/** How many files are named before the rest is counted. */
const MOST_NAMED = 3;

/** `“lead” conflicts with main in 2 files: a.ts, b.ts.` */
export function conflictWords(name: string, branch: string, files: readonly string[]): string {
  const named = files.slice(0, MOST_NAMED).join(", ");
  const rest = files.length - MOST_NAMED;
  return `“${name}” conflicts with ${branch} in ${counted(files.length, "file")}: ${named}${rest > 0 ? ` and ${rest} more` : ""}.`;
}
