import { ok, type Refusal, type Result } from "../../base/errors.ts";
import type { AgentRecord, WorktreeRecord } from "../../protocol/records.ts";
import { textOf } from "../../protocol/transcript.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Reader } from "../store/port.ts";
import { openChildren } from "./children.ts";
import { circleIn } from "./circles.ts";
import { endAgent, failedBecause } from "./ending.ts";
import { callModel } from "./modelCall.ts";
import type { Parts } from "./parts.ts";
import { settleCutOff } from "./recovery.ts";
import { fail, type Run, type Step } from "./step.ts";
import type { RunSignals } from "./supervisor.ts";
import { runTools } from "./toolRun.ts";
import { hasRested, lastReply, readStand, type Stand } from "./transcript.ts";

/**
 * Runs an agent from where it stands until it waits, ends or is to rest. Rejects with the signal's reason when it is
 * stopped; what it had committed by then is where it goes on.
 */
export async function runAgent(parts: Parts, agentId: string, { stop: signal, rest }: RunSignals): Promise<void> {
  const woken = await parts.store.read((reader) => parts.agents.get(reader, agentId));
  // Its team was archived since it was woken.
  if (woken === undefined) return;
  const model = await parts.models.open(woken.model);
  if (!model.ok && model.refusal.code === "provider_absent") return awaitProvider(parts, agentId, model.refusal);
  const agent = await start(parts, agentId);
  if (agent === undefined) return;
  if (!model.ok) return endAgent(parts, agentId, failedBecause(model.refusal));
  const worktree = await soundWorktree(parts, agentId, signal);
  if (!worktree.ok) return endAgent(parts, agentId, failedBecause(worktree.refusal));
  const brief = await parts.store.read((reader) => parts.agents.brief(reader, agentId));
  const toolbox = parts.toolbox.allowing(agent.tools);
  const run: Run = {
    parts,
    agent,
    signal,
    rest,
    model: model.value,
    worktree: worktree.value,
    toolbox,
    brief,
    faults: 0,
    snapshotFailed: false,
  };
  await beginContent(run);
  for (let step: Step = await readStand(parts, agentId); step !== "stop"; ) {
    signal.throwIfAborted();
    if (rest.aborted) return;
    step = await takeStep(run, step);
  }
}

/** One that was made is there again, and is what it was; one that nothing needed yet is not made for this. */
async function soundWorktree(parts: Parts, agentId: string, signal: AbortSignal): Promise<Result<WorktreeRecord>> {
  const record = await parts.store.read((reader) => parts.worktrees.get(reader, agentId));
  return record?.status === "creating" ? ok(record) : parts.worktrees.ensure(agentId, signal);
}

/** Takes the slot, unless there is nothing to do: the agent has ended, is paused, or still waits. */
async function start(parts: Parts, agentId: string): Promise<AgentRecord | undefined> {
  return parts.store.transaction(async (tx) => {
    const agent = await parts.agents.require(tx, agentId);
    if (isEnded(agent.status) || agent.status === "paused") return undefined;
    if (agent.status === "waiting" && !(await hasWaitedEnough(parts, tx, agent))) return undefined;
    await settleCutOff(parts, tx, "the reply could not be stored", agentId);
    return parts.agents.move(tx, agentId, { type: "start" }, { reason: null });
  });
}

/** Whether what a waiting agent waits for is there. */
async function hasWaitedEnough(parts: Parts, reader: Reader, agent: AgentRecord): Promise<boolean> {
  const { id, waitingFor, waitsUntil, awaitsAnswerTo } = agent;
  if (waitingFor === "provider" || waitingFor === "budget") return true;
  if (waitsUntil !== null && waitsUntil <= parts.clock.now()) return true;
  const waitsForMessage = waitingFor === "message" && awaitsAnswerTo === null;
  if ((await parts.inbox.due(reader, id, waitsForMessage ? "all" : "pressing")).length > 0) return true;
  if (awaitsAnswerTo !== null) return (await parts.inbox.answerTo(reader, awaitsAnswerTo)) !== undefined;
  return waitingFor === "child" && (await openChildren(parts, reader, id)).length === 0;
}

/** Parks an agent whose model this process does not have, until one that has it leads. */
function awaitProvider(parts: Parts, agentId: string, { message }: Refusal): Promise<void> {
  return parts.store.transaction(async (tx) => {
    const { status, waitingFor } = await parts.agents.require(tx, agentId);
    if (isEnded(status) || status === "paused" || waitingFor === "provider") return;
    if (status !== "running") await parts.agents.move(tx, agentId, { type: "start" }, { reason: null });
    await parts.agents.move(tx, agentId, { type: "wait", for: "provider" }, { reason: message });
  });
}

/** A crash between an append and its transaction leaves records that no row refers to: what follows begins before them. */
async function beginContent(run: Run): Promise<void> {
  const { parts, agent } = run;
  const checkpoint = await parts.store.read((reader) => parts.turns.lastCheckpoint(reader, agent.id));
  await parts.content.begin(agent.id, checkpoint?.transcriptLength ?? 0);
}

async function takeStep(run: Run, stand: Stand): Promise<Step> {
  const { open } = stand;
  if (open !== null) return runTools(run, { ...stand, open });
  const circle = circleIn(stand.transcript);
  if (circle !== undefined) return fail(run, circle);
  const last = stand.transcript.at(-1);
  if (last === undefined || last.kind === "reply") return atRest(run, stand);
  if (!hasRested(stand.transcript)) return callModel(run, stand, "urgent");
  return (await restsOn(run, stand)) ? "stop" : callModel(run, stand, "all");
}

/** What ended an agent's rest could not be delivered, and nothing else is there: it rests on until the next try. */
async function restsOn({ parts, agent }: Run, { next }: Stand): Promise<boolean> {
  if (next.attempt === 1) return false;
  return parts.store.transaction(async (tx) => {
    if ((await parts.inbox.due(tx, agent.id, "all")).length > 0) return false;
    const dueAt = await parts.inbox.nextDueAt(tx, agent.id);
    if (dueAt === null) return false;
    await parts.agents.move(tx, agent.id, { type: "wait", for: "message", until: dueAt }, { reason: TO_BE_RETURNED });
    return true;
  });
}

const TO_BE_RETURNED = "a message is to be delivered again";

/**
 * The agent has not begun, or its model asked for no tool: it is idle. It takes what came, waits for what is to come, or
 * has said its last word.
 */
async function atRest(run: Run, stand: Stand): Promise<Step> {
  const { parts, agent } = run;
  const reply = lastReply(stand.transcript);
  if (reply?.stopReason === "refusal") return fail(run, "The model refused to answer.");
  if (reply?.stopReason === "max_tokens") return fail(run, "The model's reply was cut off at its output limit.");
  const next = await parts.store.transaction(async (tx) => {
    if ((await parts.inbox.due(tx, agent.id, "all")).length > 0) return "call" as const;
    const dueAt = await parts.inbox.nextDueAt(tx, agent.id);
    const isTeamAtWork = (await openChildren(parts, tx, agent.id)).length > 0;
    if (dueAt === null && !isTeamAtWork) return { undelivered: await parts.inbox.deadTask(tx, agent.id) };
    const reason = dueAt === null ? "its team is at work" : TO_BE_RETURNED;
    await parts.agents.move(tx, agent.id, { type: "wait", for: "message", until: dueAt }, { reason });
    return "wait" as const;
  });
  if (next === "call") return callModel(run, stand, "all");
  if (next === "wait") return "stop";
  const error = next.undelivered?.errors.at(-1)?.error;
  if (error !== undefined) return fail(run, `Its task could not be delivered: ${error}`);
  const text = reply === undefined ? "" : textOf(reply).trim();
  await endAgent(parts, agent.id, {
    as: "completed",
    reason: null,
    summary: text === "" ? "It ended without a report." : text,
  });
  return "stop";
}
