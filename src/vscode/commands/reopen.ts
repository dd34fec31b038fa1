import type { Result } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { ReopenCommandInput } from "../../protocol/commands.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { type CommandServices, withViewProgress } from "./command.ts";

/** Opens an ended agent again; of a lead the user is told when it has ended, as of one that was spawned. */
export async function reopen(
  { teams }: CommandServices,
  engine: Engine,
  command: ReopenCommandInput,
): Promise<Result<AgentRecord>> {
  const reopened = await withViewProgress(() => engine.agents.reopen(command));
  if (reopened.ok && reopened.value.parentId === null) teams.follow(reopened.value);
  return reopened;
}
