import type { AgentRecord } from "../../protocol/records.ts";

/** `1 message`, `2,000 messages`. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

/** An agent's state in words: `waiting for child`. */
export const agentState = ({ status, waitingFor }: Pick<AgentRecord, "status" | "waitingFor">): string =>
  status === "waiting" && waitingFor !== null ? `waiting for ${waitingFor}` : status;
