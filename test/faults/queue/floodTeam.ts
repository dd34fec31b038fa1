import type { Plan } from "./plan.ts";

/** Letters sent or processed for which a worker says one line. */
export const PER_LINE = 20;

/** Lines that a worker says of a plan at the most, if nobody kills it. */
export const linesOf = ({ messages }: Plan): number => Math.floor((2 * messages) / PER_LINE);
