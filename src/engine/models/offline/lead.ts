import type { ModelRequest } from "../port.ts";
import { type Child, childrenOf, mergeSteps, spawnSteps, waitStep } from "./children.ts";
import { counted } from "./markdown.ts";
import { type Move, reportMove } from "./move.ts";
import { fittingPage, type Index, type IndexRow, indexPage } from "./pages.ts";
import { type SurveyState, stateOf } from "./state.ts";
import { known, oneLine, type Progress, step } from "./steps.ts";
import { listAll, listingGaps, readTelling } from "./survey-data.ts";
import { parseFigures, surveyorMove } from "./surveyor.ts";
import { INDEX_PAGE, SURVEY_FOLDER, type Surveyor, surveyorsOf } from "./task.ts";
import type { ListedFile, ListedFolder } from "./tool-text.ts";

const MAX_SURVEYORS = 12;
const MAX_ROOT_READS = 4;

/** The rules of an agent that hires a surveyor a main folder, merges their work and writes the index. */
export function leadMove(request: ModelRequest, state: SurveyState): Move {
  const overview = lookAround(state);
  if (overview.kind === "ask") return { text: "Looking over the repository.", steps: overview.steps };
  if (overview.value.kind === "failed") {
    return reportMove(state, { status: "failed", summary: overview.value.reason, files: [] });
  }
  const canHire = request.tools.some((tool) => tool.name === "spawn_agent");
  const surveyors = surveyorsOf(canHire ? overview.value.main.map((folder) => folder.path) : []);
  if (surveyors.length === 0) return surveyorMove(request, state, { folder: ".", page: INDEX_PAGE });
  return leadTeam(request, state, overview.value, surveyors);
}

interface Overview {
  readonly kind: "seen";
  /** The folders that get a surveyor, the largest first. */
  readonly main: readonly ListedFolder[];
  /** All folders of the root, by name. */
  readonly folders: readonly ListedFolder[];
  readonly rootFiles: readonly ListedFile[];
  readonly gaps: readonly string[];
}

type LookedAround = Overview | { readonly kind: "failed"; readonly reason: string };

function lookAround(state: SurveyState): Progress<LookedAround> {
  const root = listAll(state, ".", false);
  if (root.kind === "ask") return root;
  const { items, failed } = root.value;
  if (failed !== null && items.length === 0) {
    return known({ kind: "failed", reason: `The repository could not be listed: ${failed}` });
  }
  const listed = items.filter((item) => item.kind === "folder");
  const folders = withoutSurvey(state, listed);
  if (folders.kind === "ask") return folders;
  return known({
    kind: "seen",
    main: mainFolders(folders.value),
    folders: folders.value,
    rootFiles: items.filter((item) => item.kind === "file"),
    gaps: listingGaps(root.value),
  });
}

/** The folders of the root as they are without an earlier survey. */
function withoutSurvey(state: SurveyState, folders: readonly ListedFolder[]): Progress<readonly ListedFolder[]> {
  const parent = SURVEY_FOLDER.slice(0, SURVEY_FOLDER.indexOf("/"));
  if (!folders.some((folder) => folder.path === parent)) return known(folders);
  const listing = listAll(state, parent, false);
  if (listing.kind === "ask") return listing;
  const own = listing.value.items.find((item) => item.kind === "folder" && item.path === SURVEY_FOLDER);
  if (own?.kind !== "folder") return known(folders);
  return known(
    folders
      .map((folder) =>
        folder.path === parent
          ? { ...folder, files: folder.files - own.files, bytes: folder.bytes - own.bytes }
          : folder,
      )
      .filter((folder) => folder.files > 0),
  );
}

const isHidden = (folder: ListedFolder): boolean => folder.path.startsWith(".");

const mainFolders = (folders: readonly ListedFolder[]): readonly ListedFolder[] =>
  folders
    .filter((folder) => !isHidden(folder) && folder.files > 0)
    .sort((a, b) => b.files - a.files || (a.path < b.path ? -1 : 1))
    .slice(0, MAX_SURVEYORS);

function leadTeam(request: ModelRequest, state: SurveyState, overview: Overview, surveyors: readonly Surveyor[]): Move {
  const read = readTelling(state, overview.rootFiles, MAX_ROOT_READS);
  const start = [...spawnSteps(state, surveyors), ...(read.kind === "ask" ? read.steps : [])];
  if (start.length > 0 || read.kind === "ask") {
    return { text: `Hiring surveyors for ${surveyors.map(({ folder }) => `${folder}/`).join(", ")}.`, steps: start };
  }
  const children = childrenOf(state, surveyors);
  const merges = mergeSteps(children);
  if (merges.length > 0) return { text: "Merging what was reported.", steps: merges };
  const wait = waitStep(children);
  if (wait !== undefined) return { text: "Waiting for the surveyors.", steps: [wait] };
  const index: Index = {
    surveyed: children.flatMap((child) => indexRow(child, overview)),
    folders: overview.folders.map((folder) => ({ name: folder.path, files: folder.files, bytes: folder.bytes })),
    rootFiles: overview.rootFiles,
    descriptions: read.value.descriptions,
    unsurveyed: unsurveyed(overview, children),
    gaps: [...overview.gaps, ...read.value.gaps],
  };
  return writeIndex(request, state, index);
}

function indexRow(child: Child, { folders }: Overview): IndexRow[] {
  if (child.state.kind !== "merged") return [];
  const { folder, page } = child.surveyor;
  const figures = parseFigures(child.state.summary);
  const listed = folders.find((candidate) => candidate.path === folder);
  return [
    {
      folder,
      page,
      agent: child.name,
      files: listed?.files ?? figures?.files ?? 0,
      bytes: listed?.bytes ?? figures?.bytes ?? 0,
      definitions: figures?.definitions ?? null,
      partial: figures?.partial ?? false,
      languages: figures?.languages ?? [],
    },
  ];
}

function unsurveyed({ folders }: Overview, children: readonly Child[]): Index["unsurveyed"] {
  return folders.flatMap((folder) => {
    const child = children.find(({ surveyor }) => surveyor.folder === folder.path);
    if (child?.state.kind === "merged") return [];
    return [{ folder: folder.path, why: whyNot(folder, child) }];
  });
}

function whyNot(folder: ListedFolder, child: Child | undefined): string {
  if (child?.state.kind === "failed") return oneLine(child.state.reason);
  if (child !== undefined) return "its agent has not reported";
  return isHidden(folder)
    ? "hidden"
    : `small (${counted(folder.files, "file")}): only the ${MAX_SURVEYORS} largest folders get an agent`;
}

function writeIndex(request: ModelRequest, state: SurveyState, index: Index): Move {
  const content = fittingPage(request.maxOutputTokens, (detail) => indexPage(index, detail));
  const write = step("write_file", { path: INDEX_PAGE, content });
  const written = stateOf(state, write);
  if (written.kind === "ask") return { text: `Writing ${INDEX_PAGE}.`, steps: [write] };
  const done = written.kind === "done";
  const head = done
    ? `Surveyed ${index.surveyed.length} of ${index.folders.length} folders; the index is ${INDEX_PAGE}.`
    : `${INDEX_PAGE} could not be written: ${written.reason}`;
  return reportMove(state, {
    status: done ? "completed" : "failed",
    summary: [
      head,
      ...index.unsurveyed.map(({ folder, why }) => `Not surveyed: ${folder}/ (${why})`),
      ...index.gaps,
    ].join("\n"),
    files: [...(done ? [INDEX_PAGE] : []), ...index.surveyed.map(({ page }) => page)],
  });
}
