import { Emitter } from "../../base/event.ts";
import { type ReviewState, reviewViewCalls, toldToReviewView } from "../../protocol/reviewView.ts";
import { asking, connectExtension, type PageMemory } from "../shared/editor.ts";

/** The extension, as the view knows it. */
export type Host = ReturnType<typeof connectHost>;

export function connectHost() {
  const onError = (error: unknown) => console.warn("Banyan:", error);
  const states = new Emitter<ReviewState>(onError);
  const changes = new Emitter<void>(onError);
  const { state, changed } = toldToReviewView;
  const { calls, memory } = connectExtension({
    [state.name]: (...args) => states.fire(state.args.parse(args)[0]),
    [changed.name]: () => changes.fire(),
  });
  const view = reviewViewCalls;
  return {
    onState: states.event,
    onChange: changes.event,
    memory: memory satisfies PageMemory,
    ready: asking(calls, view.ready),
    get: asking(calls, view.get),
    file: asking(calls, view.file),
    mark: asking(calls, view.mark),
    comment: asking(calls, view.comment),
    settleComment: asking(calls, view.settleComment),
    requestChanges: asking(calls, view.requestChanges),
    merge: asking(calls, view.merge),
    undoMerge: asking(calls, view.undoMerge),
    resolve: asking(calls, view.resolve),
    finishResolution: asking(calls, view.finishResolution),
    abandonResolution: asking(calls, view.abandonResolution),
    branches: asking(calls, view.branches),
    openDiff: asking(calls, view.openDiff),
    openAgent: asking(calls, view.openAgent),
    openReview: asking(calls, view.openReview),
    openLink: asking(calls, view.openLink),
    act: asking(calls, view.act),
  };
}
