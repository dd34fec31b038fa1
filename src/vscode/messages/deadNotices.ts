import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/log.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { AgentsModel } from "../agentsModel.ts";
import { type CommandId, commands } from "../contributions.ts";
import { counted } from "../figures.ts";
import type { Notice, Offer } from "../notices.ts";
import type { Session, SessionState } from "../session.ts";
import { showNotice, type TeamWatch } from "../teamWatch.ts";

type Death = Extract<EngineEvent, { type: "message.dead" }>;

export interface DeadNoticesDeps {
  readonly session: Pick<Session, "state" | "onDidChange">;
  readonly model: Pick<AgentsModel, "row">;
  readonly teams: Pick<TeamWatch, "follows">;
  readonly log: Logger;
}

/**
 * Tells the user of messages of the window's teams that could not be delivered: one notice at a time, and when it is closed
 * one for all that died meanwhile.
 */
export function createDeadNotices({ session, model, teams, log }: DeadNoticesDeps): Disposable {
  const disposables = new DisposableStore();
  let listening: Disposable | undefined;
  let waiting: Death[] = [];
  let isShowing = false;

  const showNext = async (): Promise<void> => {
    const deaths = waiting;
    const [first] = deaths;
    if (isShowing || first === undefined) return;
    waiting = [];
    isShowing = true;
    try {
      await showNotice(deadNotice(first, model.row(first.agentId)?.name ?? "an agent", deaths.length));
    } catch (error) {
      log.error("a button of a notice failed", error);
    } finally {
      isShowing = false;
      void showNext();
    }
  };

  const hear = (event: EngineEvent) => {
    if (event.type !== "message.dead") return;
    const rootId = model.row(event.agentId)?.rootId;
    if (rootId === undefined || !teams.follows(rootId)) return;
    waiting.push(event);
    void showNext();
  };

  const follow = (state: SessionState) => {
    listening?.dispose();
    listening = state.kind === "ready" ? state.engine.onEvent(hear) : undefined;
  };
  disposables.add(session.onDidChange(follow));
  disposables.add({ dispose: () => listening?.dispose() });
  follow(session.state);
  return disposables;
}

/** Of the first of so many that died. */
export function deadNotice({ messageId, error }: Death, recipient: string, count: number): Notice {
  const offer = (command: CommandId, title: string): Offer => ({ command, title, argument: messageId });
  const show = offer("banyan.openMessages", "Show");
  if (count > 1) {
    return {
      severity: "warning",
      text: `${counted(count, "message")} could not be delivered, the first of them to “${recipient}”: ${error}`,
      offers: [show],
    };
  }
  return {
    severity: "warning",
    text: `A message to “${recipient}” could not be delivered: ${error}`,
    offers: [show, offer("banyan.sendAgain", commands["banyan.sendAgain"].title)],
  };
}
