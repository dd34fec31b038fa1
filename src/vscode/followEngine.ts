import { type Disposable, DisposableStore } from "../base/disposable.ts";
import type { EngineEvent } from "../protocol/events.ts";
import type { Session, SessionState } from "./session.ts";

/** Hears the engine's events, whichever engine the session has. */
export function followEngine(
  session: Pick<Session, "state" | "onDidChange">,
  hear: (event: EngineEvent) => void,
): Disposable {
  const disposables = new DisposableStore();
  let listening: Disposable | undefined;
  const follow = (state: SessionState) => {
    listening?.dispose();
    listening = state.kind === "ready" ? state.engine.onEvent(hear) : undefined;
  };
  disposables.add(session.onDidChange(follow));
  disposables.add({ dispose: () => listening?.dispose() });
  follow(session.state);
  return disposables;
}
