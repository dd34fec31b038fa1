import type { ModelRequest } from "../port.ts";
import { type Move, reportMove } from "./move.ts";
import { fittingPage, folderPage } from "./pages.ts";
import { type SurveyState, stateOf } from "./state.ts";
import { step } from "./steps.ts";
import { type FolderSurvey, surveyFolder } from "./survey-data.ts";
import type { Assignment } from "./task.ts";

/** The rules of an agent that surveys one folder and writes one page. */
export function surveyorMove(request: ModelRequest, state: SurveyState, { folder, page }: Assignment): Move {
  const found = surveyFolder(state, folder);
  if (found.kind === "ask") return { text: `Looking through ${folder}/.`, steps: found.steps };
  if (found.value.kind === "failed") {
    return reportMove(state, { status: "failed", summary: found.value.reason, files: [] });
  }
  const { survey } = found.value;
  const content = fittingPage(request.maxOutputTokens, (detail) => folderPage(folder, survey, detail));
  const write = step("write_file", { path: page, content });
  const written = stateOf(state, write);
  if (written.kind === "ask") return { text: `Writing ${page}.`, steps: [write] };
  const done = written.kind === "done";
  const gaps = done ? survey.gaps : [`${page} could not be written: ${written.reason}`, ...survey.gaps];
  return reportMove(state, {
    status: done ? "completed" : "failed",
    summary: [figuresLine(survey), done ? `Surveyed ${folder}/ into ${page}.` : "", ...gaps].filter(Boolean).join("\n"),
    files: done ? [page] : [],
  });
}

/** What a surveyor's report says in figures, on its first line. */
export interface Figures {
  readonly files: number;
  readonly bytes: number;
  readonly definitions: number;
  /** Whether there may be more definitions. */
  readonly partial: boolean;
  readonly languages: readonly (readonly [string, number])[];
}

/** `files=12 bytes=3456 definitions=78 languages=TypeScript:10,Markdown:2`; `definitions=78+` where there may be more. */
const figuresLine = ({ files, bytes, definitionCount, partial, languages }: FolderSurvey): string =>
  `files=${files.length} bytes=${bytes} definitions=${definitionCount}${partial ? "+" : ""} ` +
  `languages=${languages.map(([name, count]) => `${name}:${count}`).join(",")}`;

const FIGURES = /^files=(\d+) bytes=(\d+) definitions=(\d+)(\+?) languages=(\S*)$/m;

/** Reads the figures of a report; undefined where there are none. */
export function parseFigures(summary: string): Figures | undefined {
  const match = FIGURES.exec(summary);
  if (match === null) return undefined;
  const [, files, bytes, definitions, more, languages = ""] = match;
  return {
    files: Number(files),
    bytes: Number(bytes),
    definitions: Number(definitions),
    partial: more === "+",
    languages: languages.split(",").flatMap(parseLanguage),
  };
}

function parseLanguage(text: string): (readonly [string, number])[] {
  const match = /^([^:]+):(\d+)$/.exec(text);
  return match === null ? [] : [[match[1] ?? "", Number(match[2])]];
}
