import { z } from "zod";
import { slug } from "../../../base/text.ts";
import { parseUsd } from "../../../protocol/money.ts";
import { permissionModes } from "../../../protocol/words.ts";
import { isModelId, mapTools, naming, type ReadRole, toolList, toolNames } from "../format.ts";
import { type Problem, problemOf, readFrontMatter } from "../frontMatter.ts";

const nameSchema = z
  .string("must be text")
  .refine((name) => slug(name) === name, "must be a lower-case slug of at most 40 characters, such as api-tests");

const usd = z.union([z.string(), z.number()], "must be dollars, such as 0.50").transform((amount, context) => {
  const parsed = parseUsd(amount);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  context.addIssue({
    code: "custom",
    message: parsed.ok ? "must be more than 0: leave it out to suggest nothing" : parsed.refusal.message,
  });
  return z.NEVER;
});

const fields = {
  name: nameSchema.optional(),
  description: z
    .string("must be text: what the role is for, on one line")
    .trim()
    .min(1, "must say what the role is for")
    .max(1_000, "must have at most 1,000 characters")
    .transform((text) => text.replace(/\s+/g, " ")),
  model: z
    .string("must be text")
    .refine(isModelId, "must be provider/model, and no script; leave it out for the parent's")
    .optional(),
  tools: z
    .union([z.string(), z.array(z.string("must be the name of a tool"))], "must be a list of names of tools")
    .optional(),
  mode: z.enum(permissionModes, `must be one of ${permissionModes.join(", ")}`).optional(),
  budgetUsd: usd.optional(),
  budgetTokens: z.int("must be a whole number").min(1, "must be more than 0").optional(),
};

/** What is mistyped could be what narrows the role, so that a field that is none breaks the file. */
const schema = z.strictObject(fields, {
  error: (issue) =>
    issue.code === "unrecognized_keys"
      ? `is no field of a role: there are ${Object.keys(fields).join(", ")}`
      : "the front matter must have fields, such as description: Reviews what others wrote",
});

/** `.banyan/roles/NAME.md`. */
export const readBanyanRole: ReadRole = (file, vocabulary) => {
  const reading = readFrontMatter(file.text);
  if (reading.kind === "none") {
    return {
      kind: "broken",
      problem: { line: 1, message: "a role begins with a line ---, its fields and a line ---" },
    };
  }
  if (reading.kind === "broken") return reading;
  const { matter } = reading;
  const checked = schema.safeParse(matter.value);
  if (!checked.success) return { kind: "broken", problem: problemOf(checked.error, matter) };
  const given = checked.data;
  const name = given.name ?? file.stem;
  if (slug(name) !== name) {
    return { kind: "broken", problem: { line: 1, message: `give it a name: ${naming([name])} is no lower-case slug` } };
  }
  if (matter.body === "") {
    return { kind: "broken", problem: { line: 1, message: "write below the front matter what the role is to do" } };
  }
  const leftOut: Problem[] = [];
  const mapped = given.tools === undefined ? undefined : mapTools(toolNames(given.tools), () => [], vocabulary);
  if (mapped !== undefined && mapped.unknown.length > 0) {
    const message = `left out ${naming(mapped.unknown)}: the tools are ${vocabulary.knownTools.join(", ")}`;
    leftOut.push({ line: matter.lineOf(["tools"]), message });
  }
  return {
    kind: "role",
    role: {
      name,
      description: given.description,
      instructions: matter.body,
      model: given.model ?? null,
      tools: mapped === undefined ? null : toolList(mapped.tools, vocabulary),
      mode: given.mode ?? null,
      budgetUsd: given.budgetUsd ?? null,
      budgetTokens: given.budgetTokens ?? null,
      source: file.path,
    },
    leftOut,
  };
};
