import { toolList, type Vocabulary } from "../format.ts";
import { BUILT_IN, type Role } from "../role.ts";
import { coder } from "./coder.ts";
import { lead } from "./lead.ts";
import { reviewer } from "./reviewer.ts";
import { tester } from "./tester.ts";

/** The roles that ship, by name. */
export const builtInRoles = (vocabulary: Vocabulary): readonly Role[] =>
  [coder, lead, reviewer, tester].map((role) => ({
    ...role,
    tools: role.tools === null ? null : toolList(role.tools, vocabulary),
    model: null,
    budgetUsd: null,
    budgetTokens: null,
    source: BUILT_IN,
  }));
