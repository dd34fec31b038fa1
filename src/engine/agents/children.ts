import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Reader } from "../store/port.ts";
import type { Parts } from "./parts.ts";

/** The agents that this one hired and that have not ended. */
export async function openChildren(parts: Parts, reader: Reader, agentId: string): Promise<AgentRecord[]> {
  return (await parts.agents.children(reader, agentId)).filter((child) => !isEnded(child.status));
}
