import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import { type Channel, connectCalls, type Functions } from "../../protocol/channel.ts";
import type { Review } from "../../protocol/records.ts";
import { type ReviewState, reviewViewCalls, toldToReviewView } from "../../protocol/reviewView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import { createCoalescer } from "../coalesce.ts";
import type { LeaderNote } from "../leaderNote.ts";
import type { Session } from "../session.ts";
import { createAnswering, createOnce } from "../webviews/answering.ts";
import { type ReviewEditor, reviewStateOf } from "./editor.ts";
import { concerns, shownOf } from "./shown.ts";

/** The extension's end of a review: a bundle of its own, loaded when the first one is opened. */

export interface ReviewHostDeps {
  /** Whose work it is. */
  readonly agentId: string;
  readonly session: Pick<Session, "state" | "onDidChange">;
  readonly model: Pick<AgentsModel, "state" | "problem" | "row" | "onDidChange">;
  readonly leader: Pick<LeaderNote, "text" | "onDidChange">;
  readonly editor: ReviewEditor;
  readonly log: Logger;
}

export interface ReviewHost extends Disposable {
  /** Has the view ask again: something may have changed that the engine does not tell of. */
  refresh(): void;
}

/** Milliseconds between two changes that are told: each makes git compare. */
const TELL_MS = 400;

/** Serves a view until it is disposed. What the view sends is taken as far as it is what the protocol says. */
export function connectReviewView(channel: Channel, deps: ReviewHostDeps): ReviewHost {
  const { agentId, session, model, leader, log } = deps;
  const disposables = new DisposableStore();
  let isReady = false;
  let told = "";
  let engine: JoinedEngine | undefined;
  let following = new DisposableStore();

  const logOnce = createOnce((name, error) => log.error("the review's call failed", error, { call: name }));
  const functions = functionsOf(deps, logOnce, (state) => {
    isReady = true;
    told = JSON.stringify(state);
  });
  const calls = connectCalls(channel, functions, (error) => logOnce(messageOf(error), error));

  const teller = disposables.add(
    createCoalescer(TELL_MS, async () => {
      if (isReady) calls.tell(toldToReviewView.changed.name);
    }),
  );

  const tellState = () => {
    const state = reviewStateOf(model, leader);
    const text = JSON.stringify(state);
    if (text === told || !isReady) return;
    told = text;
    calls.tell(toldToReviewView.state.name, state);
  };

  const follow = () => {
    const next = session.state.kind === "ready" ? session.state.engine : undefined;
    if (next !== engine) {
      following.dispose();
      following = new DisposableStore();
      engine = next;
      if (next !== undefined) {
        following.add(next.onEvent((event) => (concerns(event, agentId, model) ? teller.trigger() : undefined)));
        following.add(next.onDidChangeRole(teller.trigger));
      }
      teller.trigger();
    }
    tellState();
  };

  disposables.add(session.onDidChange(follow));
  disposables.add(model.onDidChange(tellState));
  disposables.add(leader.onDidChange(tellState));
  disposables.add({ dispose: () => following.dispose() });
  follow();

  return { refresh: () => teller.trigger(), dispose: () => disposables.dispose() };
}

/** What the view may call. `onReady` is called before `ready` is answered with that state. */
function functionsOf(
  { agentId, session, model, leader, editor }: ReviewHostDeps,
  onFault: (name: string, error: unknown) => void,
  onReady: (state: ReviewState) => void,
): Functions {
  const using = async <T>(use: (engine: Engine) => Promise<Result<T>>): Promise<Result<T>> =>
    session.state.kind === "ready"
      ? use(session.state.engine)
      : refuse("store_missing", "The repository is not open now: try again when it is.");
  const answer = createAnswering(onFault);
  const shown = async (asked: Promise<Result<Review>>) => {
    const found = await asked;
    return found.ok ? ok(shownOf(found.value, model)) : found;
  };
  const without = async (asked: Promise<Result<unknown> | undefined>): Promise<Result<null>> => {
    const answered = await asked;
    return answered === undefined || answered.ok ? ok(null) : answered;
  };
  const done = async (work: Promise<void>): Promise<null> => {
    await work;
    return null;
  };

  const view = reviewViewCalls;
  const agent = agentId;
  return {
    ...answer(view.ready, async () => {
      const state = reviewStateOf(model, leader);
      onReady(state);
      return { agentId, state };
    }),
    ...answer(view.get, () => shown(using(({ reviews }) => reviews.get(agent)))),
    ...answer(view.file, (path) => using(({ reviews }) => reviews.file(agent, path))),
    ...answer(view.mark, (command) => shown(using(({ reviews }) => reviews.mark({ ...command, agent })))),
    ...answer(view.comment, (command) => using(({ reviews }) => reviews.comment({ ...command, agent }))),
    ...answer(view.settleComment, (id, resolved) => using(({ reviews }) => reviews.settleComment(id, resolved))),
    ...answer(view.requestChanges, (command) =>
      without(using(({ reviews }) => reviews.requestChanges({ ...command, agent }))),
    ),
    ...answer(view.merge, (command) => using(({ worktrees }) => worktrees.merge(agent, command))),
    ...answer(view.undoMerge, () => without(using(({ worktrees }) => worktrees.undoMerge(agent)))),
    ...answer(view.resolve, (by) =>
      without(by === "user" ? editor.resolve(agent) : using(({ worktrees }) => worktrees.resolve(agent, "agent"))),
    ),
    ...answer(view.finishResolution, () => without(using(({ worktrees }) => worktrees.finishResolution(agent)))),
    ...answer(view.abandonResolution, () => without(using(({ worktrees }) => worktrees.abandonResolution(agent)))),
    ...answer(view.branches, () => using(async ({ worktrees }) => ok(await worktrees.branches()))),
    ...answer(view.openDiff, () => done(editor.openDiff(agent))),
    ...answer(view.openAgent, (id) => done(editor.openAgent(id))),
    ...answer(view.openReview, (id) => done(editor.openReview(id))),
    ...answer(view.openLink, (url) => done(editor.openLink(url))),
    ...answer(view.act, (action) => done(editor.act(action))),
  };
}
