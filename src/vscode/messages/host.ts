import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { messageOf, ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Engine } from "../../engine/engine.ts";
import type { JoinedEngine } from "../../engine/join/join.ts";
import { type Calls, type Channel, connectCalls, type Functions } from "../../protocol/channel.ts";
import {
  MAX_RECIPIENTS,
  type MessagesTarget,
  messagesViewCalls,
  toldToMessagesView,
} from "../../protocol/messagesView.ts";
import type { AgentsModel } from "../agentsModel.ts";
import { createCoalescer } from "../coalesce.ts";
import type { LeaderNote } from "../leaderNote.ts";
import type { Session } from "../session.ts";
import { createAnswering, createOnce } from "../webviews/answering.ts";
import { changeOf, createChangeCollector, everything } from "./changes.ts";
import { type MessagesEditor, messagesStateOf } from "./editor.ts";
import { findRecipients } from "./recipients.ts";

/** The extension's end of the messages view: a bundle of its own, loaded when the view is first opened. */

export interface MessagesHostDeps {
  readonly session: Pick<Session, "state" | "onDidChange">;
  readonly model: Pick<AgentsModel, "state" | "problem" | "rows" | "onDidChange">;
  readonly leader: Pick<LeaderNote, "text" | "onDidChange">;
  readonly editor: MessagesEditor;
  readonly log: Logger;
}

export interface MessagesHost extends Disposable {
  /** Leads the view there, now or when it is ready. */
  show(target: MessagesTarget): void;
}

/** Milliseconds between two changes that are told. */
const TELL_MS = 150;

/** Serves a view until it is disposed. What the view sends is taken as far as it is what the protocol says. */
export function connectMessagesView(channel: Channel, deps: MessagesHostDeps): MessagesHost {
  const { session, model, leader, log } = deps;
  const disposables = new DisposableStore();
  const collected = createChangeCollector();
  let isReady = false;
  let target: MessagesTarget | undefined;
  let told = "";
  let engine: JoinedEngine | undefined;
  let following = new DisposableStore();

  const logOnce = createOnce((name, error) => log.error("the messages view's call failed", error, { call: name }));
  const functions = functionsOf(deps, logOnce, () => {
    isReady = true;
    queueMicrotask(showTarget);
  });
  const calls = connectCalls(channel, functions, (error) => logOnce(messageOf(error), error));

  const teller = disposables.add(
    createCoalescer(TELL_MS, async () => {
      const change = isReady ? collected.take() : undefined;
      if (change !== undefined) tell(calls, toldToMessagesView.changed.name, change);
    }),
  );

  const showTarget = () => {
    if (!isReady || target === undefined) return;
    tell(calls, toldToMessagesView.show.name, target);
    target = undefined;
  };

  const tellState = () => {
    const state = messagesStateOf(model, leader);
    const text = JSON.stringify(state);
    if (text === told || !isReady) return;
    told = text;
    tell(calls, toldToMessagesView.state.name, state);
  };

  const tellAll = () => {
    collected.add(everything);
    teller.trigger();
  };

  const follow = () => {
    const next = session.state.kind === "ready" ? session.state.engine : undefined;
    if (next !== engine) {
      following.dispose();
      following = new DisposableStore();
      engine = next;
      if (next !== undefined) {
        following.add(
          next.onEvent((event) => {
            collected.add(changeOf(event));
            teller.trigger();
          }),
        );
        following.add(next.onDidChangeRole(tellAll));
      }
      tellAll();
    }
    tellState();
  };

  disposables.add(session.onDidChange(follow));
  disposables.add(
    model.onDidChange(() => {
      tellState();
      // Recipients come from the model, which hears of a change later than the engine tells it.
      collected.add({ messages: [], agents: true });
      teller.trigger();
    }),
  );
  disposables.add(leader.onDidChange(tellState));
  disposables.add({ dispose: () => following.dispose() });
  follow();

  return {
    show(next) {
      target = next;
      showTarget();
    },
    dispose: () => disposables.dispose(),
  };
}

const tell = (calls: Calls, name: string, argument: unknown): void => calls.tell(name, argument);

/** What the view may call. `onReady` is called before `ready` is answered. */
function functionsOf(
  { session, model, leader, editor }: MessagesHostDeps,
  onFault: (name: string, error: unknown) => void,
  onReady: () => void,
): Functions {
  const using = async <T>(use: (engine: Engine) => Promise<Result<T>>): Promise<Result<T>> =>
    session.state.kind === "ready"
      ? use(session.state.engine)
      : refuse("store_missing", "The repository is not open now: try again when it is.");

  const answer = createAnswering(onFault);
  const without = async (result: Promise<Result<unknown>>): Promise<Result<null>> => {
    const answered = await result;
    return answered.ok ? ok(null) : answered;
  };
  const done = async (work: Promise<void>): Promise<null> => {
    await work;
    return null;
  };

  const { ready, threads, page, find, send, sendAgain, discard, agents, openLink, openAgent, openWhole, act } =
    messagesViewCalls;
  return {
    ...answer(ready, async () => {
      onReady();
      return messagesStateOf(model, leader);
    }),
    ...answer(threads, (query) => using(({ messages }) => messages.threads(query))),
    ...answer(page, (query) => using(({ messages }) => messages.page(query))),
    ...answer(find, (id) =>
      using(async ({ messages }) => {
        const found = await messages.find(id);
        return found.ok ? ok({ id: found.value.id, threadId: found.value.threadId, seq: found.value.seq }) : found;
      }),
    ),
    ...answer(send, (command) => using(({ messages }) => messages.send(command))),
    ...answer(sendAgain, (id) => without(using(({ messages }) => messages.sendAgain(id)))),
    ...answer(discard, (id) => without(using(({ messages }) => messages.discard(id)))),
    ...answer(agents, async (text) => ok(findRecipients(model.rows, text, MAX_RECIPIENTS))),
    ...answer(openLink, (url) => done(editor.openLink(url))),
    ...answer(openAgent, (id) => done(editor.openAgent(id))),
    ...answer(openWhole, (id) => without(editor.openWhole(id))),
    ...answer(act, (action) => done(editor.act(action))),
  };
}
