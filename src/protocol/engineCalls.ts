import { z } from "zod";
import { type Result, refusalCodes } from "../base/errors.ts";
import { sendCommandSchema, spawnCommandSchema } from "./commands.ts";
import { engineEventSchema } from "./events.ts";
import {
  agentRecordSchema,
  agentTreeRowSchema,
  budgetEntrySchema,
  budgetRecordSchema,
  mergeReportSchema,
  messageRecordSchema,
  turnRecordSchema,
  workDiffSchema,
  worktreeRecordSchema,
} from "./records.ts";
import { transcriptEntrySchema } from "./transcript.ts";

/** What a client may ask of the engine of another process: the same commands and snapshots, one call each. */

/** Rises with every change that an older client or leader would not understand. */
export const protocolVersion = 1;

export interface Call<Args extends readonly unknown[], Answer> {
  readonly name: string;
  readonly args: z.ZodType<Args>;
  readonly answer: z.ZodType<Answer>;
}

const call = <Args extends readonly unknown[], Answer>(
  name: string,
  args: z.ZodType<Args>,
  answer: z.ZodType<Answer>,
): Call<Args, Answer> => ({ name, args, answer });

const refusalSchema = z.object({ code: z.enum(refusalCodes), message: z.string() });

const resultOf = <T>(value: z.ZodType<T>): z.ZodType<Result<T>> =>
  z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), refusal: refusalSchema }),
  ]);

/** Bytes cross as base64. */
const bytesSchema = z.codec(z.base64(), z.instanceof(Uint8Array), {
  decode: (text) => z.util.base64ToUint8Array(text),
  encode: (bytes) => z.util.uint8ArrayToBase64(bytes),
});

const agent = z.tuple([z.string()]);
const agentOrAll = z.tuple([z.string().nullable()]);
const listOf = <T>(item: z.ZodType<T>): z.ZodType<readonly T[]> => z.array(item).readonly();

export const engineCalls = {
  agents: {
    spawn: call("agents.spawn", z.tuple([spawnCommandSchema]), resultOf(agentRecordSchema)),
    find: call("agents.find", agent, resultOf(agentRecordSchema)),
    tree: call("agents.tree", agentOrAll, listOf(agentTreeRowSchema)),
    turns: call("agents.turns", agent, resultOf(listOf(turnRecordSchema))),
    transcript: call("agents.transcript", agent, resultOf(listOf(transcriptEntrySchema))),
    stop: call("agents.stop", z.tuple([z.string(), z.string()]), resultOf(agentRecordSchema)),
  },
  messages: {
    send: call("messages.send", z.tuple([sendCommandSchema]), resultOf(messageRecordSchema)),
    list: call("messages.list", agentOrAll, resultOf(listOf(messageRecordSchema))),
  },
  budgets: {
    list: call("budgets.list", agentOrAll, resultOf(listOf(budgetRecordSchema))),
    ledger: call("budgets.ledger", agent, resultOf(listOf(budgetEntrySchema))),
  },
  worktrees: {
    list: call("worktrees.list", z.tuple([]), listOf(worktreeRecordSchema)),
    diff: call("worktrees.diff", agent, resultOf(workDiffSchema)),
    patch: call("worktrees.patch", agent, resultOf(z.string())),
    readFileAt: call("worktrees.readFileAt", z.tuple([z.string(), z.string()]), bytesSchema.optional()),
    merge: call("worktrees.merge", agent, resultOf(mergeReportSchema)),
  },
} as const;

/** The first call of a client; until it is answered, nothing else is. */
export const attachCall = call(
  "attach",
  z.tuple([
    z.object({
      protocol: z.int(),
      /** From the lock, which only the user can read. */
      token: z.string(),
      /** Position of the last event that the client heard of: it is told those since. Null: those from now on. */
      since: z.int().nullable(),
    }),
  ]),
  resultOf(
    z.object({
      position: z.int(),
      /** The checkout that the leader starts teams from and merges them into. */
      root: z.string(),
    }),
  ),
);

/** What the leader tells its clients, in order. */
export const eventTold = { name: "event", args: z.tuple([engineEventSchema]) } as const;
