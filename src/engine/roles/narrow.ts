import { type PermissionMode, permissionModes } from "../../protocol/words.ts";
import type { Role } from "./role.ts";

export interface Rights {
  readonly tools: readonly string[];
  readonly mode: PermissionMode;
}

export const stricterMode = (one: PermissionMode, other: PermissionMode): PermissionMode =>
  permissionModes.indexOf(one) <= permissionModes.indexOf(other) ? one : other;

/** A child's rights: its parent's, less what its role has not. Never wider than the parent's. */
export function narrowRights(parent: Rights, { tools, mode }: Pick<Role, "tools" | "mode">): Rights {
  return {
    tools: tools === null ? parent.tools : parent.tools.filter((tool) => tools.includes(tool)),
    mode: mode === null ? parent.mode : stricterMode(parent.mode, mode),
  };
}

/** What a role suggests to give, at most what its parent has free; undefined where it suggests nothing. */
export const suggestedAmount = (suggested: number | null, free: number): number | undefined =>
  suggested === null ? undefined : Math.min(suggested, free);
