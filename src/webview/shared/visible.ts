import { unseenCharacters } from "../../base/text.ts";

/** The number of a character that nobody sees: `\u202e`. */
export const codeOf = (character: string): string => {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
};

/** One line of text in which nothing is unseen: for names and beginnings. */
export const visible = (text: string): string => text.replace(unseenCharacters, codeOf);
