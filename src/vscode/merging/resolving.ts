import { isAbsolute, join, relative } from "node:path";
import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/log.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Resolution } from "../../protocol/records.ts";
import { createCoalescer } from "../coalesce.ts";
import { type CommandId, commands, resolvingKey } from "../contributions.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { followEngine } from "../followEngine.ts";
import type { Session } from "../session.ts";
import { closeRepository, type EditorRepository, openedRepository } from "./gitExtension.ts";
import { markedFiles } from "./markers.ts";

/** Conflicts that the user resolves in this window, each in the worktree of an agent. */
export interface Resolving extends Disposable {
  /** Opens the files that conflict in the merge editor, or as text where that can't be. */
  open(agent: { readonly id: string; readonly name: string }, resolution: Resolution): Promise<void>;
  /** Whose conflicts a file belongs to, or else the only ones there are. */
  agentOf(argument: unknown): string | undefined;
  /** Files of an agent's conflicts that the user has not completed yet, as far as this window knows. */
  left(agentId: string): Promise<readonly string[]>;
}

/** More editors at once are no help: the others are opened when the command is given again. */
const MOST_OPENED = 6;

/** Milliseconds between two looks at the files. */
const LOOK_MS = 300;

interface Open {
  readonly name: string;
  readonly resolution: Resolution;
  /** Undefined where the editor's git doesn't have it open. */
  readonly repository: EditorRepository | undefined;
  readonly listening: Disposable | undefined;
  /** The user was told that nothing is left. */
  told: boolean;
}

export function createResolving(session: Session, log: Logger): Resolving {
  const disposables = new DisposableStore();
  const open = new Map<string, Open>();

  const tellKey = () => void vscode.commands.executeCommand("setContext", resolvingKey, open.size > 0);
  const looker = disposables.add(
    createCoalescer(LOOK_MS, async () => {
      for (const [id, each] of [...open])
        await look(id, each).catch((error) => log.error("conflicts could not be looked at", error, { agent: id }));
    }),
  );

  const look = async (id: string, each: Open): Promise<void> => {
    const left = await leftOf(each);
    if (left.length > 0) each.told = false;
    if (left.length > 0 || each.told || open.get(id) !== each) return;
    each.told = true;
    void offerToFinish(id, each);
  };

  const forget = (id: string) => {
    const each = open.get(id);
    if (each === undefined) return;
    open.delete(id);
    each.listening?.dispose();
    tellKey();
    closeRepository(each.resolution.path).catch((error) => log.error("a worktree could not be closed", error));
  };

  const hear = (event: EngineEvent) => {
    if (event.type === "worktree.moved" && event.to !== "conflicted") forget(event.agentId);
  };

  disposables.add(followEngine(session, hear));
  disposables.add(
    vscode.workspace.onDidSaveTextDocument(({ uri }) => (holderOf(open, uri) ? looker.trigger() : undefined)),
  );
  disposables.add({ dispose: () => [...open.keys()].forEach(forget) });

  return {
    async open({ id, name }, resolution) {
      open.get(id)?.listening?.dispose();
      const repository = await openedRepository(resolution.path);
      await repository?.status();
      const listening = repository?.state.onDidChange(looker.trigger);
      open.set(id, { name, resolution, repository, listening, told: false });
      tellKey();
      await openFiles(resolution, repository !== undefined);
    },
    async left(agentId) {
      const each = open.get(agentId);
      if (each === undefined) return [];
      await each.repository?.status();
      return leftOf(each);
    },
    agentOf(argument) {
      const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
      const holder = uri && holderOf(open, uri);
      return holder ?? (open.size === 1 ? [...open.keys()][0] : undefined);
    },
    dispose: () => disposables.dispose(),
  };
}

/**
 * Git tells what was completed: as soon as the merge editor opens a file it takes the markers out, long before anything is
 * decided, and the editor may save that by itself.
 */
async function leftOf({ resolution, repository }: Open): Promise<readonly string[]> {
  const marked = await markedFiles(resolution.path, resolution.files);
  const unmerged = new Set(repository?.state.mergeChanges.map(({ uri }) => uri.fsPath));
  return resolution.files.filter((file) => marked.includes(file) || unmerged.has(join(resolution.path, file)));
}

/** Whose worktree a file stands in. */
function holderOf(open: ReadonlyMap<string, Open>, { scheme, fsPath }: vscode.Uri): string | undefined {
  const holds = ([, { resolution }]: readonly [string, Open]) => {
    const path = relative(resolution.path, fsPath);
    return path !== "" && !path.startsWith("..") && !isAbsolute(path);
  };
  return scheme === "file" ? [...open].find(holds)?.[0] : undefined;
}

/** Files with markers in the merge editor, which takes no others; those that one side deleted as they are. */
async function openFiles({ path, files }: Resolution, inMergeEditor: boolean): Promise<void> {
  const marked = await markedFiles(path, files);
  const others = files.filter((file) => !marked.includes(file));
  for (const file of marked.slice(0, MOST_OPENED)) {
    const uri = vscode.Uri.file(join(path, file));
    if (inMergeEditor) await vscode.commands.executeCommand("git.openMergeEditor", uri);
    else await vscode.window.showTextDocument(uri, { preview: false });
  }
  if (marked.length > MOST_OPENED) {
    const rest = counted(marked.length - MOST_OPENED, "more file");
    const again = commands["banyan.resolveInMergeEditor"].title;
    void vscode.window.showInformationMessage(
      `${rest} to resolve: give the command “${again}” again when these are done.`,
    );
  }
  if (others.length > 0) {
    const names = others.slice(0, MOST_OPENED).join(", ");
    const text = `Decide yourself whether these stay, in ${path}: one side deleted them, or they are no text: ${names}`;
    void vscode.window.showInformationMessage(noticeText(text));
  }
}

async function offerToFinish(id: string, { name, resolution }: Open): Promise<void> {
  const text = noticeText(`All conflicts of “${name}” with ${resolution.targetBranch} are resolved.`);
  const finish = commands["banyan.finishResolving"].title;
  if ((await vscode.window.showInformationMessage(text, finish)) === finish)
    await vscode.commands.executeCommand("banyan.finishResolving" satisfies CommandId, id);
}
