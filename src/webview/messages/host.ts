import { Emitter, type Event } from "../../base/event.ts";
import {
  type MessagesChange,
  type MessagesState,
  type MessagesTarget,
  messagesViewCalls,
  toldToMessagesView,
} from "../../protocol/messagesView.ts";
import { asking, connectExtension, type PageMemory } from "../shared/editor.ts";

/** The extension, as the view knows it. */
export type Host = ReturnType<typeof connectHost>;

export interface Told {
  readonly onState: Event<MessagesState>;
  readonly onChange: Event<MessagesChange>;
  readonly onShow: Event<MessagesTarget>;
}

export function connectHost() {
  const onError = (error: unknown) => console.warn("Banyan:", error);
  const states = new Emitter<MessagesState>(onError);
  const changes = new Emitter<MessagesChange>(onError);
  const targets = new Emitter<MessagesTarget>(onError);
  const { state, changed, show } = toldToMessagesView;
  const { calls, memory } = connectExtension({
    [state.name]: (...args) => states.fire(state.args.parse(args)[0]),
    [changed.name]: (...args) => changes.fire(changed.args.parse(args)[0]),
    [show.name]: (...args) => targets.fire(show.args.parse(args)[0]),
  });
  const told: Told = { onState: states.event, onChange: changes.event, onShow: targets.event };
  return {
    ...told,
    memory: memory satisfies PageMemory,
    ready: asking(calls, messagesViewCalls.ready),
    threads: asking(calls, messagesViewCalls.threads),
    page: asking(calls, messagesViewCalls.page),
    find: asking(calls, messagesViewCalls.find),
    send: asking(calls, messagesViewCalls.send),
    sendAgain: asking(calls, messagesViewCalls.sendAgain),
    discard: asking(calls, messagesViewCalls.discard),
    agents: asking(calls, messagesViewCalls.agents),
    openLink: asking(calls, messagesViewCalls.openLink),
    openAgent: asking(calls, messagesViewCalls.openAgent),
    openWhole: asking(calls, messagesViewCalls.openWhole),
    act: asking(calls, messagesViewCalls.act),
  };
}
