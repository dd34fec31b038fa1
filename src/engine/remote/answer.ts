import { timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "../../base/clock.ts";
import { ok, type Result, refuse } from "../../base/errors.ts";
import type { Logger } from "../../base/log.ts";
import type { Call } from "../../protocol/call.ts";
import { type Calls, type Channel, connectCalls, type Functions } from "../../protocol/channel.ts";
import { attachCall, engineCalls, eventTold, protocolVersion } from "../../protocol/engineCalls.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import { SupersededError } from "../store/port.ts";
import type { Backend, LedEngine } from "./backend.ts";

export interface AnswerOptions {
  /** What a client must know to be let in. */
  readonly token: string;
  /** Resolves when the engine is open; calls wait for it. */
  readonly engine: Promise<LedEngine>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Milliseconds that a connection may take to say who it is. */
const STRANGER_MS = 10_000;

/** Answers one client until its channel ends: nothing but `attach` before it has shown the token. */
export function answerClient(channel: Channel, options: AnswerOptions): void {
  const { log } = options;
  const ended = new AbortController();
  channel.onClose(() => ended.abort());
  const functions: Record<string, Functions[string]> = {
    [attachCall.name]: answering(channel, attachCall, async (request) => {
      if (!isSame(request.token, options.token)) return lockOut(channel);
      if (request.protocol !== protocolVersion) return otherVersion(request.protocol);
      const engine = await options.engine;
      Object.assign(functions, functionsOf(channel, engine));
      strangers.abort();
      return ok({
        position: await follow(engine, request.since, calls, ended.signal),
        root: engine.repository.root,
      });
    }),
  };
  const calls = connectCalls(channel, functions, (error) => log.error("a client's call failed", error));
  const strangers = new AbortController();
  options.clock.sleep(STRANGER_MS, AbortSignal.any([ended.signal, strangers.signal])).then(
    () => channel.close(),
    () => {},
  );
}

function lockOut(channel: Channel): Result<never> {
  channel.close();
  return refuse("leader_silent", "The token is not the leader's.");
}

const otherVersion = (theirs: number): Result<never> =>
  refuse(
    "other_version",
    `Another version of Banyan leads this repository (protocol ${protocolVersion}, this one speaks ${theirs}). Reload its window or end its terminal, so that both are the same.`,
  );

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Tells a client what happened since a position and what happens from now on, without a gap. Answers where it begins. */
async function follow(engine: LedEngine, since: number | null, calls: Calls, ended: AbortSignal): Promise<number> {
  let told = Number.POSITIVE_INFINITY;
  const waiting: EngineEvent[] = [];
  const tell = (event: EngineEvent) => {
    if (event.seq <= told) return;
    told = event.seq;
    calls.tell(eventTold.name, event);
  };
  let live = false;
  const listening = engine.onEvent((event) => (live ? tell(event) : waiting.push(event)));
  ended.addEventListener("abort", () => listening.dispose(), { once: true });
  const begin = since ?? (await engine.position());
  const missed = await engine.history(begin);
  told = begin;
  for (const event of [...missed, ...waiting]) tell(event);
  live = true;
  return begin;
}

/** A leader that finds itself replaced gives no answer: its clients ask the next one. */
const answering =
  <Args extends readonly unknown[], Answer>(
    channel: Channel,
    { args, answer }: Call<Args, Answer>,
    handle: (...args: Args) => Promise<Answer>,
  ): Functions[string] =>
  async (...given) => {
    try {
      return z.encode(answer, await handle(...args.parse(given)));
    } catch (error) {
      if (error instanceof SupersededError) channel.close();
      throw error;
    }
  };

function functionsOf(channel: Channel, { agents, messages, budgets, worktrees, reviews }: Backend): Functions {
  const on = <Args extends readonly unknown[], Answer>(
    call: Call<Args, Answer>,
    handle: (...args: Args) => Promise<Answer>,
  ) => answering(channel, call, handle);
  const { agents: a, messages: m, budgets: b, worktrees: w, reviews: r } = engineCalls;
  return {
    [a.spawn.name]: on(a.spawn, (command) => agents.spawn(command)),
    [a.find.name]: on(a.find, (agent) => agents.find(agent)),
    [a.tree.name]: on(a.tree, (agent) => agents.tree(agent ?? undefined)),
    [a.turns.name]: on(a.turns, (agent) => agents.turns(agent)),
    [a.transcript.name]: on(a.transcript, (agent) => agents.transcript(agent)),
    [a.children.name]: on(a.children, (agent) => agents.children(agent)),
    [a.ancestors.name]: on(a.ancestors, (agent) => agents.ancestors(agent)),
    [a.descendants.name]: on(a.descendants, (agent) => agents.descendants(agent)),
    [a.stop.name]: on(a.stop, (agent, reason, scope) => agents.stop(agent, reason, scope)),
    [a.stopEverything.name]: on(a.stopEverything, (reason) => agents.stopEverything(reason)),
    [a.pause.name]: on(a.pause, (agent, reason, scope) => agents.pause(agent, reason, scope)),
    [a.resume.name]: on(a.resume, (agent, scope) => agents.resume(agent, scope)),
    [a.reopen.name]: on(a.reopen, (command) => agents.reopen(command)),
    [a.archive.name]: on(a.archive, (agent) => agents.archive(agent)),
    [a.restore.name]: on(a.restore, (team) => agents.restore(team)),
    [a.archived.name]: on(a.archived, () => agents.archived()),
    [a.archivedTeam.name]: on(a.archivedTeam, (team) => agents.archivedTeam(team)),
    [m.send.name]: on(m.send, (command) => messages.send(command)),
    [m.list.name]: on(m.list, (agent) => messages.list(agent ?? undefined)),
    [m.find.name]: on(m.find, (message) => messages.find(message)),
    [m.threads.name]: on(m.threads, (query) => messages.threads(query)),
    [m.page.name]: on(m.page, (query) => messages.page(query)),
    [m.deadLetters.name]: on(m.deadLetters, (agent) => messages.deadLetters(agent ?? undefined)),
    [m.sendAgain.name]: on(m.sendAgain, (message) => messages.sendAgain(message)),
    [m.discard.name]: on(m.discard, (message) => messages.discard(message)),
    [b.list.name]: on(b.list, (agent) => budgets.list(agent ?? undefined)),
    [b.ledger.name]: on(b.ledger, (agent) => budgets.ledger(agent)),
    [b.raise.name]: on(b.raise, (command) => budgets.raise(command)),
    [b.forecast.name]: on(b.forecast, (command) => budgets.forecast(command)),
    [b.spending.name]: on(b.spending, () => budgets.spending()),
    [w.list.name]: on(w.list, () => worktrees.list()),
    [w.diff.name]: on(w.diff, (agent) => worktrees.diff(agent)),
    [w.patch.name]: on(w.patch, (agent) => worktrees.patch(agent)),
    [w.readFileAt.name]: on(w.readFileAt, (commit, path) => worktrees.readFileAt(commit, path)),
    [w.merge.name]: on(w.merge, (agent, command) => worktrees.merge(agent, command)),
    [w.merges.name]: on(w.merges, (agent) => worktrees.merges(agent ?? undefined)),
    [w.undoMerge.name]: on(w.undoMerge, (agent) => worktrees.undoMerge(agent)),
    [w.resolve.name]: on(w.resolve, (agent, by) => worktrees.resolve(agent, by)),
    [w.finishResolution.name]: on(w.finishResolution, (agent) => worktrees.finishResolution(agent)),
    [w.abandonResolution.name]: on(w.abandonResolution, (agent) => worktrees.abandonResolution(agent)),
    [w.collisions.name]: on(w.collisions, () => worktrees.collisions()),
    [w.branches.name]: on(w.branches, () => worktrees.branches()),
    [w.orphans.name]: on(w.orphans, () => worktrees.orphans()),
    [w.leftOut.name]: on(w.leftOut, () => worktrees.leftOut()),
    [w.clean.name]: on(w.clean, (command) => worktrees.clean(command)),
    [w.restore.name]: on(w.restore, (name, folder) => worktrees.restore(name, folder ?? undefined)),
    [r.get.name]: on(r.get, (agent) => reviews.get(agent)),
    [r.file.name]: on(r.file, (agent, path) => reviews.file(agent, path)),
    [r.mark.name]: on(r.mark, (command) => reviews.mark(command)),
    [r.comment.name]: on(r.comment, (command) => reviews.comment(command)),
    [r.settleComment.name]: on(r.settleComment, (id, resolved) => reviews.settleComment(id, resolved)),
    [r.requestChanges.name]: on(r.requestChanges, (command) => reviews.requestChanges(command)),
  };
}
