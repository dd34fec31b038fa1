import { useEffect, useState } from "react";
import { messageOf } from "../../base/errors.ts";
import { type ReviewAction, type ReviewState, reviewActions } from "../../protocol/reviewView.ts";
import { Icon } from "../shared/icon.tsx";
import { visible } from "../shared/visible.ts";
import { useHost } from "./hooks.ts";
import { Workspace } from "./workspace.tsx";

/** The review of one agent's work. What it shows, it was told; what it keeps is where the user was. */
export function App() {
  const { agentId, state } = useReviewState();
  return (
    <>
      {state.kind === "ready" && state.note !== null && (
        <p className="note" role="status">
          <Icon name="info" /> {visible(state.note)}
        </p>
      )}
      {state.kind === "ready" && agentId !== null ? (
        <Workspace agentId={agentId} />
      ) : (
        <main className="stand-in">
          <h1 className="spoken">Review</h1>
          <p role="status">{state.kind === "ready" ? "Opening…" : visible(state.text)}</p>
          {state.kind === "none" && state.actions.map((action) => <Action key={action} action={action} />)}
        </main>
      )}
    </>
  );
}

function Action({ action }: { readonly action: ReviewAction }) {
  const host = useHost();
  return (
    <button type="button" onClick={() => void host.act(action)}>
      {reviewActions[action]}
    </button>
  );
}

/** As it is told, after it was asked for once. */
function useReviewState(): { readonly agentId: string | null; readonly state: ReviewState } {
  const host = useHost();
  const [agentId, setAgentId] = useState<string | null>(null);
  const [state, setState] = useState<ReviewState>({ kind: "wait", text: "Opening…" });
  useEffect(() => {
    let isTold = false;
    const listening = host.onState((next) => {
      isTold = true;
      setState(next);
    });
    host.ready().then(
      (opened) => {
        setAgentId(opened.agentId);
        if (!isTold) setState(opened.state);
      },
      (error) => setState({ kind: "none", text: messageOf(error), actions: ["showLog"] }),
    );
    return () => listening.dispose();
  }, [host]);
  return { agentId, state };
}
