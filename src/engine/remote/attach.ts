import { ok, type Result } from "../../base/errors.ts";
import type { Call } from "../../protocol/call.ts";
import { type Calls, type Channel, connectCalls } from "../../protocol/channel.ts";
import {
  cleanCommandSchema,
  mergeCommandSchema,
  messageQuerySchema,
  threadQuerySchema,
} from "../../protocol/commands.ts";
import { attachCall, engineCalls, eventTold, protocolVersion } from "../../protocol/engineCalls.ts";
import type { EngineEvent } from "../../protocol/events.ts";
import type { Backend } from "./backend.ts";

export interface Attachment {
  readonly backend: Backend;
  /** Of the last event before those that are told. */
  readonly position: number;
  /** The checkout that the leader starts teams from and merges them into. */
  readonly root: string;
}

export interface AttachOptions {
  readonly token: string;
  /** Position of the last event that was heard of; null: those from now on. */
  readonly since: number | null;
  /** Hears of every event after that, in order, from before this resolves. */
  readonly onEvent: (event: EngineEvent) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Joins the engine of the process at the other end of a channel. Calls reject with a `ConnectionLostError` when the
 * channel ends first.
 */
export async function attach(channel: Channel, options: AttachOptions): Promise<Result<Attachment>> {
  const { token, since, onEvent, onError } = options;
  const hear = (...args: readonly unknown[]) => onEvent(eventTold.args.parse(args)[0]);
  const calls = connectCalls(channel, { [eventTold.name]: hear }, onError);
  const attached = await asking(calls, attachCall)({ protocol: protocolVersion, token, since });
  return attached.ok ? ok({ backend: backendOver(calls), ...attached.value }) : attached;
}

const asking =
  <Args extends readonly unknown[], Answer>(calls: Calls, { name, answer }: Call<Args, Answer>) =>
  async (...args: Args): Promise<Answer> =>
    answer.parse(await calls.call(name, ...args));

function backendOver(calls: Calls): Backend {
  const ask = <Args extends readonly unknown[], Answer>(call: Call<Args, Answer>) => asking(calls, call);
  const { agents, messages, budgets, worktrees, reviews } = engineCalls;
  return {
    agents: {
      spawn: ask(agents.spawn),
      find: ask(agents.find),
      tree: (agent) => ask(agents.tree)(agent ?? null),
      turns: ask(agents.turns),
      transcript: ask(agents.transcript),
      children: ask(agents.children),
      ancestors: ask(agents.ancestors),
      descendants: ask(agents.descendants),
      stop: (agent, reason, scope = "subtree") => ask(agents.stop)(agent, reason, scope),
      stopEverything: ask(agents.stopEverything),
      pause: (agent, reason, scope = "subtree") => ask(agents.pause)(agent, reason, scope),
      resume: (agent, scope = "subtree") => ask(agents.resume)(agent, scope),
      reopen: ask(agents.reopen),
      archive: ask(agents.archive),
      restore: ask(agents.restore),
      archived: ask(agents.archived),
      archivedTeam: ask(agents.archivedTeam),
    },
    messages: {
      send: ask(messages.send),
      list: (agent) => ask(messages.list)(agent ?? null),
      find: ask(messages.find),
      threads: (query = {}) => ask(messages.threads)(threadQuerySchema.parse(query)),
      page: (query = {}) => ask(messages.page)(messageQuerySchema.parse(query)),
      deadLetters: (agent) => ask(messages.deadLetters)(agent ?? null),
      sendAgain: ask(messages.sendAgain),
      discard: ask(messages.discard),
    },
    budgets: {
      list: (agent) => ask(budgets.list)(agent ?? null),
      ledger: ask(budgets.ledger),
      raise: ask(budgets.raise),
      forecast: ask(budgets.forecast),
      spending: ask(budgets.spending),
    },
    worktrees: {
      list: ask(worktrees.list),
      diff: ask(worktrees.diff),
      patch: ask(worktrees.patch),
      readFileAt: ask(worktrees.readFileAt),
      merge: (agent, command = {}) => ask(worktrees.merge)(agent, mergeCommandSchema.parse(command)),
      merges: (agent) => ask(worktrees.merges)(agent ?? null),
      undoMerge: ask(worktrees.undoMerge),
      resolve: ask(worktrees.resolve),
      finishResolution: ask(worktrees.finishResolution),
      abandonResolution: ask(worktrees.abandonResolution),
      collisions: ask(worktrees.collisions),
      branches: ask(worktrees.branches),
      orphans: ask(worktrees.orphans),
      leftOut: ask(worktrees.leftOut),
      clean: (command) => ask(worktrees.clean)(cleanCommandSchema.parse(command)),
      restore: (name, folder) => ask(worktrees.restore)(name, folder ?? null),
    },
    reviews: {
      get: ask(reviews.get),
      file: ask(reviews.file),
      mark: ask(reviews.mark),
      comment: ask(reviews.comment),
      settleComment: ask(reviews.settleComment),
      requestChanges: ask(reviews.requestChanges),
    },
  };
}
