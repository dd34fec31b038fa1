import { z } from "zod";
import { agentRecordSchema, agentResultSchema } from "../../protocol/records.ts";

/** Rows of the table `agents`, and of what has its columns, as records. */

const jsonResult = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(agentResultSchema);

const jsonNames = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.array(z.string()));

export const agentRow = agentRecordSchema.extend({ result: jsonResult.nullable(), tools: jsonNames.nullable() });

export const AGENT_COLUMNS = `id, parent_id AS "parentId", root_id AS "rootId", depth, name, role, task, model, tools, mode,
  status, waiting_for AS "waitingFor", waits_until AS "waitsUntil", awaits_answer_to AS "awaitsAnswerTo", reason, result, turns_before AS "turnsBefore",
  created_at AS "createdAt", started_at AS "startedAt", ended_at AS "endedAt"`;
