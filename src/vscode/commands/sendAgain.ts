import { refuse } from "../../base/errors.ts";
import type { Command } from "./command.ts";

/** *Send Again*: sends a dead message, whose id the argument is, again. */
export const sendAgain: Command = async ({ session }, argument) => {
  if (typeof argument !== "string") return refuse("bad_input", "Say which message is to be sent again.");
  const engine = await session.engine("refuse");
  return engine.ok ? engine.value.messages.sendAgain(argument) : engine;
};
