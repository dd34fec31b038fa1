import type { Collision } from "./records.ts";

/** What one agent's work collides with. */
export interface Clash {
  /** Another agent; null: the user's branch. */
  readonly otherId: string | null;
  readonly branch: string;
  readonly files: readonly string[];
}

/** By agent, what its work collides with: each collision stands at both of the agents that it is between, once. */
export function clashesByAgent(collisions: readonly Collision[]): ReadonlyMap<string, readonly Clash[]> {
  const clashes = new Map<string, Clash[]>();
  const add = (agentId: string, clash: Clash) => {
    const known = clashes.get(agentId) ?? [];
    if (
      !known.some(({ otherId, branch }) => otherId === clash.otherId && (otherId !== null || branch === clash.branch))
    )
      clashes.set(agentId, [...known, clash]);
  };
  for (const { agentId, otherId, otherBranch, files } of collisions) {
    add(agentId, { otherId, branch: otherBranch, files });
    if (otherId !== null) add(otherId, { otherId: agentId, branch: "", files });
  }
  return clashes;
}

/** How many are named before the rest is counted. */
const MOST_NAMED = 2;

/** `collides with ada and main in 2 files`; nothing without clashes. Files are counted once. */
export function clashWords(clashes: readonly Clash[], nameOf: (agentId: string) => string): string {
  if (clashes.length === 0) return "";
  const names = clashes.map(({ otherId, branch }) => (otherId === null ? branch : nameOf(otherId)));
  const files = new Set(clashes.flatMap((clash) => clash.files)).size;
  return `collides with ${listed(names)} in ${files} ${files === 1 ? "file" : "files"}`;
}

function listed(names: readonly string[]): string {
  const named = names.length <= MOST_NAMED + 1 ? names : names.slice(0, MOST_NAMED);
  const rest = names.length - named.length;
  const all = rest === 0 ? named : [...named, `${rest} others`];
  return all.length === 1 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
