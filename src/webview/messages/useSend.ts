import { useRef, useState } from "react";
import { messageOf, type Refusal } from "../../base/errors.ts";
import type { SendCommand } from "../../protocol/commands.ts";
import type { MessageRecord } from "../../protocol/records.ts";
import { useHost } from "./hooks.ts";

export interface Sending {
  readonly isBusy: boolean;
  readonly problem: Problem | null;
  /** Answers what was sent; nothing where it was refused, which `problem` says. */
  send(command: SendCommand): Promise<readonly MessageRecord[] | undefined>;
  /** Says what is wrong without asking. */
  refuse(text: string): void;
  forget(): void;
}

export interface Problem {
  readonly text: string;
  /** Whether the recipient has ended, and may be opened again. */
  readonly canReopen: boolean;
}

/** Sends under an id that stays while the message is the same: asked twice, it is sent once. */
export function useSend(): Sending {
  const host = useHost();
  const attempt = useRef({ message: "", id: "" });
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const idOf = (command: SendCommand): string => {
    const message = JSON.stringify(command);
    if (attempt.current.message !== message) attempt.current = { message, id: crypto.randomUUID() };
    return attempt.current.id;
  };

  const send = async (command: SendCommand) => {
    setBusy(true);
    setProblem(null);
    try {
      const sent = await host.send({ ...command, id: idOf(command) });
      if (!sent.ok) {
        setProblem(problemOf(sent.refusal));
        return undefined;
      }
      attempt.current = { message: "", id: "" };
      return sent.value;
    } catch (error) {
      setProblem({ text: messageOf(error), canReopen: false });
      return undefined;
    } finally {
      setBusy(false);
    }
  };

  return {
    isBusy,
    problem,
    send,
    refuse: (text) => setProblem({ text, canReopen: false }),
    forget: () => setProblem(null),
  };
}

const problemOf = ({ code, message }: Refusal): Problem => ({ text: message, canReopen: code === "has_ended" });
