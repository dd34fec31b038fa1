import { useState } from "react";
import { messageOf, type Result } from "../../base/errors.ts";

export interface Asking {
  readonly isBusy: boolean;
  /** Why the last one was refused. */
  readonly problem: string | null;
  /** Answers what it came to; undefined where it was refused, or another one is under way. */
  ask<T>(task: () => Promise<Result<T>>): Promise<{ readonly value: T } | undefined>;
  forget(): void;
}

/** Asks the extension for one thing at a time; a refusal is shown where it was asked. */
export function useAsking(): Asking {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  return {
    isBusy,
    problem,
    async ask(task) {
      if (isBusy) return undefined;
      setBusy(true);
      setProblem(null);
      try {
        const answer = await task();
        if (answer.ok) return { value: answer.value };
        setProblem(answer.refusal.message);
      } catch (error) {
        setProblem(messageOf(error));
      } finally {
        setBusy(false);
      }
      return undefined;
    },
    forget: () => setProblem(null),
  };
}
