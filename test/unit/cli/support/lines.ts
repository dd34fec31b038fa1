import { type Line, plain } from "../../../../src/cli/render/line.ts";

/** The text of lines, without colours, for comparing with what a person would see. */
export const textOf = (lines: readonly Line[]): string => `\n${lines.map(plain).join("\n")}\n`;
