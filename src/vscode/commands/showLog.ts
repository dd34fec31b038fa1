import { ok } from "../../base/errors.ts";
import type { Command } from "./command.ts";

/** *Show Log*: the *Banyan* output channel. */
export const showLog: Command = async (services) => ok(services.showLog());
