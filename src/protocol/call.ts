import { z } from "zod";
import { type Result, refusalCodes } from "../base/errors.ts";

/** One call over a channel, as both ends know it. */
export interface Call<Args extends readonly unknown[], Answer> {
  readonly name: string;
  readonly args: z.ZodType<Args>;
  readonly answer: z.ZodType<Answer>;
}

export const call = <Args extends readonly unknown[], Answer>(
  name: string,
  args: z.ZodType<Args>,
  answer: z.ZodType<Answer>,
): Call<Args, Answer> => ({ name, args, answer });

const refusalSchema = z.object({ code: z.enum(refusalCodes), message: z.string() });

export const resultOf = <T>(value: z.ZodType<T>): z.ZodType<Result<T>> =>
  z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value }),
    z.object({ ok: z.literal(false), refusal: refusalSchema }),
  ]);

export const listOf = <T>(item: z.ZodType<T>): z.ZodType<readonly T[]> => z.array(item).readonly();
