import { randomInt } from "node:crypto";
import { uuidv7 } from "uuidv7";

/** The only source of identifiers. Passed in, so that a test can replay a run. */
export interface Ids {
  /** A time-ordered unique id (UUID version 7): turns, messages, threads, checkpoints. */
  unique(): string;
  /** Ten characters a person can read out and a branch can carry: agents. */
  short(): string;
}

/** Crockford's alphabet: no i, l, o, u, so that nothing is mistaken for a digit or reads as a word. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const SHORT_LENGTH = 10;

export const systemIds: Ids = {
  unique: () => uuidv7(),
  short: () => Array.from({ length: SHORT_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join(""),
};
