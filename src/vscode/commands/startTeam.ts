import type { Result } from "../../base/errors.ts";
import type { SpawnCommandInput } from "../../protocol/commands.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { type CommandServices, withViewProgress } from "./command.ts";

/** Spawns a root agent, makes the repository's store where there is none, and tells the user when the agent has ended. */
export async function startTeam(services: CommandServices, command: SpawnCommandInput): Promise<Result<AgentRecord>> {
  return withViewProgress(async () => {
    const engine = await services.session.engine("create");
    if (!engine.ok) return engine;
    const spawned = await engine.value.agents.spawn(command);
    if (spawned.ok) services.teams.follow(spawned.value);
    return spawned;
  });
}
