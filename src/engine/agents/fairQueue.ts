/**
 * Agents in line for a slot, team by team: next is one of the team that holds the fewest slots, and among such teams of
 * the one that has waited longest for its turn. Within a team, first come first served.
 */
export interface FairQueue {
  /** Takes its place at the end of its team's line; one that stands in line keeps its place. */
  add(agentId: string, teamId: string): void;
  /** Takes an agent out of line; answers its team where it stood there. */
  remove(agentId: string): string | undefined;
  /** The next one, which holds a slot from now on. */
  take(): { readonly agentId: string; readonly teamId: string } | undefined;
  /** A slot that `take` gave to this team is free again. */
  giveBack(teamId: string): void;
  clear(): void;
}

export function createFairQueue(): FairQueue {
  const teamOf = new Map<string, string>();
  const lines = new Map<string, Set<string>>();
  const held = new Map<string, number>();
  /** Teams with somebody in line, by the number of slots they hold, in the order of their turns. */
  const byHeld: Set<string>[] = [];

  const turnsOf = (slots: number): Set<string> => {
    const teams = byHeld[slots] ?? new Set();
    byHeld[slots] = teams;
    return teams;
  };
  const heldBy = (teamId: string): number => held.get(teamId) ?? 0;

  const hold = (teamId: string, slots: number): void => {
    turnsOf(heldBy(teamId)).delete(teamId);
    if (slots === 0) held.delete(teamId);
    else held.set(teamId, slots);
    if (lines.has(teamId)) turnsOf(slots).add(teamId);
  };

  const leaveLine = (agentId: string, teamId: string): void => {
    const line = lines.get(teamId);
    line?.delete(agentId);
    if (line?.size !== 0) return;
    lines.delete(teamId);
    turnsOf(heldBy(teamId)).delete(teamId);
  };

  const remove = (agentId: string): string | undefined => {
    const teamId = teamOf.get(agentId);
    if (teamId !== undefined) leaveLine(agentId, teamId);
    teamOf.delete(agentId);
    return teamId;
  };

  return {
    remove,
    add(agentId, teamId) {
      if (teamOf.has(agentId)) return;
      teamOf.set(agentId, teamId);
      const line = lines.get(teamId) ?? new Set();
      lines.set(teamId, line.add(agentId));
      turnsOf(heldBy(teamId)).add(teamId);
    },
    take() {
      const teamId = first(byHeld.find((teams) => teams !== undefined && teams.size > 0));
      const agentId = teamId === undefined ? undefined : first(lines.get(teamId));
      if (teamId === undefined || agentId === undefined) return undefined;
      remove(agentId);
      hold(teamId, heldBy(teamId) + 1);
      return { agentId, teamId };
    },
    giveBack: (teamId) => hold(teamId, heldBy(teamId) - 1),
    clear() {
      for (const agentId of [...teamOf.keys()]) remove(agentId);
    },
  };
}

function first<T>(values: Iterable<T> | undefined): T | undefined {
  if (values === undefined) return undefined;
  for (const value of values) return value;
  return undefined;
}
