/** Where the survey is written. */
export const SURVEY_FOLDER = "docs/survey";
export const INDEX_PAGE = `${SURVEY_FOLDER}/README.md`;

/** One folder to survey, by one agent, into one page. */
export interface Assignment {
  /** From the worktree's root, without the last `/`; the root is `.`. */
  readonly folder: string;
  readonly page: string;
}

const quote = (path: string): string => (/^[^`"\\\p{C}]+$/u.test(path) ? `\`${path}\`` : JSON.stringify(path));

/** The task of a surveyor, in the one form that `parseTask` reads. */
export const surveyTask = ({ folder, page }: Assignment): string =>
  `Survey the folder ${quote(`${folder}/`)} and write ${quote(page)}.`;

const TASK = /^Survey the folder (`[^`\n]+`|"(?:[^"\\\n]|\\.)+") and write (`[^`\n]+`|"(?:[^"\\\n]|\\.)+")\.$/;

/** What a surveyor is to do; undefined when a task is not of the surveyor's form. */
export function parseTask(task: string): Assignment | undefined {
  const match = TASK.exec(task.trim());
  const folder = unquote(match?.[1])?.replace(/\/+$/, "");
  const page = unquote(match?.[2]);
  return folder === undefined || folder === "" || page === undefined ? undefined : { folder, page };
}

function unquote(quoted: string | undefined): string | undefined {
  if (quoted === undefined) return undefined;
  if (quoted.startsWith("`")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}

/** A surveyor to hire. */
export interface Surveyor extends Assignment {
  /** A lower-case slug, unique among those hired together. */
  readonly name: string;
}

const MAX_SLUG_LENGTH = 30;

const agentSlug = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG_LENGTH)
    .replace(/^-+|-+$/g, "");

const pageSlug = (folder: string): string =>
  [...folder.replace(/[^\p{L}\p{N}._-]+/gu, "-")]
    .slice(0, MAX_SLUG_LENGTH)
    .join("")
    .replace(/^[-.]+|[-.]+$/g, "");

/** One surveyor a folder, in their order: names and pages that no two share, whatever the folders are called. */
export function surveyorsOf(folders: readonly string[]): readonly Surveyor[] {
  const names = new Set<string>();
  const pages = new Set(["readme"]);
  return folders.map((folder) => ({
    folder,
    name: `survey-${unused(agentSlug(folder) || "folder", names)}`,
    page: `${SURVEY_FOLDER}/${unused(pageSlug(folder) || "folder", pages)}.md`,
  }));
}

/** The name or, where its lower case is taken, the name with the first free number. */
function unused(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate.toLowerCase()); number += 1) candidate = `${name}-${number}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}
