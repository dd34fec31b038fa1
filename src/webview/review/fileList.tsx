import { type KeyboardEvent, type MouseEvent, memo, useEffect, useId, useState } from "react";
import type { ReviewFile } from "../../protocol/records.ts";
import { useWatched } from "../shared/hooks.ts";
import { visible } from "../shared/visible.ts";
import { useActs } from "./acts.ts";
import type { Thread } from "./comments.ts";
import { StateIcon } from "./decisionButtons.tsx";
import { stateOf } from "./decisions.ts";
import { CommentCount, Counts } from "./fileSection.tsx";
import { partsOf, statusLetters, statusWords } from "./fileWords.ts";
import { nextIndex } from "./keys.ts";

export interface FileListProps {
  readonly files: readonly ReviewFile[];
  readonly threads: ReadonlyMap<string, readonly Thread[]>;
  /** The file that is seen. */
  readonly seen: string | null;
  readonly onChoose: (path: string) => void;
}

/** The files, to go to and to decide on without looking into them. */
export function FileList({ files, threads, seen, onChoose }: FileListProps) {
  const { mark } = useActs();
  const listId = useId();
  const [active, setActive] = useState<string | null>(null);
  const isThere = (path: string | null) => files.some((file) => file.path === path);
  const activePath = isThere(active) ? active : isThere(seen) ? seen : (files[0]?.path ?? null);
  const optionId = (path: string | null) => `${listId}-${files.findIndex((file) => file.path === path)}`;
  const activeId = optionId(activePath);

  useEffect(() => {
    document.getElementById(activeId)?.scrollIntoView({ block: "nearest" });
  }, [activeId]);
  // Who reads on in the changes has left what was chosen in the list.
  useEffect(() => setActive(seen), [seen]);

  const onClick = ({ target }: MouseEvent) => {
    const option = target instanceof Element ? target.closest<HTMLElement>("[data-path]") : null;
    const path = option?.dataset.path;
    if (path === undefined) return;
    setActive(path);
    onChoose(path);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || activePath === null) return;
    const file = files.find(({ path }) => path === activePath);
    const next = nextIndex(
      event.key,
      files.findIndex(({ path }) => path === activePath),
      files.length,
    );
    const decision = decisionKeys[event.key];
    if (next !== undefined) setActive(files[next]?.path ?? null);
    else if (event.key === "Enter") onChoose(activePath);
    else if (decision !== undefined && file !== undefined) {
      mark({ path: file.path, decision: file.decision === decision ? null : decision });
    } else return;
    event.preventDefault();
  };

  return (
    <div
      className="files"
      role="listbox"
      aria-label="Files"
      tabIndex={0}
      aria-activedescendant={activePath === null ? undefined : activeId}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      {files.map((file) => (
        <FileOption
          key={file.path}
          id={optionId(file.path)}
          file={file}
          comments={threads.get(file.path)?.length ?? 0}
          isSeen={file.path === seen}
          isActive={file.path === activePath}
        />
      ))}
    </div>
  );
}

export const decisionKeys: Readonly<Record<string, "accepted" | "rejected" | undefined>> = {
  a: "accepted",
  r: "rejected",
};

interface FileOptionProps {
  readonly id: string;
  readonly file: ReviewFile;
  readonly comments: number;
  readonly isSeen: boolean;
  readonly isActive: boolean;
}

const FileOption = memo(function FileOption({ id, file, comments, isSeen, isActive }: FileOptionProps) {
  const { files } = useActs();
  const { lines } = useWatched(files.of(file.path));
  const { path, status, added, deleted } = file;
  const { folder, name } = partsOf(path);
  return (
    <div
      id={id}
      data-path={path}
      role="option"
      aria-selected={isSeen}
      tabIndex={-1}
      className={isActive ? "file-option is-active" : "file-option"}
      title={visible(path)}
    >
      <StateIcon state={stateOf(file, lines?.hunks ?? null)} />
      <span className={`letter is-${status}`} title={statusWords[status]}>
        {statusLetters[status]}
      </span>
      <span className="path">
        <bdi className="name">{visible(name)}</bdi> <bdi className="folder">{visible(folder)}</bdi>
      </span>
      {comments > 0 && <CommentCount count={comments} />}
      <Counts added={added} deleted={deleted} />
    </div>
  );
});
