import { ok, type Result } from "../../base/errors.ts";
import { slug } from "../../base/text.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import type { PermissionMode } from "../../protocol/words.ts";
import { describeRoles } from "../roles/describe.ts";
import { narrowRights } from "../roles/narrow.ts";
import type { Role } from "../roles/role.ts";
import type { Parts } from "./parts.ts";

/** What an agent is hired with; it stays so for its whole life. */
export interface Commission {
  /** Undefined where no role has that name: the word is then all there is to it. */
  readonly role: Role | undefined;
  /** Null: all there are. */
  readonly tools: readonly string[] | null;
  readonly mode: PermissionMode;
  readonly brief: string | null;
}

/**
 * What a new agent may do, which is never more than its parent, and what it is told. A root's parent is the user. Refuses
 * a role whose file is broken.
 */
export async function commission(
  parts: Parts,
  roleName: string,
  parent: Pick<AgentRecord, "tools" | "mode"> | null,
): Promise<Result<Commission>> {
  const found = await parts.roles.find(slug(roleName));
  if (!found.ok) return found;
  const role = found.value;
  const rights = rightsOf(parts, role, parent ?? { tools: null, mode: "auto" });
  return ok({ role, ...rights, brief: await briefOf(parts, role, rights.tools) });
}

function rightsOf(
  parts: Parts,
  role: Role | undefined,
  { tools, mode }: Pick<AgentRecord, "tools" | "mode">,
): Pick<Commission, "tools" | "mode"> {
  if (role === undefined) return { tools, mode };
  const known = parts.toolbox.specs.map(({ name }) => name);
  const narrowed = narrowRights({ tools: tools ?? known, mode }, role);
  return { mode: narrowed.mode, tools: tools === null && role.tools === null ? null : narrowed.tools };
}

async function briefOf(parts: Parts, role: Role | undefined, tools: readonly string[] | null): Promise<string | null> {
  const project = await parts.roles.projectInstructions();
  const mayHire = tools === null || tools.includes("spawn_agent");
  const sections = [
    role === undefined ? "" : `# Your role: ${role.name}\n\n${role.instructions}`,
    project === null ? "" : `# What the project says (AGENTS.md)\n\n${project}`,
    mayHire ? `# Roles you can hire\n\n${describeRoles((await parts.roles.list()).roles)}` : "",
  ].filter((section) => section !== "");
  return sections.length === 0 ? null : sections.join("\n\n");
}
