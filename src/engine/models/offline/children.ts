import { type ChildReport, type SurveyState, stateOf } from "./state.ts";
import { oneLine, type PlayedCall, type Step, step, stepKey } from "./steps.ts";
import { type Surveyor, surveyTask } from "./task.ts";
import { parseHired } from "./tool-text.ts";

/** A surveyor that was to be hired, and how far it is. */
export interface Child {
  readonly surveyor: Surveyor;
  /** The name it has in the team. */
  readonly name: string;
  readonly state:
    | { readonly kind: "working" }
    | { readonly kind: "reported"; readonly merge: Step; readonly summary: string }
    | { readonly kind: "merged"; readonly summary: string }
    | { readonly kind: "failed"; readonly reason: string };
}

const spawnStep = (surveyor: Surveyor): Step =>
  step("spawn_agent", { name: surveyor.name, role: "surveyor", task: surveyTask(surveyor) });

/** Calls that are still to be made until everybody is hired or can't be: all in one reply. */
export const spawnSteps = (state: SurveyState, surveyors: readonly Surveyor[]): readonly Step[] =>
  surveyors.flatMap((surveyor) => {
    const hiring = hiringOf(state, surveyor);
    return hiring.kind === "ask" ? [hiring.step] : [];
  });

type Hiring =
  | { readonly kind: "ask"; readonly step: Step }
  | { readonly kind: "hired"; readonly name: string; readonly id: string | null }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Whether a surveyor was hired. A crash may have cut off the answer to a call that did hire: before it is tried again,
 * a merge by that name tells whether there is such an agent, and changes nothing while it works.
 */
function hiringOf(state: SurveyState, surveyor: Surveyor): Hiring {
  const spawn = spawnStep(surveyor);
  const spawned = stateOf(state, spawn);
  if (spawned.kind === "done") return { kind: "hired", name: surveyor.name, id: null, ...parseHired(spawned.content) };
  if (triesOf(state, spawn).some((call) => isCutOff(call))) {
    const look = step("merge_child", { child: surveyor.name });
    const answers = triesOf(state, look).filter((call) => !isCutOff(call));
    if (answers.length === 0 && stateOf(state, look).kind === "ask") return { kind: "ask", step: look };
    if (!answers.some(saysNotHired)) return { kind: "hired", name: surveyor.name, id: null };
  }
  return spawned.kind === "ask" ? { kind: "ask", step: spawn } : { kind: "failed", reason: spawned.reason };
}

const triesOf = (state: SurveyState, { key }: Step): readonly PlayedCall[] =>
  state.calls.filter((call) => stepKey(call.tool, call.input) === key);

const isCutOff = ({ result }: PlayedCall): boolean =>
  result === null || (result.isError && /interrupted/i.test(result.content));

const saysNotHired = ({ result }: PlayedCall): boolean => result?.isError === true && /not_found/.test(result.content);

export const childrenOf = (state: SurveyState, surveyors: readonly Surveyor[]): readonly Child[] =>
  surveyors.map((surveyor) => childOf(state, surveyor));

function childOf(state: SurveyState, surveyor: Surveyor): Child {
  const hiring = hiringOf(state, surveyor);
  if (hiring.kind !== "hired") {
    const reason = hiring.kind === "failed" ? hiring.reason : "not asked";
    return { surveyor, name: surveyor.name, state: { kind: "failed", reason: `could not be hired: ${reason}` } };
  }
  const { name, id } = hiring;
  const report = state.reports.findLast((found) => found.name === name || (id !== null && found.agentId === id));
  if (report !== undefined) return { surveyor, name, state: reported(state, report) };
  const gone = `its agent ${name} ended or was given up without a report`;
  return { surveyor, name, state: mayReport(state, name) ? { kind: "working" } : { kind: "failed", reason: gone } };
}

function reported(state: SurveyState, report: ChildReport): Child["state"] {
  if (!report.completed) return { kind: "failed", reason: `its agent failed: ${oneLine(report.summary)}` };
  const merge = step("merge_child", { child: report.agentId ?? report.name });
  const merged = stateOf(state, merge);
  if (merged.kind === "ask") return { kind: "reported", merge, summary: report.summary };
  if (merged.kind === "done" || hadNothingLeft(merged.reason)) return { kind: "merged", summary: report.summary };
  return { kind: "failed", reason: `its work could not be merged: ${merged.reason}` };
}

/** What a second try says when the first one was cut off after it had merged. */
const hadNothingLeft = (reason: string): boolean => /nothing_to_merge|already merged/i.test(reason);

export const mergeSteps = (children: readonly Child[]): readonly Step[] =>
  children.flatMap(({ state }) => (state.kind === "reported" ? [state.merge] : []));

const MAX_IDLE_WAITS = 6;
const MAX_FAILED_WAITS = 2;

/**
 * Whether a report of a child that has not reported may still come. Not after two waits that failed, nor when waits were
 * answered again and again without a message, nor when the last one brought nothing and the child works no longer.
 */
function mayReport({ calls, deliveries, lastWait }: SurveyState, name: string): boolean {
  const waits = calls.filter((call) => call.tool === "wait");
  const failures = waits.filter((call) => call.result === null || call.result.isError).length;
  if (failures >= MAX_FAILED_WAITS || waits.length >= deliveries + MAX_IDLE_WAITS) return false;
  return lastWait === undefined || lastWait.brought || lastWait.openChildren.includes(name);
}

export const waitStep = (children: readonly Child[]): Step | undefined =>
  children.some((child) => child.state.kind === "working") ? step("wait", { until: "message" }) : undefined;
