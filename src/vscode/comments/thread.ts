import * as vscode from "vscode";
import { oneLine } from "../escape.ts";
import type { SaidPlan, ThreadPlan } from "./plan.ts";

/** A comment in a thread. Its text is shown as it is: a plain string is no Markdown to the editor. */
export class SaidComment implements vscode.Comment {
  readonly id: string;
  readonly agentId: string;
  body: string;
  mode = vscode.CommentMode.Preview;
  readonly author: vscode.CommentAuthorInformation;
  readonly contextValue: SaidPlan["kind"];
  readonly label: string;
  readonly timestamp: Date;
  /** The text before it is edited. */
  readonly written: string;

  constructor(agent: { readonly id: string; readonly name: string }, { id, kind, body, at }: SaidPlan) {
    this.id = id;
    this.agentId = agent.id;
    this.body = body;
    this.written = body;
    this.author = { name: kind === "answer" ? oneLine(agent.name, 60) : "You" };
    this.contextValue = kind;
    this.label = labels[kind];
    this.timestamp = new Date(at);
  }
}

const labels: Readonly<Record<SaidPlan["kind"], string>> = {
  pending: "Not sent",
  sent: "Sent",
  resolved: "Resolved",
  answer: "",
};

/** What is in a thread, so that one that says the same is left alone. */
export const contentOf = (plan: ThreadPlan): string => JSON.stringify(plan);

/** Has a thread show what is planned. */
export function fill(
  thread: vscode.CommentThread,
  agent: { readonly id: string; readonly name: string },
  plan: ThreadPlan,
): void {
  const { Resolved, Unresolved } = vscode.CommentThreadState;
  thread.comments = plan.said.map((said) => new SaidComment(agent, said));
  thread.contextValue = plan.state;
  thread.label = `Comments on “${oneLine(agent.name, 60)}”`;
  thread.state = plan.state === "resolved" ? Resolved : Unresolved;
}

export const isEdited = ({ comments }: vscode.CommentThread): boolean =>
  comments.some(({ mode }) => mode === vscode.CommentMode.Editing);
