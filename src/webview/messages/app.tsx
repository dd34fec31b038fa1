import { useCallback, useEffect, useState } from "react";
import { messageOf } from "../../base/errors.ts";
import { type MessagesState, type MessagesTarget, type ViewAction, viewActions } from "../../protocol/messagesView.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { useHost } from "./hooks.ts";
import { useSaved } from "./useSaved.ts";
import { Workspace } from "./workspace.tsx";

/** The messages view. What it shows, it was told; what it keeps is where the user was. */
export function App() {
  const host = useHost();
  const state = useMessagesState();
  const kept = useSaved();
  const [target, setTarget] = useState<MessagesTarget | null>(null);
  const onArrived = useCallback(() => setTarget(null), []);
  useEffect(() => {
    const listening = host.onShow(setTarget);
    return () => listening.dispose();
  }, [host]);

  return (
    <>
      <h1 className="spoken">Messages</h1>
      {state.kind === "ready" && state.note !== null && (
        <p className="note" role="status">
          <Icon name="info" /> {visible(state.note)}
        </p>
      )}
      {state.kind === "ready" ? (
        <Workspace {...kept} target={target} onArrived={onArrived} />
      ) : (
        <main className="stand-in">
          <p role="status">{visible(state.text)}</p>
          {state.kind === "none" && state.actions.map((action) => <Action key={action} action={action} />)}
        </main>
      )}
    </>
  );
}

function Action({ action }: { readonly action: ViewAction }) {
  const host = useHost();
  return (
    <button type="button" onClick={() => void host.act(action)}>
      {viewActions[action]}
    </button>
  );
}

/** As it is told, after it was asked for once. */
function useMessagesState(): MessagesState {
  const host = useHost();
  const [state, setState] = useState<MessagesState>({ kind: "wait", text: "Opening…" });
  useEffect(() => {
    let isTold = false;
    const listening = host.onState((next) => {
      isTold = true;
      setState(next);
    });
    host.ready().then(
      (first) => isTold || setState(first),
      (error) => setState({ kind: "none", text: messageOf(error), actions: ["showLog"] }),
    );
    return () => listening.dispose();
  }, [host]);
  return state;
}
