import { isDiskRefusal, type Refusal } from "../../base/errors.ts";
import type { Report } from "../../protocol/records.ts";
import type { ToolResultEntry } from "../../protocol/transcript.ts";
import { restingTools } from "../../protocol/words.ts";
import { StoreUnavailableError, type Transaction } from "../store/port.ts";
import type { Tool, ToolContext, ToolOutcome } from "../tools/tool.ts";
import { openChildren } from "./children.ts";
import { endAgent, failedBecause } from "./ending.ts";
import type { Run, Step } from "./step.ts";
import { teamOf } from "./team.ts";
import { afterResults, afterTurn, lastReply, type OpenStand, type OpenTurn, type StoredResult } from "./transcript.ts";
import { lookAround, type Wait, waitingMove, waitResult } from "./waits.ts";

type OpenCall = OpenTurn["calls"][number];

/** A call that has a result. */
interface Done {
  readonly call: OpenCall;
  readonly status: "succeeded" | "failed" | "interrupted";
  readonly content: string;
}

/** What the turn does when its other tools are done. */
type Closing =
  | { readonly kind: "wait"; readonly call: OpenCall; readonly wait: Wait }
  | { readonly kind: "report"; readonly call: OpenCall; readonly result: Report };

const failed = (call: OpenCall, content: string): Done => ({ call, status: "failed", content });

const unanswered = ({ open }: OpenStand): OpenCall[] => open.calls.filter(({ row }) => row.result === null);

/** A turn whose tools run. */
interface Progress {
  readonly run: Run;
  /** As it was committed last. */
  stand: OpenStand;
}

/**
 * Runs what is left of a turn's tools, and stores the results in one transaction. `wait` and `report` close a turn:
 * they come into effect after all others, in that transaction.
 */
export async function runTools(run: Run, stand: OpenStand): Promise<Step> {
  const left = unanswered(stand);
  const progress: Progress = { run, stand };
  if (lastReply(stand.transcript)?.stopReason === "max_tokens") {
    const cut = "The reply was cut off at the output limit, so that none of its tools ran. Do less in one reply.";
    return completeTurn(
      progress,
      left.map((call) => failed(call, cut)),
    );
  }
  const refusal = await makeWorktreeFor(run, left);
  if (refusal !== undefined) {
    await endAgent(run.parts, run.agent.id, failedBecause(refusal));
    return "stop";
  }
  const { done: ran, closing } = await runCalls(progress, left);
  if (run.signal.aborted) return keepResults(progress, ran);
  const done = await keepWritten(progress, left, ran);
  if (closing === undefined) return completeTurn(progress, done);
  if (closing.kind === "wait") return waitOrGoOn(progress, done, closing);
  return reportOrGoOn(progress, done, closing);
}

/**
 * Where a turn's tools wrote files: stores the results so far, then takes a snapshot, before anything lets the turn end.
 * Answers the results that are still to be stored. A turn that waits took it before it waited.
 */
async function keepWritten(
  progress: Progress,
  left: readonly OpenCall[],
  done: readonly Done[],
): Promise<readonly Done[]> {
  const { run, stand } = progress;
  const goesOn = left.length > 0 && left.every(({ block }) => restingTools.includes(block.tool));
  if (goesOn || !stand.open.calls.some((call) => writes(run, call))) return done;
  if (done.length > 0) progress.stand = await commitResults(progress, done);
  await takeSnapshot(run);
  return [];
}

const writes = (run: Run, call: OpenCall): boolean => {
  const tool = toolOf(run, call);
  return tool?.effect === "changes" && tool.needsWorktree;
};

/** What git could not keep now is kept with the next turn that writes, or at the end. */
async function takeSnapshot(run: Run): Promise<void> {
  const { parts, agent } = run;
  try {
    await parts.worktrees.snapshot(agent.id);
  } catch (error) {
    if (isDiskRefusal(error) || error instanceof StoreUnavailableError || run.signal.aborted) throw error;
    if (!run.snapshotFailed)
      parts.log.error("an agent's files could not be kept in a snapshot", error, { agent: agent.id });
    run.snapshotFailed = true;
  }
}

/** Makes the agent's worktree, where there is none and one of the calls works in it; before any of them is announced. */
async function makeWorktreeFor(run: Run, calls: readonly OpenCall[]): Promise<Refusal | undefined> {
  const needed = calls.some((call) => call.row.status === "pending" && toolOf(run, call)?.needsWorktree === true);
  if (!needed || run.worktree.status !== "creating") return undefined;
  const made = await run.parts.worktrees.ensure(run.agent.id, run.signal);
  if (!made.ok) return made.refusal;
  run.worktree = made.value;
  return undefined;
}

/** Stopped between two tools: what the first ones came to is known, and stays known. */
async function keepResults(progress: Progress, done: readonly Done[]): Promise<never> {
  if (done.length > 0) await commitResults(progress, done);
  throw progress.run.signal.reason;
}

/** What is done and not stored yet, and what closes the turn. Ends early when the run is stopped. */
async function runCalls(
  progress: Progress,
  calls: readonly OpenCall[],
): Promise<{ done: Done[]; closing: Closing | undefined }> {
  const { run } = progress;
  let done: Done[] = [];
  let closing: Closing | undefined;
  for (const batch of batches(run, calls)) {
    if (run.signal.aborted) break;
    if (closing !== undefined) {
      done.push(
        ...batch.map((call) => failed(call, `It did not run: ${closing?.call.block.tool} ends a turn. Call it last.`)),
      );
      continue;
    }
    const [first] = batch;
    if (first !== undefined && first.row.status === "pending" && toolOf(run, first)?.effect === "changes") {
      await announce(progress, first, done);
      done = [];
    }
    for (const { call, outcome } of await Promise.all(batch.map((call) => runCall(run, call)))) {
      if (outcome.kind === "done") done.push(outcome.done);
      else if (outcome.kind === "stopped") continue;
      else if (closing === undefined) closing = outcome.closing;
      else
        done.push(
          failed(call, `It did not take effect: ${closing.call.block.tool} ends a turn. Call one of them, last.`),
        );
    }
  }
  return { done, closing };
}

/** A call that changes something is announced before it runs; the results so far are stored with the announcement. */
async function announce(progress: Progress, call: OpenCall, done: readonly Done[]): Promise<void> {
  const { turns } = progress.run.parts;
  progress.stand = await commitResults(progress, done, (tx) => turns.announce(tx, call.row.id));
}

/** Calls that only read run beside each other; one that changes something runs alone, in its place. */
function batches(run: Run, calls: readonly OpenCall[]): OpenCall[][] {
  const groups: OpenCall[][] = [];
  let reading: OpenCall[] | undefined;
  for (const call of calls) {
    if (changesNothing(run, call) && reading !== undefined) {
      reading.push(call);
    } else {
      const group = [call];
      groups.push(group);
      reading = changesNothing(run, call) ? group : undefined;
    }
  }
  return groups;
}

const toolOf = (run: Run, call: OpenCall): Tool | undefined => run.toolbox.find(call.block.tool);

/** An unknown tool does nothing. */
const changesNothing = (run: Run, call: OpenCall): boolean => (toolOf(run, call)?.effect ?? "reads") === "reads";

/** `stopped`: the run was stopped before the call came to anything; one that only reads runs again. */
type CallOutcome =
  | { readonly kind: "done"; readonly done: Done }
  | { readonly kind: "closing"; readonly closing: Closing }
  | { readonly kind: "stopped" };

async function runCall(run: Run, call: OpenCall): Promise<{ call: OpenCall; outcome: CallOutcome }> {
  try {
    return { call, outcome: await outcomeOf(run, call) };
  } catch (error) {
    if (run.signal.aborted) return { call, outcome: { kind: "stopped" } };
    throw error;
  }
}

/** A call that was announced and has no result was cut off. */
async function outcomeOf(run: Run, call: OpenCall): Promise<CallOutcome> {
  if (call.row.status === "running") {
    const content = `${call.block.tool} was interrupted when the engine stopped: it may have taken effect, or not. Look before you repeat it.`;
    return { kind: "done", done: { call, status: "interrupted", content } };
  }
  const outcome = await run.toolbox.runTool(call.block.tool, call.block.input, contextOf(run, call));
  return toCallOutcome(call, outcome);
}

function toCallOutcome(call: OpenCall, outcome: ToolOutcome): CallOutcome {
  switch (outcome.kind) {
    case "result":
      return {
        kind: "done",
        done: { call, status: outcome.isError ? "failed" : "succeeded", content: outcome.content },
      };
    case "wait": {
      const { until, timeoutMs } = outcome;
      return {
        kind: "closing",
        closing: { kind: "wait", call, wait: { until, timeoutMs, since: call.row.startedAt } },
      };
    }
    case "report":
      return { kind: "closing", closing: { kind: "report", call, result: outcome.result } };
  }
}

const contextOf = (run: Run, call: OpenCall): ToolContext => ({
  agent: { id: run.agent.id, name: run.agent.name },
  files: run.parts.worktrees.files(run.worktree),
  history: run.parts.worktrees.history(run.worktree),
  team: teamOf(run.parts, run.agent, call.row.id),
  signal: run.signal,
  assertLeading: run.parts.assertLeading,
});

async function completeTurn(progress: Progress, done: readonly Done[]): Promise<Step> {
  return afterTurn(await commitResults(progress, done, (tx) => closeTurn(progress, tx)));
}

type WaitClosing = Closing & { readonly kind: "wait" };

/** A wait that can end at once does; otherwise the agent gives its slot back, and the call stays to be answered. */
async function waitOrGoOn(progress: Progress, done: readonly Done[], { call, wait }: WaitClosing): Promise<Step> {
  const { parts, agent } = progress.run;
  const look = await parts.store.read((reader) => lookAround(parts, agent, reader, wait));
  if (look.over === null) return park(progress, done, { kind: "wait", call, wait });
  return completeTurn(progress, [...done, { call, status: "succeeded", content: waitResult(wait, look) }]);
}

/** Parks in one transaction with a last look: what came in between would otherwise be slept over. */
async function park(progress: Progress, done: readonly Done[], { call, wait }: WaitClosing): Promise<Step> {
  const { parts, agent } = progress.run;
  const appended = await appendResults(progress, done);
  return parts.store.transaction(async (tx) => {
    await storeResults(progress, tx, appended);
    const look = await lookAround(parts, agent, tx, wait);
    if (look.over !== null) return appended.stand;
    if (wait.timeoutMs !== null) await parts.turns.beginWait(tx, call.row.id);
    const { move, reason } = waitingMove(wait, look, parts.clock.now());
    await parts.agents.move(tx, agent.id, move, { reason });
    return "stop";
  });
}

/** Reports, unless agents that it hired are still open. */
async function reportOrGoOn(
  progress: Progress,
  done: readonly Done[],
  report: Closing & { kind: "report" },
): Promise<Step> {
  const { run } = progress;
  const { parts, agent } = run;
  const open = await parts.store.read((reader) => openChildren(parts, reader, agent.id));
  if (open.length > 0) {
    const names = open.map((child) => child.name).join(", ");
    const refusal = failed(report.call, `Agents that you hired still work: ${names}. Wait for them before you report.`);
    return completeTurn(progress, [...done, refusal]);
  }
  const all: Done[] = [...done, { call: report.call, status: "succeeded", content: "Reported." }];
  const appended = await appendResults(progress, all);
  const { status, summary } = report.result;
  const ending = { as: status, reason: status === "failed" ? "it reported failure" : null, summary };
  await endAgent(parts, agent.id, ending, async (tx) => {
    await storeResults(progress, tx, appended);
    await closeTurn(progress, tx);
  });
  return "stop";
}

/** Results that are in the content file, and the stand that they lead to when they are committed. */
interface Appended {
  readonly results: readonly StoredResult[];
  readonly stand: OpenStand;
}

async function appendResults({ run, stand }: Progress, done: readonly Done[]): Promise<Appended> {
  if (done.length === 0) return { results: [], stand };
  const entries = done.map(toEntry);
  const refs = await run.parts.content.append(run.agent.id, entries);
  const results = done.flatMap(({ call, status }, index) => {
    const ref = refs[index];
    const entry = entries[index];
    return ref === undefined || entry === undefined ? [] : [{ row: call.row, status, entry, ref }];
  });
  return { results, stand: afterResults(stand, results) };
}

/** Stores results in one transaction with what goes with them; answers the stand that this led to. */
async function commitResults(
  progress: Progress,
  done: readonly Done[],
  within: (tx: Transaction) => Promise<void> = async () => {},
): Promise<OpenStand> {
  const appended = await appendResults(progress, done);
  await progress.run.parts.store.transaction(async (tx) => {
    await storeResults(progress, tx, appended);
    await within(tx);
  });
  return appended.stand;
}

const toEntry = ({ call, status, content }: Done): ToolResultEntry => ({
  kind: "tool_result",
  callId: call.block.id,
  tool: call.block.tool,
  content,
  isError: status !== "succeeded",
});

async function storeResults({ run }: Progress, tx: Transaction, { results, stand }: Appended): Promise<void> {
  if (results.length === 0) return;
  const { parts, agent } = run;
  await parts.turns.finishCalls(
    tx,
    results.map(({ row, status, ref }) => ({ id: row.id, status, result: ref })),
  );
  const pendingTools = unanswered(stand).map(({ block }) => block.tool);
  await parts.turns.checkpoint(tx, {
    agentId: agent.id,
    turnId: stand.open.id,
    transcriptLength: stand.contentEnd,
    snapshotCommit: null,
    state: { phase: pendingTools.length === 0 ? "completed" : "waiting", pendingTools },
  });
}

async function closeTurn({ run, stand }: Progress, tx: Transaction): Promise<void> {
  const turn = stand.open;
  await run.parts.turns.complete(tx, turn.id);
  await tx.emit({ type: "turn.completed", agentId: run.agent.id, turnId: turn.id, number: turn.number });
}
