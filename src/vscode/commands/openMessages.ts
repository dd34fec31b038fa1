import { ok } from "../../base/errors.ts";
import type { Command } from "./command.ts";

/** *Open Messages*: opens the messages view; at a message, where the argument is the id of one. */
export const openMessages: Command = async ({ session, messages }, argument) => {
  if (typeof argument !== "string") {
    messages.open();
    return ok(null);
  }
  const engine = await session.engine("refuse");
  const found = engine.ok ? await engine.value.messages.find(argument) : engine;
  if (!found.ok) return found;
  const { id, threadId, seq } = found.value;
  messages.open({ kind: "message", place: { id, threadId, seq } });
  return ok(null);
};
