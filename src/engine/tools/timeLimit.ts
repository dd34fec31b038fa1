import { z } from "zod";

const DAY_SECONDS = 24 * 3600;

/** How long a tool may wait, in seconds: up to a day. */
export const timeLimit = z.int().min(1).max(DAY_SECONDS);
