import type { ContentBlock, ReplyEntry } from "../../../protocol/transcript.ts";
import { countContent, countedReply } from "../counting.ts";
import type { ModelRequest } from "../port.ts";
import { leadMove } from "./lead.ts";
import { afterReport, type Move } from "./move.ts";
import { type SurveyState, surveyState } from "./state.ts";
import { surveyorMove } from "./surveyor.ts";
import { parseTask } from "./task.ts";

/** The reply of the rule-based model: a pure function of the request, the same for the same transcript. */
export function surveyReply(request: ModelRequest): ReplyEntry {
  const state = surveyState(request.transcript);
  const move = state.sinceReport.reported ? afterReport(state) : nextMove(request, state);
  const content = contentOf(move, state.replies);
  if (countContent(content) > request.maxOutputTokens) return cutOff(request);
  return countedReply(request, content, move.steps.length > 0 ? "tool_use" : "end_turn");
}

/** Whoever was given a surveyor's task surveys; the root of a team and everybody else leads. */
function nextMove(request: ModelRequest, state: SurveyState): Move {
  const assignment = request.agent.depth === 0 ? undefined : parseTask(request.agent.task);
  return assignment === undefined ? leadMove(request, state) : surveyorMove(request, state, assignment);
}

const contentOf = ({ text, steps }: Move, turn: number): ContentBlock[] => [
  { type: "text", text },
  ...steps.map(
    ({ tool, input }, index): ContentBlock => ({ type: "tool_call", id: `call-${turn + 1}-${index + 1}`, tool, input }),
  ),
];

/** A reply that does not fit is not begun: half a call must never be run. */
const cutOff = (request: ModelRequest): ReplyEntry => countedReply(request, [], "max_tokens");
