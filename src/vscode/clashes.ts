import type { Logger } from "../base/log.ts";
import type { Engine } from "../engine/engine.ts";
import { type Clash, clashesByAgent } from "../protocol/collisions.ts";
import type { TreeChange } from "./treeDiff.ts";

/** What agents' work collides with as things are now, by agent. */
export type Clashes = ReadonlyMap<string, readonly Clash[]>;

/** Undefined where they can't be told: then what is known stays. */
export async function readClashes(engine: Engine, log: Logger): Promise<Clashes | undefined> {
  try {
    return clashesByAgent(await engine.worktrees.collisions());
  } catch (error) {
    log.error("what work collides with could not be read", error);
    return undefined;
  }
}

/** The agents whose work collides with something else than before are drawn anew too. */
export function withChangedClashes(change: TreeChange, before: Clashes, after: Clashes): TreeChange {
  if (change.kind === "all" || before === after) return change;
  const told = (clashes: Clashes, id: string) => JSON.stringify(clashes.get(id) ?? []);
  const turned = [...new Set([...before.keys(), ...after.keys()])].filter((id) => told(before, id) !== told(after, id));
  const ids = new Set([...(change.kind === "some" ? change.ids : []), ...turned]);
  return ids.size === 0 ? change : { kind: "some", ids: [...ids] };
}
