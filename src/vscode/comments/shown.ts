import * as vscode from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import { keyOf, type ThreadPlan } from "./plan.ts";
import { contentOf, fill, isEdited } from "./thread.ts";

interface Agent {
  readonly id: string;
  readonly name: string;
}

interface Shown {
  readonly agentId: string;
  readonly thread: vscode.CommentThread;
  content: string;
}

/** The threads that the editor shows now. */
export interface ShownThreads extends Disposable {
  /** Has exactly these threads of one agent's review shown; those that say the same, or are being edited, are left alone. */
  show(agent: Agent, plans: readonly ThreadPlan[]): void;
  hide(agentId: string): void;
  /** Whose review a thread belongs to; undefined for one that isn't shown here. */
  agentOf(thread: vscode.CommentThread): string | undefined;
  /** The thread that a comment stands in. */
  threadOf(comment: vscode.Comment): vscode.CommentThread | undefined;
}

export function createShownThreads(controller: vscode.CommentController): ShownThreads {
  const shown = new Map<string, Shown>();

  const drop = (key: string) => {
    shown.get(key)?.thread.dispose();
    shown.delete(key);
  };
  const keep = (agentId: string, wanted: ReadonlySet<string>) => {
    for (const [key, each] of [...shown]) if (each.agentId === agentId && !wanted.has(key)) drop(key);
  };
  const put = (agent: Agent, plan: ThreadPlan) => {
    const content = contentOf(plan);
    const known = shown.get(keyOf(plan));
    if (known !== undefined && (known.content === content || isEdited(known.thread))) return;
    const thread = known?.thread ?? create(plan);
    fill(thread, agent, plan);
    shown.set(keyOf(plan), { agentId: agent.id, thread, content });
  };
  const create = ({ uri, line }: ThreadPlan) => {
    const range = new vscode.Range(line - 1, 0, line - 1, 0);
    const thread = controller.createCommentThread(vscode.Uri.parse(uri, true), range, []);
    thread.collapsibleState = vscode.CommentThreadCollapsibleState.Expanded;
    return thread;
  };

  return {
    show(agent, plans) {
      keep(agent.id, new Set(plans.map(keyOf)));
      for (const plan of plans) put(agent, plan);
    },
    hide: (agentId) => keep(agentId, new Set()),
    agentOf: (thread) => [...shown.values()].find((each) => each.thread === thread)?.agentId,
    threadOf: (comment) => [...shown.values()].find(({ thread }) => thread.comments.includes(comment))?.thread,
    dispose() {
      for (const key of [...shown.keys()]) drop(key);
    },
  };
}
