import type { KeyboardEvent, MouseEvent } from "react";
import type { ReviewFile } from "../../protocol/records.ts";
import { type Acts, useActs } from "./acts.ts";
import { decisionOf, stateOf } from "./decisions.ts";
import { keyAct } from "./keys.ts";
import { draftKey } from "./saved.ts";

const selectors = {
  row: "[data-row]",
  hunk: '[data-row="hunk"], [data-row="file"]',
  file: '[data-row="file"]',
} as const;

/** What keys and the buttons beside lines do in the changes: one handler for all lines, however many there are. */
export function useKeys(files: readonly ReviewFile[], onMoved: () => void) {
  const acts = useActs();
  const fileOf = (element: Element): ReviewFile | undefined => {
    const path = element.closest<HTMLElement>("[data-file]")?.dataset.file;
    return files.find((file) => file.path === path);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { target, currentTarget } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement) || isWriting(target)) return;
    const act = keyAct(event.key);
    const row = target.closest<HTMLElement>(selectors.row);
    if (act === undefined || (row === null && !(act.kind === "go" && act.to !== "row"))) return;
    event.preventDefault();
    const file = row === null ? undefined : fileOf(row);
    if (act.kind === "go") {
      go(currentTarget, row, act.to, act.by);
      onMoved();
    } else if (row === null || file === undefined) return;
    else if (act.kind === "decide") decide(acts, file, hunkOf(row), act.decision);
    else if (act.kind === "fold") acts.fold(file.path, act.isFolded);
    else if (row.dataset.line !== undefined) write(acts, file.path, row.dataset.line);
  };

  const onClick = ({ target }: MouseEvent) => {
    const button = target instanceof Element ? target.closest<HTMLElement>("[data-comment]") : null;
    const file = button === null ? undefined : fileOf(button);
    if (button?.dataset.comment !== undefined && file !== undefined) write(acts, file.path, button.dataset.comment);
  };

  return { onKeyDown, onClick };
}

const isWriting = (target: HTMLElement): boolean => target.closest("textarea, input, select, summary") !== null;

/** Of a row in a hunk: the hunk. */
const hunkOf = (row: HTMLElement): string | undefined => row.closest<HTMLElement>("[data-in-hunk]")?.dataset.inHunk;

function decide({ mark, files }: Acts, file: ReviewFile, hunk: string | undefined, decision: "accepted" | "rejected") {
  const { path } = file;
  const now = hunk === undefined ? stateOf(file, files.hunksOf(path)) : decisionOf(file, hunk);
  mark({ path, ...(hunk === undefined ? {} : { hunk }), decision: now === decision ? null : decision });
}

/** Begins a comment on a line, or goes on with it. */
function write({ beginDraft }: Acts, path: string, line: string) {
  beginDraft(draftKey(path, line));
  document.querySelector<HTMLElement>(`[data-file="${CSS.escape(path)}"] [data-draft="${line}"] textarea`)?.focus();
}

/** Goes to the next row of its kind; from nowhere, to the first that is seen. */
function go(root: HTMLElement, from: HTMLElement | null, to: keyof typeof selectors, by: 1 | -1): void {
  const rows = [...root.querySelectorAll<HTMLElement>(selectors[to])];
  const next = from === null ? firstSeen(root, rows) : beside(rows, from, by);
  if (next === undefined) return;
  next.focus({ preventScroll: true });
  if (to === "file" || next.dataset.row === "file") next.closest("section")?.scrollIntoView({ block: "start" });
  else next.scrollIntoView({ block: to === "hunk" ? "start" : "nearest" });
}

const firstSeen = (root: HTMLElement, rows: readonly HTMLElement[]): HTMLElement | undefined =>
  rows.find((row) => row.getBoundingClientRect().top >= root.getBoundingClientRect().top);

function beside(rows: readonly HTMLElement[], from: HTMLElement, by: 1 | -1): HTMLElement | undefined {
  const isAfter = (row: HTMLElement) => (from.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  const isBefore = (row: HTMLElement) => (from.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING) !== 0;
  return by === 1 ? rows.find(isAfter) : rows.findLast((row) => isBefore(row) && !row.contains(from));
}
