import type { Role } from "./role.ts";
import { shortened } from "./text.ts";

const LONGEST_DESCRIPTION = 200;
const LONGEST_LIST = 4_000;

/** One line a role, for the model that may hire them; at most some 4,000 characters, and what is left out is counted. */
export function describeRoles(roles: readonly Role[]): string {
  const lines: string[] = [];
  let length = 0;
  for (const role of roles) {
    const line = `- ${role.name} — ${shortened(role.description, LONGEST_DESCRIPTION)}`;
    if (length + line.length > LONGEST_LIST) break;
    lines.push(line);
    length += line.length + 1;
  }
  const rest = roles.length - lines.length;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines.join("\n");
}
