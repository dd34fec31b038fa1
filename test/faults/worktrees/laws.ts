import { isIgnored } from "./deeds.ts";
import { differences, type Files } from "./disk.ts";
import type { Seen } from "./world.ts";

/** What must hold between two moments. Pure: they see what was there, and know nothing of how the engine works. */

const isAgents = (ref: string): boolean => ref.startsWith("refs/heads/banyan/") || ref.startsWith("refs/banyan/");

/** What differs in the user's checkout, repository and branches: nothing, unless the user merged. */
export function touched(before: Seen, after: Seen): string[] {
  return [
    ...differences("the user's file", before.files, after.files),
    ...differences("the file in the user's other worktree", before.sideFiles, after.sideFiles),
    ...differences("in .git", before.gitFiles, after.gitFiles),
    ...movedRefs(before.refs, after.refs),
  ];
}

const usersRefs = (refs: ReadonlyMap<string, string>) => [...refs].filter(([ref]) => !isAgents(ref));

/** Refs of the user's that are elsewhere, gone or new. */
function movedRefs(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const [was, is] = [new Map(usersRefs(before)), new Map(usersRefs(after))];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((ref) => was.get(ref) !== is.get(ref))
    .map((ref) => `${ref} moved from ${was.get(ref)} to ${is.get(ref)}`);
}

/** Tips that a ref led to and doesn't lead to any more, by ref. */
export const leftTips = (before: Seen, after: Seen): readonly (readonly [ref: string, tip: string])[] =>
  [...before.refs].filter(([ref, tip]) => after.refs.get(ref) !== tip);

/** Tips of what agents and the engine committed. */
export const agentTips = (seen: Seen): string[] => [
  ...new Set([...seen.refs].filter(([ref]) => isAgents(ref)).map(([, tip]) => tip)),
];

/** Files and index of a checkout, and its branch. */
export interface Checkout {
  readonly files: Files;
  readonly index: Files;
}

/** The checkout with what a merge brings: its paths, and nothing else. */
export const advanced = (checkout: Checkout, from: Files, to: Files): Checkout => ({
  files: withChanges(checkout.files, from, to),
  index: withChanges(checkout.index, from, to),
});

function withChanges(files: Files, from: Files, to: Files): Files {
  const changed = new Map(files);
  for (const path of new Set([...from.keys(), ...to.keys()])) {
    const [was, is] = [from.get(path), to.get(path)];
    if (was?.id === is?.id && was?.mode === is?.mode) continue;
    if (is === undefined) changed.delete(path);
    else changed.set(path, is);
  }
  return changed;
}

/** Where a checkout is not as it must be. */
export const strayed = (what: string, must: Checkout, is: Checkout): string[] => [
  ...differences(`${what}: the file`, must.files, is.files),
  ...differences(`${what}: in the index`, must.index, is.index),
];

/** What must stay of the repository's own files though the user merged: all but these. */
const MOVED_BY_MERGES = /^(?:(?:worktrees\/side\/)?(?:index|ORIG_HEAD|logs\/HEAD)|logs\/refs\/heads\/.*)$/;

export const stayingGitFiles = (files: Files): Files =>
  new Map([...files].filter(([path]) => !MOVED_BY_MERGES.test(path)));

export const unignored = (files: Files): Files => new Map([...files].filter(([path]) => !isIgnored(path)));
