import type { Report } from "../../../protocol/records.ts";
import type { InboxMessage } from "../../../protocol/transcript.ts";
import type { SurveyState } from "./state.ts";
import { oneLine, type Step, step } from "./steps.ts";

/** What the model does next: a sentence, and the calls to make. No calls end the turn. */
export interface Move {
  readonly text: string;
  readonly steps: readonly Step[];
}

const MAX_REPORT_TRIES = 2;

/** Hands up a result, with an answer to every note; after two tries that failed it ends the turn with the text alone. */
export function reportMove(state: SurveyState, result: Report): Move {
  const summary = [result.summary, ...state.notes.map(answerTo)].join("\n");
  if (state.sinceReport.tries >= MAX_REPORT_TRIES) return { text: `I could not report. ${summary}`, steps: [] };
  return { text: "Reporting.", steps: [step("report", { ...result, summary })] };
}

/** Of an agent that has reported already: it answers what came since, and does nothing else. */
export function afterReport(state: SurveyState): Move {
  const { notes, tries } = state.sinceReport;
  const answers = notes.map(answerTo).join("\n");
  if (notes.length === 0) return { text: "The survey is done and reported.", steps: [] };
  if (tries >= MAX_REPORT_TRIES) return { text: `I could not report. ${answers}`, steps: [] };
  const summary = `The survey was reported before; nothing was changed since.\n${answers}`;
  return { text: "Answering.", steps: [step("report", { status: "completed", summary, files: [] })] };
}

const answerTo = (note: InboxMessage): string =>
  `To the ${note.kind} from ${note.from.relation === "user" ? "the user" : note.from.name} ` +
  `(${JSON.stringify(oneLine(note.body))}): I am a rule-based model that only surveys; I read it and did not act on it. ` +
  "Start a new agent to survey again, or one with another model for other work.";
