import { z } from "zod";

/** A process that a leader started, as its file tells of it. */
export const processRecordSchema = z.object({
  /** From 2 up: a signal to the groups 0 and 1 would go to ourselves, and to everybody. */
  pid: z.int().min(2),
  /** As the system's `identity` tells it. */
  processStart: z.string().optional(),
  /** Milliseconds since the Unix epoch. */
  startedAt: z.int().nonnegative(),
  program: z.string(),
  what: z.string(),
  /** The machine; a process of another one can be neither asked nor ended. */
  host: z.string(),
  /** Identity of the folder it was recorded in: a copy of the record elsewhere says nothing. */
  store: z.string().optional(),
  /** What the leader that started it put into its environment. */
  leader: z.string().min(1),
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;

/** The variable of a child's environment that carries its leader's name. */
export const LEADER_VARIABLE = "BANYAN_LEADER";
