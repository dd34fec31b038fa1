import * as vscode from "vscode";
import { ok } from "../../base/errors.ts";
import { canDiff } from "../agentFacts.ts";
import { noticeText } from "../escape.ts";
import { counted } from "../figures.ts";
import { type Command, withViewProgress } from "./command.ts";
import { pickAgent } from "./pickAgent.ts";

/** What the threads of a review offer, in the editor's own diff. */
export const addComment: Command = ({ comments }, argument) => comments.add(argument);
export const editComment: Command = async ({ comments }, argument) => ok(comments.edit(argument));
export const saveComment: Command = ({ comments }, argument) => comments.save(argument);
export const cancelComment: Command = async ({ comments }, argument) => ok(comments.cancel(argument));
export const deleteComment: Command = ({ comments }, argument) => comments.remove(argument);
export const resolveThread: Command = ({ comments }, argument) => comments.settle(argument, true);
export const reopenThread: Command = ({ comments }, argument) => comments.settle(argument, false);

/** *Request Changes…*: sends the comments that weren't sent, and what was rejected, to the agent, which goes on. */
export const requestChanges: Command = async (services, argument) => {
  const agentId = typeof argument === "string" ? argument : services.comments.agentOf(argument);
  const picked = await pickAgent(services, agentId, {
    title: "Request Changes",
    fits: canDiff,
    none: "No agent has a worktree with work in it yet.",
  });
  if (!picked?.ok) return picked;
  const { engine, row } = picked.value;
  const review = await engine.reviews.get(row.id);
  if (!review.ok) return review;
  const pending = review.value.comments.filter(({ sentAt }) => sentAt === null).length;
  const note = await vscode.window.showInputBox({
    title: "Request Changes",
    prompt: noticeText(
      `${counted(pending, "comment")} to “${row.name}”, and what you rejected. Anything to say first?`,
    ),
    placeHolder: "May be left empty",
    ignoreFocusOut: true,
  });
  if (note === undefined) return undefined;
  const sent = await withViewProgress(() => engine.reviews.requestChanges({ agent: row.id, note }));
  if (sent.ok && row.parentId === null) services.teams.follow(row);
  return sent;
};
