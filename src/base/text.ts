/**
 * Characters that nobody sees: C0, DEL and C1 without tab and line feed; marks that turn the direction of text and make
 * it read as something else; tags and the byte order mark.
 */
export const unseenCharacters =
  /(?![\t\n])\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;

const LONGEST_SLUG = 40;

/** A name that a branch, a folder and a command line can carry: lower-case letters, digits and `-`; never empty. */
export function slug(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST_SLUG)
    .replace(/^-+|-+$/g, "");
  return plain === "" ? "agent" : plain;
}

/** Up to the first line feed. */
export const firstLineOf = (text: string): string => text.split("\n", 1)[0] ?? "";
