import { type Family, familyOf } from "./definitions.ts";
import { describeText, LINES_READ, tellingFiles } from "./describe.ts";
import { countLanguages, languageOf } from "./languages.ts";
import { outcomes, type SurveyState, stateOf } from "./state.ts";
import { known, type Progress, type Step, step } from "./steps.ts";
import { INDEX_PAGE, SURVEY_FOLDER } from "./task.ts";
import { type FoundLine, type ListedFile, type Page, parseListing, parseMatches, parseRead } from "./tool-text.ts";

/**
 * The most that is listed and searched of one folder; a page says so where there is more. Every result is sent again
 * with every later call, so that what a surveyor costs grows with the square of this.
 */
const MAX_LIST_PAGES = 3;
const LIST_LIMIT = 1000;
const SEARCH_LIMIT = 1000;
const MAX_SEARCH_PAGES = 3;
/** Matches that all families of languages but the main one share. */
const OTHERS_LIMIT = 900;
const LEAST_LIMIT = 60;

/** All that a surveyor found out about a folder. */
export interface FolderSurvey {
  readonly files: readonly ListedFile[];
  readonly bytes: number;
  readonly languages: readonly (readonly [string, number])[];
  /** The different names that a file defines, in their order, by the file's path. */
  readonly definitions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly definitionCount: number;
  /** Whether there may be more definitions than were found. */
  readonly partial: boolean;
  /** What the first lines of a file say of it; null where they say nothing. */
  readonly descriptions: readonly (readonly [string, string | null])[];
  /** What was not read, and why. Sentences. */
  readonly gaps: readonly string[];
}

export type FolderOutcome =
  | { readonly kind: "surveyed"; readonly survey: FolderSurvey }
  | { readonly kind: "failed"; readonly reason: string };

/** Finds out about a folder: its files, then what they define and, beside it, what the most telling ones begin with. */
export function surveyFolder(state: SurveyState, folder: string): Progress<FolderOutcome> {
  const listing = listAll(state, folder, true);
  if (listing.kind === "ask") return listing;
  if (listing.value.failed !== null && listing.value.items.length === 0) {
    return known({ kind: "failed", reason: `${folder}/ could not be listed: ${listing.value.failed}` });
  }
  const surveyed = listing.value.items.filter((item) => item.kind === "file").filter((file) => !isOwnPage(file.path));
  const found = findDefinitions(state, folder, surveyed);
  const read = readTelling(state, surveyed);
  const ask = [...(found.kind === "ask" ? found.steps : []), ...(read.kind === "ask" ? read.steps : [])];
  if (found.kind === "ask" || read.kind === "ask") return { kind: "ask", steps: ask };
  return known({
    kind: "surveyed",
    survey: {
      files: surveyed,
      bytes: surveyed.reduce((sum, file) => sum + (file.size ?? 0), 0),
      languages: countLanguages(surveyed.map((file) => file.path)),
      definitions: found.value.names,
      partial: listing.value.next !== null || found.value.gaps.length > 0,
      definitionCount: [...found.value.names.values()].reduce((sum, names) => sum + names.size, 0),
      descriptions: read.value.descriptions,
      gaps: [...listingGaps(listing.value), ...found.value.gaps, ...read.value.gaps],
    },
  });
}

/** The survey does not survey itself. */
const isOwnPage = (path: string): boolean => path === INDEX_PAGE || path.startsWith(`${SURVEY_FOLDER}/`);

export interface Pages<T> {
  readonly items: readonly T[];
  readonly total: number | null;
  /** Where it ended before the end; null at the end. */
  readonly next: number | null;
  /** The error that it ended at. */
  readonly failed: string | null;
}

/** The pages of a paged tool, one after another, up to a limit. */
function allPages<T>(
  state: SurveyState,
  stepAt: (offset: number) => Step,
  parse: (content: string) => Page<T>,
  maxPages: number,
): Progress<Pages<T>> {
  const items: T[] = [];
  let total: number | null = null;
  let offset = 0;
  for (let count = 0; count < maxPages; count += 1) {
    const asked = stepAt(offset);
    const outcome = stateOf(state, asked);
    if (outcome.kind === "ask") return { kind: "ask", steps: [asked] };
    if (outcome.kind === "failed") return known({ items, total, next: offset, failed: outcome.reason });
    const page = parse(outcome.content);
    items.push(...page.items);
    total = page.total ?? total;
    if (page.next === null || page.next <= offset) return known({ items, total, next: null, failed: null });
    offset = page.next;
  }
  return known({ items, total, next: offset, failed: null });
}

/** What is in a folder or, recursively, every file below it. */
export const listAll = (state: SurveyState, path: string, recursive: boolean) =>
  allPages(
    state,
    (offset) => step("list_files", { path, recursive, offset, limit: LIST_LIMIT }),
    parseListing,
    MAX_LIST_PAGES,
  );

/** What a listing left out. Sentences. */
export function listingGaps({ items, total, next, failed }: Pages<unknown>): string[] {
  if (next === null) return [];
  const of = total === null ? "" : ` of ${total}`;
  const why = failed === null ? "the survey lists no more of one folder" : failed;
  return [`Only the first ${items.length}${of} entries were listed: ${why}.`];
}

interface Found {
  readonly names: ReadonlyMap<string, ReadonlySet<string>>;
  readonly gaps: readonly string[];
}

/** One search a family of languages, all beside each other. */
function findDefinitions(state: SurveyState, folder: string, files: readonly ListedFile[]): Progress<Found> {
  const families = familiesOf(files);
  const searches = families.map((family, index) => ({
    family,
    progress: searchAll(state, folder, family, searchLimit(index, families.length)),
  }));
  const ask = searches.flatMap(({ progress }) => (progress.kind === "ask" ? progress.steps : []));
  if (ask.length > 0) return { kind: "ask", steps: ask };

  const names = new Map(files.map((file) => [file.path, new Set<string>()]));
  const gaps: string[] = [];
  for (const { family, progress } of searches) {
    if (progress.kind === "ask") continue;
    for (const { path, text } of progress.value.items) {
      const name = languageOf(path).family === family.id ? family.nameIn(text) : undefined;
      if (name !== undefined) names.get(path)?.add(name);
    }
    gaps.push(...searchGaps(family, progress.value));
  }
  return known({ names, gaps });
}

/** The families that the files' languages belong to, the one of most files first. */
function familiesOf(files: readonly ListedFile[]): readonly Family[] {
  const counts = new Map<Family, number>();
  for (const file of files) {
    const family = familyOf(languageOf(file.path).family);
    if (family !== undefined) counts.set(family, (counts.get(family) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a.id < b.id ? -1 : 1)).map(([family]) => family);
}

interface SearchLimit {
  readonly pages: number;
  readonly matches: number;
}

/** The main family is searched page after page, the others beside its first page. */
function searchLimit(rank: number, families: number): SearchLimit {
  if (rank > 0) return { pages: 1, matches: Math.max(LEAST_LIMIT, Math.floor(OTHERS_LIMIT / (families - 1))) };
  return { pages: families === 1 ? MAX_SEARCH_PAGES : MAX_SEARCH_PAGES - 1, matches: SEARCH_LIMIT };
}

const searchAll = (
  state: SurveyState,
  path: string,
  { pattern, ignoreCase }: Family,
  { pages, matches }: SearchLimit,
): Progress<Pages<FoundLine>> =>
  allPages(
    state,
    (offset) => step("search", { pattern, path, ignoreCase, offset, limit: matches }),
    parseMatches,
    pages,
  );

function searchGaps(family: Family, { items, next, failed }: Pages<unknown>): string[] {
  if (next === null) return [];
  const why = failed === null ? "the survey searches no further" : failed;
  return [`Definitions (${family.id}) were searched up to match ${items.length} only: ${why}.`];
}

interface Read {
  readonly descriptions: readonly (readonly [string, string | null])[];
  readonly gaps: readonly string[];
}

/** The first lines of the most telling files, all in one reply. */
export function readTelling(state: SurveyState, files: readonly ListedFile[], max?: number): Progress<Read> {
  const steps = tellingFiles(files, max).map(({ path }) => ({
    ...step("read_file", { path, offset: 1, limit: LINES_READ }),
    path,
  }));
  const read = outcomes(state, steps);
  if (read.kind === "ask") return read;
  const descriptions: (readonly [string, string | null])[] = [];
  const gaps: string[] = [];
  for (const { step: asked, state: outcome } of read.value) {
    if (outcome.kind === "failed") gaps.push(`${asked.path} could not be read: ${outcome.reason}`);
    else descriptions.push([asked.path, describeText(asked.path, parseRead(outcome.content)) ?? null]);
  }
  return known({ descriptions, gaps });
}
