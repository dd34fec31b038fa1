import * as vscode from "vscode";
import type { Clock } from "../base/clock.ts";
import { type Disposable, DisposableStore, toDisposable } from "../base/disposable.ts";
import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import type { EngineEvent } from "../protocol/events.ts";
import type { AgentRecord } from "../protocol/records.ts";
import type { AgentsModel } from "./agentsModel.ts";
import { noticeText } from "./escape.ts";
import { type NoticeStorage, readMemory } from "./noticeMemory.ts";
import { alertNotice, type BudgetAlert, endNotice, type KeyedNotice, type Notice, standingNotices } from "./notices.ts";
import type { Session, SessionState } from "./session.ts";

/**
 * Tells the user what becomes of the teams that were started, or opened again, in this window, whichever process runs
 * them by then: that they ended, lack budget or cost more than they should. A team has one such window.
 */
export interface TeamWatch extends Disposable {
  /** Follows one root agent of the session's repository; returns at once. */
  follow(root: Pick<AgentRecord, "id">): void;
  /** Whether this window tells of the team with this root. */
  follows(rootId: string): boolean;
}

export interface TeamWatchDeps {
  readonly session: Pick<Session, "state" | "onDidChange">;
  readonly model: Pick<AgentsModel, "rows" | "row" | "onDidChange">;
  readonly storage: NoticeStorage;
  readonly clock: Pick<Clock, "now">;
  readonly log: Logger;
}

/** Milliseconds for what an alert foretells to happen: then that is told instead. */
export const ALERT_MS = 1_500;

/** Milliseconds that something stands which may pass by itself. */
export const PATIENCE_MS = 4_000;

export function createTeamWatch({ session, model, storage, clock, log }: TeamWatchDeps): TeamWatch {
  const disposables = new DisposableStore();
  const memory = readMemory(storage.read());
  const followed = new Set(memory.followed);
  const told = new Set(memory.told);
  let watching = new AbortController();
  let listening: Disposable | undefined;
  let alerts: BudgetAlert[] = [];
  let alerting: NodeJS.Timeout | undefined;
  /** Since when there is what may pass by itself, by key. */
  let standing = new Map<string, number>();
  let looking: NodeJS.Timeout | undefined;

  const remember = () => storage.write({ followed: [...followed], told: [...told] });

  const say = (notice: Notice | undefined) => {
    if (notice !== undefined) showNotice(notice).catch((error) => log.error("a button of a notice failed", error));
  };

  const tell = (notice: KeyedNotice | undefined) => {
    if (notice === undefined || told.has(notice.key)) return;
    told.add(notice.key);
    remember();
    say(notice);
  };

  const forget = (rootId: string) => {
    followed.delete(rootId);
    for (const key of told) if (key.startsWith(`${rootId}/`)) told.delete(key);
    remember();
  };

  /** Forgets it before it looks at its work: in the meantime it may be opened again, and followed anew. */
  const awaitEnd = async (engine: Engine, rootId: string, { signal }: AbortController): Promise<void> => {
    const ended = await engine.agents.whenEnded(rootId, signal);
    if (signal.aborted) return;
    forget(rootId);
    if (!ended.ok) return;
    const diff = await engine.worktrees.diff(rootId);
    say(endNotice(ended.value, diff.ok && diff.value.files.length > 0));
  };

  const watch = (rootId: string) => {
    if (session.state.kind !== "ready") return;
    const own = watching;
    awaitEnd(session.state.engine, rootId, own).catch((error) => {
      if (!own.signal.aborted) log.error("the end of a team could not be told", error, { agent: rootId });
    });
  };

  const look = () => {
    clearTimeout(looking);
    const now = clock.now();
    const notices = standingNotices(model.rows, followed, new Date(now).toDateString());
    standing = new Map(notices.map(({ key }) => [key, standing.get(key) ?? now]));
    for (const notice of notices) {
      if (!notice.mayPass || now - (standing.get(notice.key) ?? now) >= PATIENCE_MS) tell(notice);
    }
    if (notices.some(({ key }) => !told.has(key))) looking = setTimeout(look, PATIENCE_MS);
  };

  const tellAlerts = () => {
    const heard = alerts;
    alerts = [];
    for (const rootId of new Set(heard.map(({ agentId }) => agentId))) {
      const own = heard.filter(({ agentId }) => agentId === rootId);
      tell(alertNotice(model.row(rootId), own));
    }
  };

  const hear = (event: EngineEvent) => {
    if (event.type !== "budget.alert" || !followed.has(event.agentId)) return;
    if (alerts.push(event) === 1) alerting = setTimeout(tellAlerts, ALERT_MS);
  };

  /** An engine that was let go of tells nothing any more: the next one is asked. */
  const begin = (state: SessionState) => {
    watching.abort();
    watching = new AbortController();
    listening?.dispose();
    listening = state.kind === "ready" ? state.engine.onEvent(hear) : undefined;
    for (const rootId of followed) watch(rootId);
  };

  disposables.add(session.onDidChange(begin));
  disposables.add(model.onDidChange(look));
  disposables.add(
    toDisposable(() => {
      watching.abort();
      listening?.dispose();
      clearTimeout(alerting);
      clearTimeout(looking);
    }),
  );
  begin(session.state);

  return {
    follow({ id }) {
      followed.add(id);
      remember();
      watch(id);
    },
    follows: (rootId) => followed.has(rootId),
    dispose: () => disposables.dispose(),
  };
}

/** Shows a notice and runs what the user presses; resolves when it is closed. */
export async function showNotice({ severity, text, offers }: Notice): Promise<void> {
  const message = noticeText(text);
  const items = [...offers];
  const chosen =
    severity === "warning"
      ? await vscode.window.showWarningMessage(message, ...items)
      : await vscode.window.showInformationMessage(message, ...items);
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, chosen.argument);
}
