import type { DiffHunk, ReviewFile } from "../../protocol/records.ts";
import type { Decision, MergeManner } from "../../protocol/words.ts";
import { counted } from "../shared/words.ts";

/** What the user decided, and what follows from it. Pure. */

type Decided = Pick<ReviewFile, "decision" | "marks">;
type Hunks = readonly Pick<DiffHunk, "id">[];

/** `partly`: not the same for all of it. */
export type FileState = Decision | "partly" | null;

export const decisionOf = ({ decision, marks }: Decided, hunk: string): Decision | null => marks[hunk] ?? decision;

/** Of a file; `hunks` is null while they are not known. */
export function stateOf(file: Decided, hunks: Hunks | null): FileState {
  const [first, ...others] = hunks ?? [];
  if (Object.keys(file.marks).length === 0) return file.decision;
  if (first === undefined) return "partly";
  const decision = decisionOf(file, first.id);
  return others.every(({ id }) => decisionOf(file, id) === decision) ? decision : "partly";
}

export interface Mark {
  readonly path?: string;
  readonly hunk?: string;
  readonly decision: Decision | null;
}

/**
 * A file as it is to be after a mark; the engine says later how it is. What was decided of the whole file is from then on
 * decided of each of its other hunks.
 */
export function marked(file: ReviewFile, { path, hunk, decision }: Mark, hunks: Hunks | null): ReviewFile {
  if (path !== undefined && path !== file.path) return file;
  if (hunk === undefined) return { ...file, decision, marks: {} };
  const whole = file.decision;
  const spread = whole === null || hunks === null ? [] : hunks.map(({ id }) => [id, whole] as const);
  const { [hunk]: _, ...others } = { ...Object.fromEntries(spread), ...file.marks };
  const marks = decision === null ? others : { ...others, [hunk]: decision };
  return { ...file, decision: hunks === null ? whole : null, marks };
}

/** What of the work is merged where only what was accepted is. */
export interface Selection {
  readonly files: number;
  /** Files that are merged whole. */
  readonly whole: number;
  /** Files of which a part is merged. */
  readonly parts: number;
  /** Hunks of those files that are merged, and all of them; null where they are not known. */
  readonly hunks: { readonly taken: number; readonly all: number } | null;
}

export function selectionOf(files: readonly ReviewFile[], hunksOf: (path: string) => Hunks | null): Selection {
  const states = files.map((file) => ({ file, hunks: hunksOf(file.path) }));
  const partly = states.filter(({ file, hunks }) => stateOf(file, hunks) === "partly" && takesSome(file, hunks));
  const isKnown = partly.every(({ hunks }) => hunks !== null);
  const taken = sumOf(partly, ({ file, hunks }) => acceptedOf(file, hunks ?? []));
  return {
    files: files.length,
    whole: states.filter(({ file, hunks }) => stateOf(file, hunks) === "accepted").length,
    parts: partly.length,
    hunks: isKnown ? { taken, all: sumOf(partly, ({ hunks }) => hunks?.length ?? 0) } : null,
  };
}

const sumOf = <T>(items: readonly T[], count: (item: T) => number): number =>
  items.reduce((sum, item) => sum + count(item), 0);

const acceptedOf = (file: Decided, hunks: Hunks): number =>
  hunks.filter(({ id }) => decisionOf(file, id) === "accepted").length;

const takesSome = (file: Decided, hunks: Hunks | null): boolean =>
  hunks === null
    ? file.decision === "accepted" || Object.values(file.marks).includes("accepted")
    : acceptedOf(file, hunks) > 0;

export interface MergePlan {
  readonly manner: MergeManner;
  readonly acceptedOnly: boolean;
  readonly target: string;
}

/** What a merge would do, in one line. */
export function planText({ manner, acceptedOnly, target }: MergePlan, selection: Selection): string {
  const { files, whole, parts } = selection;
  const how = manner === "squash" ? "as one commit without its history" : "as a merge commit";
  if (!acceptedOnly) return `All of it, ${counted(files, "file")}, goes into ${target} ${how}.`;
  if (whole + parts === 0) return "Nothing is accepted yet: accept what is to be merged.";
  const taken = whole + parts;
  return `${taken} of ${counted(files, "file")} ${taken === 1 ? "goes" : "go"} into ${target} ${how}; ${leftText(selection)}.`;
}

function leftText({ files, whole, parts, hunks }: Selection): string {
  const left = files - whole - parts;
  const ofHunks =
    hunks === null
      ? `parts of ${counted(parts, "file")}`
      : `${hunks.all - hunks.taken} of ${counted(hunks.all, "hunk")} in ${counted(parts, "file")}`;
  const texts = [...(left === 0 ? [] : [counted(left, "file")]), ...(parts === 0 ? [] : [ofHunks])];
  if (texts.length === 0) return "nothing is left out";
  const isOne = parts === 0 ? left === 1 : left === 0 && hunks !== null && hunks.all === 1;
  return `${texts.join(" and ")} ${isOne ? "is" : "are"} left out`;
}

/** What *Request Changes* sends. */
export interface Request {
  readonly comments: number;
  readonly rejectedFiles: number;
  readonly rejectedHunks: number;
}

export function requestOf(files: readonly Decided[], unsent: number): Request {
  return {
    comments: unsent,
    rejectedFiles: files.filter(({ decision }) => decision === "rejected").length,
    rejectedHunks: sumOf(files, ({ marks }) => Object.values(marks).filter((mark) => mark === "rejected").length),
  };
}

export const isEmptyRequest = ({ comments, rejectedFiles, rejectedHunks }: Request, note: string): boolean =>
  comments + rejectedFiles + rejectedHunks === 0 && note.trim() === "";

/** `Your note, 2 comments and 1 rejected hunk go to the agent as one message.` */
export function requestText({ comments, rejectedFiles, rejectedHunks }: Request, note: string, agent: string): string {
  const parts = [
    ...(note.trim() === "" ? [] : ["your note"]),
    ...(comments === 0 ? [] : [counted(comments, "comment")]),
    ...(rejectedFiles === 0 ? [] : [counted(rejectedFiles, "rejected file")]),
    ...(rejectedHunks === 0 ? [] : [counted(rejectedHunks, "rejected hunk")]),
  ];
  if (parts.length === 0) return "Nothing to send yet: comment on a line, reject something, or write a note.";
  const all = parts.length === 1 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
  return `${agent} gets ${all} as one message, and goes on.`;
}
