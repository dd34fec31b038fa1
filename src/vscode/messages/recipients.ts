import type { Recipient } from "../../protocol/messagesView.ts";
import type { AgentTreeRow } from "../../protocol/records.ts";
import { isOpen } from "../agentFacts.ts";

export function recipientOf(row: AgentTreeRow, rows: readonly AgentTreeRow[]): Recipient {
  const { id, name, role, rootId, status, waitingFor } = row;
  const team = rows.find((each) => each.id === rootId)?.name ?? name;
  return { id, name, role, rootId, team, status, waitingFor };
}

/** Agents that have the text in their name, role, team or id: open ones first, then in the order of the tree. */
export function findRecipients(rows: readonly AgentTreeRow[], text: string, limit: number): readonly Recipient[] {
  const wanted = text.trim().toLowerCase();
  const teams = new Map(rows.filter(({ id, rootId }) => id === rootId).map(({ id, name }) => [id, name]));
  const fits = ({ name, role, id, rootId }: AgentTreeRow) =>
    [name, role, id, teams.get(rootId) ?? ""].some((each) => each.toLowerCase().includes(wanted));
  const fitting = rows.filter(fits);
  return [...fitting.filter(isOpen), ...fitting.filter((row) => !isOpen(row))]
    .slice(0, limit)
    .map((row) => recipientOf(row, rows));
}
