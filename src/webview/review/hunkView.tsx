import { memo, useMemo, useRef } from "react";
import type { DiffHunk, DiffLine } from "../../protocol/records.ts";
import { visible } from "../shared/visible.ts";
import { useActs } from "./acts.ts";
import { keyOf, type Placed, placeOf, type Thread } from "./comments.ts";
import { DecisionButtons } from "./decisionButtons.tsx";
import type { FileState } from "./decisions.ts";
import { type Drafts, LineView } from "./lineView.tsx";
import { useNear } from "./near.ts";

export interface HunkViewProps {
  readonly path: string;
  readonly hunk: DiffHunk;
  readonly state: FileState;
  /** Whether it can be decided on without the rest of its file. */
  readonly isOwn: boolean;
  readonly byLine: Placed["byLine"];
  readonly drafts: Drafts;
  readonly agent: string;
}

/** Lines that are drawn, or not, together. */
const BLOCK = 30;

export function HunkView({ path, hunk, state, isOwn, byLine, drafts, agent }: HunkViewProps) {
  const { mark } = useActs();
  const { id, baseStart, baseCount, workStart, workCount, heading, lines } = hunk;
  const blocks = useMemo(() => blocksOf(lines), [lines]);
  const range = `@@ −${baseStart},${baseCount} +${workStart},${workCount} @@`;
  return (
    <div className={`hunk${state === null ? "" : ` is-${state}`}`} data-in-hunk={isOwn ? id : undefined}>
      <div className="hunk-head" data-row="hunk" data-hunk={id} tabIndex={-1}>
        <span className="range">
          {range} <bdi>{visible(heading)}</bdi>
        </span>
        {isOwn && (
          <DecisionButtons what="this hunk" state={state} onDecide={(decision) => mark({ path, hunk: id, decision })} />
        )}
      </div>
      {blocks.map((block) => (
        <Block
          key={keyOf(placeOf(block[0] ?? nowhere))}
          path={path}
          lines={block}
          byLine={byLine}
          drafts={drafts}
          agent={agent}
        />
      ))}
    </div>
  );
}

const nowhere = { baseLine: null, workLine: 1 };

const blocksOf = (lines: readonly DiffLine[]): readonly (readonly DiffLine[])[] =>
  Array.from({ length: Math.ceil(lines.length / BLOCK) }, (_, index) =>
    lines.slice(index * BLOCK, (index + 1) * BLOCK),
  );

/** Pixels of a line that isn't wrapped. */
export const LINE_HEIGHT = 20;

const noThreads: readonly Thread[] = [];
const noDrafts: Drafts = {};

interface BlockProps {
  readonly path: string;
  readonly lines: readonly DiffLine[];
  readonly byLine: Placed["byLine"];
  readonly drafts: Drafts;
  readonly agent: string;
}

const Block = memo(function Block({ path, lines, byLine, drafts, agent }: BlockProps) {
  const element = useRef<HTMLDivElement>(null);
  const { isNear, height } = useNear(element);
  return (
    <div ref={element} className="block" style={isNear ? undefined : { height: height ?? lines.length * LINE_HEIGHT }}>
      {isNear &&
        lines.map((line) => {
          const key = keyOf(placeOf(line));
          const threads = byLine.get(key) ?? noThreads;
          const isWritten = key in drafts || threads.length > 0;
          return (
            <LineView
              key={key}
              path={path}
              line={line}
              threads={threads}
              drafts={isWritten ? drafts : noDrafts}
              agent={agent}
            />
          );
        })}
    </div>
  );
});
