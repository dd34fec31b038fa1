import * as vscode from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Engine } from "../../engine/engine.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import { createCoalescer } from "../coalesce.ts";
import { commentControllerId, reviewingKey } from "../contributions.ts";
import { followEngine } from "../followEngine.ts";
import type { Session } from "../session.ts";
import { agentAt, commentable, openText, openTexts } from "./documents.ts";
import { lineInReview, placeComments } from "./placing.ts";
import { planThreads } from "./plan.ts";
import { createShownThreads } from "./shown.ts";
import { SaidComment } from "./thread.ts";

/**
 * The comments of reviews, as threads in the editor's own diff. The engine holds them: here they are shown, and what the
 * user does to them is handed on. Arguments are what the editor's menus give.
 */
export interface ReviewComments extends Disposable {
  /** Writes a comment on a thread's line, from what was typed there. */
  add(reply: unknown): Promise<Result<unknown>>;
  edit(comment: unknown): void;
  save(comment: unknown): Promise<Result<unknown>>;
  cancel(comment: unknown): void;
  remove(comment: unknown): Promise<Result<unknown>>;
  /** Resolves what was sent in a thread, or opens it again. */
  settle(thread: unknown, resolved: boolean): Promise<Result<unknown>>;
  /** Whose review a thread, or else the editor with the focus, shows. */
  agentOf(thread: unknown): string | undefined;
}

/** Milliseconds between two refreshes: each makes git compare. */
const REFRESH_MS = 300;

export function registerReviewComments(session: Session, log: Logger): ReviewComments {
  const disposables = new DisposableStore();
  const controller = disposables.add(vscode.comments.createCommentController(commentControllerId, "Banyan Reviews"));
  controller.options = { prompt: "Comment on this line…", placeHolder: "What should the agent change here?" };
  const ranges: vscode.CommentingRangeProvider = { provideCommentingRanges: commentable };
  const shown = disposables.add(createShownThreads(controller));
  const due = new Set<string>();

  const refresher = disposables.add(
    createCoalescer(REFRESH_MS, async () => {
      const ids = [...due];
      due.clear();
      for (const id of ids) await refresh(id).catch((error) => log.error("comments could not be shown", error));
    }),
  );
  const refreshSoon = (agentId: string | undefined) => {
    if (agentId === undefined) return;
    offerRanges();
    due.add(agentId);
    refresher.trigger();
  };

  /** As long as there is a provider, the editor asks it about every document that anything opens, settings too. */
  const offerRanges = () => {
    const isReviewing = vscode.workspace.textDocuments.some(({ uri }) => agentAt(uri) !== undefined);
    if ((controller.commentingRangeProvider !== undefined) === isReviewing) return;
    // The property's type takes no undefined; its setter does.
    Object.assign(controller, { commentingRangeProvider: isReviewing ? ranges : undefined });
  };

  const refresh = async (agentId: string): Promise<void> => {
    if (openTexts(agentId).length === 0) return shown.hide(agentId);
    const engine = await session.engine("refuse");
    const review = engine.ok ? await engine.value.reviews.get(agentId) : engine;
    if (!engine.ok || !review.ok) return;
    const documents = openTexts(agentId);
    const lineIn = await placeComments(engine.value.worktrees, review.value, documents);
    shown.show(review.value.agent, planThreads(review.value, documents, lineIn));
  };

  /** Hands on what the user did, and shows what became of it at once. */
  const change = async (
    agentId: string,
    body: (engine: Engine) => Promise<Result<unknown>>,
  ): Promise<Result<unknown>> => {
    const engine = await session.engine("refuse");
    const changed = engine.ok ? await body(engine.value) : engine;
    if (changed.ok) await refresh(agentId);
    return changed;
  };

  disposables.add(
    followEngine(session, (event) => (concerns(event) ? refreshSoon(event.agentId ?? undefined) : undefined)),
  );
  disposables.add(vscode.workspace.onDidOpenTextDocument(({ uri }) => refreshSoon(agentAt(uri))));
  disposables.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => refreshSoon(agentAt(uri))));
  disposables.add(followFocus());

  return {
    async add(reply) {
      if (!isReply(reply)) return refuse("bad_input", "Write a comment in the diff of a review.");
      const { thread, text } = reply;
      const document = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === thread.uri.toString());
      const opened = document && openText({ uri: document.uri, getText: () => document.getText() });
      if (opened === undefined) return refuse("bad_input", "Comments are written in the diff of a review.");
      const { agentId, side, file } = opened.place;
      const written = await change(agentId, async ({ reviews, worktrees }) => {
        const review = await reviews.get(agentId);
        if (!review.ok) return review;
        const line = await lineInReview(worktrees, review.value, opened, (thread.range?.end.line ?? 0) + 1);
        return reviews.comment({ agent: agentId, path: file, side, line, body: text });
      });
      if (written.ok && shown.agentOf(thread) === undefined) thread.dispose();
      return written;
    },
    edit: (comment) => setMode(comment, vscode.CommentMode.Editing),
    async save(comment) {
      const own = ownComment(comment);
      const review = own && (await reviewOf(session, own.agentId));
      if (own === undefined || review === undefined) return refuse("not_found", "There is no such comment any more.");
      if (!review.ok) return review;
      const known = review.value.comments.find(({ id }) => id === own.id);
      if (known === undefined) return refuse("not_found", "There is no such comment any more.");
      const { id, path, side, line } = known;
      own.mode = vscode.CommentMode.Preview;
      return change(own.agentId, ({ reviews }) =>
        reviews.comment({ id, agent: own.agentId, path, side, line, body: own.body }),
      );
    },
    cancel: (comment) => setMode(comment, vscode.CommentMode.Preview),
    async remove(comment) {
      const own = ownComment(comment);
      if (own === undefined) return refuse("not_found", "There is no such comment any more.");
      return change(own.agentId, ({ reviews }) => reviews.settleComment(own.id, true));
    },
    async settle(thread, resolved) {
      const agentId = isThread(thread) ? shown.agentOf(thread) : undefined;
      if (!isThread(thread) || agentId === undefined) return refuse("not_found", "There is no such thread any more.");
      const wanted = resolved ? "sent" : "resolved";
      const own = thread.comments
        .flatMap((each) => ownComment(each) ?? [])
        .filter((each) => each.contextValue === wanted);
      return change(agentId, async ({ reviews }) => {
        for (const { id } of own) {
          const settled = await reviews.settleComment(id, resolved);
          if (!settled.ok) return settled;
        }
        return ok(null);
      });
    },
    agentOf(thread) {
      const focused = vscode.window.activeTextEditor?.document.uri;
      if (isThread(thread)) return shown.agentOf(thread) ?? agentAt(thread.uri);
      return focused && agentAt(focused);
    },
    dispose: () => disposables.dispose(),
  };

  /** Has the thread of a comment drawn again, with the comment in this mode and, where it isn't edited, as it was written. */
  function setMode(comment: unknown, mode: vscode.CommentMode): void {
    const own = ownComment(comment);
    const thread = own && shown.threadOf(own);
    if (own === undefined || thread === undefined) return;
    own.mode = mode;
    own.body = own.written;
    thread.comments = [...thread.comments];
    if (mode === vscode.CommentMode.Preview) refreshSoon(own.agentId);
  }
}

/** Whether the threads of that agent's review may be others after this. */
const concerns = ({ type }: EngineEvent): boolean =>
  type === "review.changed" || type === "turn.completed" || type === "message.processed" || type === "agent.moved";

async function reviewOf(session: Session, agentId: string) {
  const engine = await session.engine("refuse");
  return engine.ok ? engine.value.reviews.get(agentId) : engine;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isThread = (value: unknown): value is vscode.CommentThread =>
  isObject(value) && "comments" in value && "uri" in value && "canReply" in value;
const isReply = (value: unknown): value is vscode.CommentReply =>
  isObject(value) && "thread" in value && isThread(value.thread) && "text" in value && typeof value.text === "string";
const ownComment = (value: unknown): SaidComment | undefined => (value instanceof SaidComment ? value : undefined);

/** Keeps the key up to date by which the editor's title offers what goes with a review. */
function followFocus(): Disposable {
  const tell = (editor: vscode.TextEditor | undefined) => {
    const isReviewing = editor !== undefined && agentAt(editor.document.uri) !== undefined;
    void vscode.commands.executeCommand("setContext", reviewingKey, isReviewing);
  };
  tell(vscode.window.activeTextEditor);
  return vscode.window.onDidChangeActiveTextEditor(tell);
}
