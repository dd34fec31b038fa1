import { countTokens } from "../counting.ts";
import { languageOf } from "./languages.ts";
import { bullets, code, counted, escapeMarkdown, link, mermaidTree, page, prose, size, table } from "./markdown.ts";
import type { FolderSurvey } from "./survey-data.ts";
import type { ListedFile } from "./tool-text.ts";

const MAX_NAMES = 12;
const MAX_NAME_LENGTH = 80;
const MAX_DESCRIPTION_LENGTH = 200;

/** How much of a folder a page shows. */
interface Detail {
  /** Files in a table of all; a folder with more is grouped. */
  readonly allFiles: number;
  readonly groups: number;
  readonly topFiles: number;
}

const DETAILS: readonly Detail[] = [
  { allFiles: 600, groups: 300, topFiles: 100 },
  { allFiles: 150, groups: 100, topFiles: 40 },
  { allFiles: 30, groups: 20, topFiles: 10 },
  { allFiles: 0, groups: 5, topFiles: 3 },
];

/** What a call costs beside its page: names, path and the words around them. */
const TOKENS_BESIDE = 300;

/** The most detailed page that fits into a reply of so many tokens; the briefest where none does. */
export function fittingPage(maxTokens: number, render: (detail: Detail) => string): string {
  const fits = (text: string) => countTokens(JSON.stringify(text)) + TOKENS_BESIDE <= maxTokens;
  return DETAILS.map(render).find(fits) ?? render({ allFiles: 0, groups: 0, topFiles: 0 });
}

export const languagesText = (languages: readonly (readonly [string, number])[]): string =>
  languages.map(([name, count]) => `${escapeMarkdown(name)} (${count})`).join(", ");

/** The page of one folder. */
export function folderPage(folder: string, survey: FolderSurvey, detail: Detail): string {
  return page([
    `# ${folder === "." ? "Survey of the repository" : escapeMarkdown(`${folder}/`)}`,
    "Made by rules from names, sizes and the lines that define something; no language model judged it.",
    folderTotals(survey),
    ...fileSections(folder, survey, detail),
    descriptionSection(folder, survey),
    gapSection(survey),
  ]);
}

function folderTotals({ files, bytes, languages, definitionCount, partial }: FolderSurvey): string {
  const definitions = `${partial ? "at least " : ""}${counted(definitionCount, "definition")}`;
  const totals = `${counted(files.length, "file")}, ${size(bytes)}, ${definitions}.`;
  return files.length === 0
    ? "There are no files here to survey."
    : `${totals} Languages: ${languagesText(languages)}.`;
}

function fileSections(folder: string, survey: FolderSurvey, detail: Detail): readonly string[] {
  if (survey.files.length === 0) return [];
  if (survey.files.length <= detail.allFiles) return ["## Files", fileTable(folder, survey, survey.files)];
  const groups = groupsOf(folder, survey);
  const defining = survey.files
    .filter((file) => definedBy(survey, file) > 0)
    .sort((a, b) => definedBy(survey, b) - definedBy(survey, a) || byPath(a, b));
  const top = defining.slice(0, detail.topFiles);
  return [
    "## Folders",
    `Too many files for one table: they are grouped. ${shownOf(detail.groups, groups.length, "folder")}`.trim(),
    table(["Folder", "Files", "Size", "Definitions"], groups.slice(0, detail.groups)),
    ...(top.length === 0 ? [] : ["## Files that define most", fileTable(folder, survey, top)]),
    shownOf(top.length, survey.files.length, "file"),
  ];
}

const shownOf = (shown: number, all: number, what: string): string =>
  shown >= all ? "" : `Shown are ${shown} of ${counted(all, what)}.`;

const byPath = (a: ListedFile, b: ListedFile): number => (a.path < b.path ? -1 : 1);

const definedBy = (survey: FolderSurvey, file: ListedFile): number => survey.definitions.get(file.path)?.size ?? 0;

const below = (folder: string, path: string): string => (folder === "." ? path : path.slice(folder.length + 1));

const sizeText = (file: ListedFile): string => (file.size === null ? "unknown" : size(file.size));

const fileTable = (folder: string, survey: FolderSurvey, files: readonly ListedFile[]): string =>
  table(
    ["File", "Size", "Language", "Defines"],
    files.map((file) => [
      code(below(folder, file.path)),
      sizeText(file),
      languageOf(file.path).name,
      definesText([...(survey.definitions.get(file.path) ?? [])]),
    ]),
  );

function definesText(names: readonly string[]): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => prose(name, MAX_NAME_LENGTH));
  const rest = names.length - shown.length;
  return [...shown, ...(rest > 0 ? [`+${rest} more`] : [])].join(", ");
}

/** Totals per direct subfolder, the one with most files first. */
function groupsOf(folder: string, survey: FolderSurvey): readonly (readonly string[])[] {
  const groups = new Map<string, { files: number; bytes: number; definitions: number }>();
  for (const file of survey.files) {
    const path = below(folder, file.path);
    const name = path.includes("/") ? path.slice(0, path.indexOf("/") + 1) : "./";
    const group = groups.get(name) ?? { files: 0, bytes: 0, definitions: 0 };
    group.files += 1;
    group.bytes += file.size ?? 0;
    group.definitions += definedBy(survey, file);
    groups.set(name, group);
  }
  return [...groups]
    .sort(([a, m], [b, n]) => n.files - m.files || (a < b ? -1 : 1))
    .map(([name, { files, bytes, definitions }]) => [code(name), String(files), size(bytes), String(definitions)]);
}

function descriptionSection(folder: string, { descriptions }: FolderSurvey): string {
  if (descriptions.length === 0) return "";
  return `## What files say of themselves\n\n${descriptionList(folder, descriptions)}`;
}

const descriptionList = (folder: string, descriptions: FolderSurvey["descriptions"]): string =>
  bullets(
    descriptions.map(([path, text]) => {
      const words = text === null ? "no heading or comment in its first lines" : prose(text, MAX_DESCRIPTION_LENGTH);
      return `${code(below(folder, path))}: ${words}`;
    }),
  );

function gapSection({ files, descriptions, gaps }: FolderSurvey): string {
  const unread = files.length - descriptions.length;
  const names =
    unread === 0
      ? []
      : [
          `${counted(unread, "file")} ${unread === 1 ? "was" : "were"} not opened: only names, sizes and defining lines.`,
        ];
  const first =
    descriptions.length === 0 ? [] : [`Of ${counted(descriptions.length, "file")} only the first lines were read.`];
  const items = [...names, ...first, ...gaps.map(escapeMarkdown)];
  return items.length === 0 ? "" : `## Not read\n\n${bullets(items)}`;
}

/** A main folder as the index shows it. */
export interface IndexRow {
  readonly folder: string;
  readonly agent: string;
  readonly files: number;
  readonly bytes: number;
  /** null where the agent's report gave no figures. */
  readonly definitions: number | null;
  readonly partial: boolean;
  readonly languages: readonly (readonly [string, number])[];
  /** From the worktree's root. */
  readonly page: string;
}

export interface Index {
  readonly surveyed: readonly IndexRow[];
  readonly folders: readonly { readonly name: string; readonly files: number; readonly bytes: number }[];
  readonly rootFiles: readonly ListedFile[];
  readonly descriptions: FolderSurvey["descriptions"];
  /** Folders that no agent surveyed, and why. */
  readonly unsurveyed: readonly { readonly folder: string; readonly why: string }[];
  readonly gaps: readonly string[];
}

/** The page that leads to all others. */
export function indexPage(index: Index, detail: Detail): string {
  return page([
    "# Survey of the repository",
    "Made by a team of rule-based agents, one a main folder, from names, sizes and the lines that define something.",
    indexTotals(index),
    mermaidTree(
      "repository",
      index.folders.map((folder) => ({ ...folder, name: `${folder.name}/` })),
    ),
    "## Folders",
    index.surveyed.length === 0 ? "No folder was surveyed by an agent." : indexTable(index.surveyed),
    ...rootSections(index, detail),
    unsurveyedSection(index),
    index.gaps.length === 0 ? "" : `## Not read\n\n${bullets(index.gaps.map(escapeMarkdown))}`,
  ]);
}

function indexTotals({ folders, rootFiles }: Index): string {
  const files = rootFiles.length + folders.reduce((sum, folder) => sum + folder.files, 0);
  const bytes =
    rootFiles.reduce((sum, file) => sum + (file.size ?? 0), 0) + folders.reduce((sum, folder) => sum + folder.bytes, 0);
  return `${counted(files, "file")}, ${size(bytes)}, in ${counted(folders.length, "folder")} and the root.`;
}

const indexTable = (rows: readonly IndexRow[]): string =>
  table(
    ["Folder", "Agent", "Files", "Size", "Languages", "Definitions", "Page"],
    rows.map((row) => [
      code(`${row.folder}/`),
      code(row.agent),
      String(row.files),
      size(row.bytes),
      languagesText(row.languages),
      row.definitions === null ? "unknown" : `${row.partial ? "at least " : ""}${row.definitions}`,
      link(row.page.slice(row.page.lastIndexOf("/") + 1), row.page.slice(row.page.lastIndexOf("/") + 1)),
    ]),
  );

function rootSections({ rootFiles, descriptions }: Index, detail: Detail): readonly string[] {
  if (rootFiles.length === 0) return [];
  const shown = rootFiles.slice(0, Math.max(detail.allFiles, detail.topFiles));
  const rows = shown.map((file) => [code(file.path), sizeText(file), languageOf(file.path).name]);
  return [
    "## Files of the root",
    shownOf(shown.length, rootFiles.length, "file"),
    table(["File", "Size", "Language"], rows),
    descriptions.length === 0 ? "" : descriptionList(".", descriptions),
    "They were not searched for definitions.",
  ];
}

function unsurveyedSection({ unsurveyed }: Index): string {
  if (unsurveyed.length === 0) return "";
  const items = unsurveyed.map(({ folder, why }) => `${code(`${folder}/`)}: ${escapeMarkdown(why)}`);
  return `## Not surveyed by an agent\n\n${bullets(items)}`;
}
