import { ok } from "../../base/errors.ts";
import { type Command, withViewProgress } from "./command.ts";

/** *Retry*: lets go of the repository and opens it anew. How that ended stands in the view. */
export const retry: Command = async ({ session }) => ok(await withViewProgress(() => session.retry()));
