/** A word as a POSIX shell must be given it, and as a person would type it where it needs no quotes. */
export const shellWord = (word: string): string =>
  /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
