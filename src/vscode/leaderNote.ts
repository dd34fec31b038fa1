import { type Disposable, DisposableStore, toDisposable } from "../base/disposable.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/log.ts";
import type { Session, SessionState } from "./session.ts";

/** What the *Agents* view says of the process that runs the agents. */
export interface LeaderNote extends Disposable {
  /** Undefined where that is this window, and where there is nothing to say. */
  readonly text: string | undefined;
  readonly onDidChange: Event<void>;
}

/** Milliseconds that a change may take unsaid: most are over by then. */
export const BLINK_MS = 1_000;

export function createLeaderNote(session: Pick<Session, "state" | "onDidChange">, log: Logger): LeaderNote {
  const disposables = new DisposableStore();
  const changes = disposables.add(new Emitter<void>((error) => log.error("a listener of the note failed", error)));
  let following: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  let text: string | undefined;

  const say = (next: string | undefined) => {
    if (next === text) return;
    text = next;
    changes.fire();
  };

  const look = () => {
    clearTimeout(timer);
    const { said, lasting } = noteOn(session.state);
    if (lasting) timer = setTimeout(say, BLINK_MS, said);
    else say(said);
  };

  const follow = (state: SessionState) => {
    following?.dispose();
    following = state.kind === "ready" ? state.engine.onDidChangeRole(look) : undefined;
    look();
  };

  disposables.add(session.onDidChange(follow));
  disposables.add(
    toDisposable(() => {
      following?.dispose();
      clearTimeout(timer);
    }),
  );
  follow(session.state);
  return {
    get text() {
      return text;
    },
    onDidChange: changes.event,
    dispose: () => disposables.dispose(),
  };
}

interface Note {
  readonly said: string | undefined;
  /** Whether it is only said of what lasts longer than a blink; until then the note stays as it is. */
  readonly lasting: boolean;
}

function noteOn(state: SessionState): Note {
  if (state.kind === "opening") return { said: "Opening the repository…", lasting: true };
  const role = state.kind === "ready" ? state.engine.role : undefined;
  if (role?.kind === "between") return { said: "The leader of these agents is being replaced…", lasting: true };
  return { said: role?.kind === "client" ? `Led by ${role.leader}.` : undefined, lasting: false };
}
