import { orAborted } from "../../base/abort.ts";
import type { Refusal } from "../../base/errors.ts";
import { formatUsd } from "../../protocol/money.ts";
import type { InboxMessage, ReplyEntry, TranscriptEntry } from "../../protocol/transcript.ts";
import { toolCallsOf } from "../../protocol/transcript.ts";
import { type Amounts, costOf, tokensOf, worstCase } from "../budgets/ledger.ts";
import { isAboutRequest, isRetryable, type ModelFault, type ModelOutcome, type ModelRequest } from "../models/port.ts";
import type { Transaction } from "../store/port.ts";
import { firstLine } from "./firstLine.ts";
import { tellOfDead } from "./messaging.ts";
import type { Parts } from "./parts.ts";
import { systemPrompt } from "./prompt.ts";
import { fail, type Run, type Step } from "./step.ts";
import { afterFailedAttempt, afterReply, type Stand } from "./transcript.ts";

/** A model call under way. */
interface Call {
  readonly turnId: string;
  readonly number: number;
  readonly attempt: number;
  readonly held: Amounts;
  readonly messages: readonly InboxMessage[];
  /** Milliseconds since the Unix epoch. */
  readonly beganAt: number;
}

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** One attempt at the next turn: takes what is due, holds the worst case, calls, settles, stores. */
export async function callModel(run: Run, stand: Stand, take: "urgent" | "all"): Promise<Step> {
  const { parts, agent } = run;
  if (stand.next.number - agent.turnsBefore > parts.limits.maxTurns) {
    return fail(run, `It passed its limit of ${parts.limits.maxTurns} turns.`);
  }
  const { messages, left } = await parts.store.read(async (reader) => ({
    messages: await parts.inbox.due(reader, agent.id, take),
    left: await parts.budgets.free(reader, agent.id),
  }));
  const input: TranscriptEntry[] = messages.length === 0 ? [] : [{ kind: "messages", messages }];
  const request = requestOf(run, [...stand.transcript, ...input], stand.next, left);
  const price = parts.prices.priceOf(agent.model);
  const held = worstCase(await run.model.countInput(request), request.maxOutputTokens, price);
  const call: Call = { turnId: parts.ids.unique(), ...stand.next, held, messages, beganAt: parts.clock.now() };
  const begun = await begin(run, call);
  if (!begun.ok) return awaitBudget(run, call, begun.refusal);
  const outcome = await callWithin(run, request);
  if (outcome.kind === "fault") return afterFault(run, call, stand, outcome.fault);
  run.faults = 0;
  return storeReply(run, call, stand, outcome.reply);
}

/** What a call would take and is not there is waited for: who hired the agent, and the user, can give it. */
async function awaitBudget(run: Run, call: Call, { code, message }: Refusal): Promise<Step> {
  const { parts, agent } = run;
  await parts.store.transaction(async (tx) => {
    await parts.agents.move(tx, agent.id, { type: "wait", for: "budget" }, { reason: message });
    await tx.emit({ type: "budget.refused", agentId: agent.id, missing: message });
    if (code === "budget_exceeded") await askParent(parts, tx, agent.id, call.number, message);
  });
  return "stop";
}

/** Once, as long as it has no more to spend: an ancestor can raise the budget, and is told while it waits for its children too. */
async function askParent(parts: Parts, tx: Transaction, agentId: string, turn: number, message: string): Promise<void> {
  const { parentId, rootId, name, task } = await parts.agents.require(tx, agentId);
  if (parentId === null) return;
  const thread = await parts.inbox.taskThread(tx, agentId);
  const free = await parts.budgets.free(tx, agentId);
  await parts.inbox.send(tx, {
    senderId: agentId,
    recipientId: parentId,
    relation: "child",
    kind: "question",
    priority: "urgent",
    body: `${name} waits for budget. ${message} Raise it with raise_budget, or end the agent with stop_agent.`,
    thread: thread === undefined ? { rootId, subject: firstLine(task) } : { id: thread },
    deduplicationKey: `budget/${agentId}/${parentId}/${turn}/${free.usd}/${free.tokens}`,
  });
}

function requestOf(
  run: Run,
  transcript: readonly TranscriptEntry[],
  { number, attempt }: Stand["next"],
  left: Amounts,
): ModelRequest {
  const { maxTurns } = run.parts.limits;
  const { id, name, role, task, depth } = run.agent;
  return {
    agent: { id, name, role, task, depth },
    system: systemPrompt(run.agent, run.worktree, run.brief),
    tools: run.toolbox.specs,
    transcript,
    standing: `Left of your budget: ${formatUsd(left.usd)} and ${left.tokens} tokens. This is turn ${number - run.agent.turnsBefore} of at most ${maxTurns}.`,
    maxOutputTokens: run.model.maxOutputTokens,
    attempt,
  };
}

const begin = (run: Run, call: Call) =>
  run.parts.store.attempt(async (tx) => {
    const { parts, agent } = run;
    const hold = await parts.budgets.hold(tx, agent.id, call.held, call);
    if (!hold.ok) return hold;
    await parts.turns.begin(tx, { id: call.turnId, agentId: agent.id, ...call });
    await parts.inbox.deliver(
      tx,
      agent.id,
      call.messages.map((message) => message.id),
      call.turnId,
    );
    return hold;
  });

/** Calls the model; one that takes longer than the limit is cut off, and what it cost is unknown. */
async function callWithin(run: Run, request: ModelRequest): Promise<ModelOutcome> {
  const { limits, clock } = run.parts;
  const deadline = new AbortController();
  const over = new AbortController();
  const timer = clock.sleep(limits.callTimeoutMs, over.signal).then(
    () => deadline.abort(),
    () => {},
  );
  try {
    const signal = AbortSignal.any([run.signal, deadline.signal]);
    // An adapter that does not hear the signal is not waited for.
    return await orAborted(run.model.call(request, signal), signal);
  } catch (error) {
    run.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    const message = `The model did not answer within ${limits.callTimeoutMs / 1000} s.`;
    return { kind: "fault", fault: { reason: "timed_out", message, charged: "unknown" } };
  } finally {
    over.abort("the call is over");
    await timer;
  }
}

/** Stores reply, usage, processed messages and checkpoint in one transaction. */
async function storeReply(run: Run, call: Call, stand: Stand, reply: ReplyEntry): Promise<Step> {
  const { parts, agent } = run;
  const input: TranscriptEntry[] =
    call.messages.length === 0 ? [] : [{ kind: "messages", messages: [...call.messages] }];
  const refs = await parts.content.append(agent.id, [...input, reply]);
  const replyRef = refs.at(-1);
  if (replyRef === undefined) throw new Error("nothing was appended");
  const inputRef = refs.length > 1 ? (refs[0] ?? null) : null;
  const tools = toolCallsOf(reply).map((block) => block.tool);
  const costUsd = costOf(reply.usage, parts.prices.priceOf(agent.model));
  const charged: Amounts = { usd: costUsd ?? 0, tokens: tokensOf(reply.usage) };
  const contentEnd = Math.max(stand.contentEnd, parts.content.end(refs));
  const { overrun, calls } = await parts.store.transaction(async (tx) => {
    const overrun = await parts.budgets.settle(tx, agent.id, call.held, charged, call);
    const calls = await parts.turns.reply(tx, {
      id: call.turnId,
      agentId: agent.id,
      usage: reply.usage,
      costUsd,
      stopReason: reply.stopReason,
      input: inputRef,
      reply: replyRef,
      tools,
    });
    await parts.inbox.process(
      tx,
      agent.id,
      call.messages.map((message) => message.id),
      call.turnId,
    );
    await parts.turns.checkpoint(tx, {
      agentId: agent.id,
      turnId: call.turnId,
      transcriptLength: contentEnd,
      snapshotCommit: null,
      state: { phase: "replied", pendingTools: tools },
    });
    const { turnId, number } = call;
    await tx.emit({ type: "turn.replied", agentId: agent.id, turnId, number, tools, tokens: charged.tokens, costUsd });
    if (tools.length === 0) {
      await parts.turns.complete(tx, turnId);
      await tx.emit({ type: "turn.completed", agentId: agent.id, turnId, number });
    }
    return { overrun, calls };
  });
  if (overrun.usd > 0 || overrun.tokens > 0) {
    return fail(
      run,
      `A call cost more than its worst case, by ${formatUsd(overrun.usd)} and ${overrun.tokens} tokens.`,
    );
  }
  return afterReply(stand, { id: call.turnId, number: call.number, input, reply, calls, contentEnd });
}

/**
 * Whether a turn can do without the messages that it took in: they may be what the provider can't read, and are tried
 * again, each alone. Of a turn that has nothing else to say there is nothing left without its only message.
 */
const isSeparable = ({ messages }: Call, { transcript }: Stand): boolean =>
  messages.length > (transcript.length === 0 ? 1 : 0);

/** Books what the provider charged, gives the messages back, and tries again where that can help. */
async function afterFault(run: Run, call: Call, stand: Stand, fault: ModelFault): Promise<Step> {
  const { parts, agent } = run;
  const isDelivery = isAboutRequest(fault) && isSeparable(call, stand);
  await parts.store.transaction(async (tx) => {
    if (fault.charged !== "unknown") {
      const usage = fault.charged === "nothing" ? undefined : fault.charged;
      const charged: Amounts =
        usage === undefined
          ? { usd: 0, tokens: 0 }
          : { usd: costOf(usage, parts.prices.priceOf(agent.model)) ?? 0, tokens: tokensOf(usage) };
      await parts.budgets.settle(tx, agent.id, call.held, charged, call);
    }
    await parts.turns.fail(tx, call.turnId, fault.message, fault.charged === "unknown" ? "unconfirmed" : "failed");
    await tellOfDead(parts, tx, await parts.inbox.giveBack(tx, call.turnId, isDelivery ? fault.message : null));
    await tx.emit({
      type: "turn.failed",
      agentId: agent.id,
      turnId: call.turnId,
      number: call.number,
      failure: fault.message,
    });
  });
  if (isDelivery) return afterFailedAttempt(stand);
  run.faults += 1;
  if (!isRetryable(fault) || run.faults >= parts.limits.maxAttempts) return fail(run, fault.message);
  const backoff = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (run.faults - 1));
  const pause = Math.max(fault.retryAfterMs ?? 0, backoff);
  await parts.clock.sleep(pause, AbortSignal.any([run.signal, run.rest])).catch(() => run.signal.throwIfAborted());
  return afterFailedAttempt(stand);
}
