import type { Result } from "../../base/errors.ts";
import type { Event } from "../../base/event.ts";
import type { Ids } from "../../base/ids.ts";
import {
  cleanCommandSchema,
  commentCommandSchema,
  markCommandSchema,
  mergeCommandSchema,
  messageQuerySchema,
  parseCommand,
  raiseCommandSchema,
  reopenCommandSchema,
  requestChangesCommandSchema,
  sendCommandSchema,
  spawnCommandSchema,
  threadQuerySchema,
} from "../../protocol/commands.ts";
import type { AgentRecord } from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Engine } from "../engine.ts";
import type { Backend } from "../remote/backend.ts";

/** Asks whatever backend there is now; what a lost one left open is asked again of the next. */
export type Through = <T>(use: (backend: Backend) => Promise<T>) => Promise<T>;

export interface FacadeParts {
  readonly through: Through;
  readonly onEvent: Engine["onEvent"];
  /** Fires when events may have been missed. */
  readonly onReset: Event<void>;
  /** `provider/model` as every process understands it: a script's path is relative to this one's folder. */
  readonly nameModel: (id: string) => Promise<string>;
  readonly ids: Ids;
}

/**
 * The commands and snapshots of an engine, wherever it runs. A command carries an id of its own, so that it takes effect
 * once though it is asked twice.
 */
export function createFacade(
  parts: FacadeParts,
): Pick<Engine, "agents" | "messages" | "budgets" | "worktrees" | "reviews"> {
  const { through, ids } = parts;
  return {
    agents: {
      async spawn(command) {
        const parsed = parseCommand(spawnCommandSchema, command);
        if (!parsed.ok) return parsed;
        const { id = ids.short(), model } = parsed.value;
        const named = { ...parsed.value, id, model: await parts.nameModel(model) };
        return through(({ agents }) => agents.spawn(named));
      },
      find: (agent) => through(({ agents }) => agents.find(agent)),
      tree: (agent) => through(({ agents }) => agents.tree(agent)),
      turns: (agent) => through(({ agents }) => agents.turns(agent)),
      transcript: (agent) => through(({ agents }) => agents.transcript(agent)),
      children: (agent) => through(({ agents }) => agents.children(agent)),
      ancestors: (agent) => through(({ agents }) => agents.ancestors(agent)),
      descendants: (agent) => through(({ agents }) => agents.descendants(agent)),
      stop: (agent, reason, scope) => through(({ agents }) => agents.stop(agent, reason, scope)),
      stopEverything: (reason) => through(({ agents }) => agents.stopEverything(reason)),
      pause: (agent, reason, scope) => through(({ agents }) => agents.pause(agent, reason, scope)),
      resume: (agent, scope) => through(({ agents }) => agents.resume(agent, scope)),
      async reopen(command) {
        const parsed = parseCommand(reopenCommandSchema, command);
        if (!parsed.ok) return parsed;
        const named = { ...parsed.value, id: parsed.value.id ?? ids.unique() };
        return through(({ agents }) => agents.reopen(named));
      },
      archive: (agent) => through(({ agents }) => agents.archive(agent)),
      restore: (team) => through(({ agents }) => agents.restore(team)),
      archived: () => through(({ agents }) => agents.archived()),
      archivedTeam: (team) => through(({ agents }) => agents.archivedTeam(team)),
      whenEnded: (agent, signal) => whenEnded(parts, agent, signal),
    },
    messages: {
      async send(command) {
        const parsed = parseCommand(sendCommandSchema, command);
        if (!parsed.ok) return parsed;
        const named = { ...parsed.value, id: parsed.value.id ?? ids.unique() };
        return through(({ messages }) => messages.send(named));
      },
      list: (agent) => through(({ messages }) => messages.list(agent)),
      find: (message) => through(({ messages }) => messages.find(message)),
      async threads(query = {}) {
        const parsed = parseCommand(threadQuerySchema, query);
        return parsed.ok ? through(({ messages }) => messages.threads(parsed.value)) : parsed;
      },
      async page(query = {}) {
        const parsed = parseCommand(messageQuerySchema, query);
        return parsed.ok ? through(({ messages }) => messages.page(parsed.value)) : parsed;
      },
      deadLetters: (agent) => through(({ messages }) => messages.deadLetters(agent)),
      sendAgain: (message) => through(({ messages }) => messages.sendAgain(message)),
      discard: (message) => through(({ messages }) => messages.discard(message)),
    },
    budgets: {
      list: (agent) => through(({ budgets }) => budgets.list(agent)),
      ledger: (agent) => through(({ budgets }) => budgets.ledger(agent)),
      async raise(command) {
        const parsed = parseCommand(raiseCommandSchema, command);
        if (!parsed.ok) return parsed;
        const named = { ...parsed.value, id: parsed.value.id ?? ids.unique() };
        return through(({ budgets }) => budgets.raise(named));
      },
      forecast: (command) => through(({ budgets }) => budgets.forecast(command)),
      spending: () => through(({ budgets }) => budgets.spending()),
    },
    worktrees: {
      list: () => through(({ worktrees }) => worktrees.list()),
      diff: (agent) => through(({ worktrees }) => worktrees.diff(agent)),
      patch: (agent) => through(({ worktrees }) => worktrees.patch(agent)),
      readFileAt: (commit, path) => through(({ worktrees }) => worktrees.readFileAt(commit, path)),
      async merge(agent, command = {}) {
        const parsed = parseCommand(mergeCommandSchema, command);
        return parsed.ok ? through(({ worktrees }) => worktrees.merge(agent, parsed.value)) : parsed;
      },
      merges: (agent) => through(({ worktrees }) => worktrees.merges(agent)),
      undoMerge: (agent) => through(({ worktrees }) => worktrees.undoMerge(agent)),
      resolve: (agent, by) => through(({ worktrees }) => worktrees.resolve(agent, by)),
      finishResolution: (agent) => through(({ worktrees }) => worktrees.finishResolution(agent)),
      abandonResolution: (agent) => through(({ worktrees }) => worktrees.abandonResolution(agent)),
      collisions: () => through(({ worktrees }) => worktrees.collisions()),
      branches: () => through(({ worktrees }) => worktrees.branches()),
      orphans: () => through(({ worktrees }) => worktrees.orphans()),
      leftOut: () => through(({ worktrees }) => worktrees.leftOut()),
      async clean(command) {
        const parsed = parseCommand(cleanCommandSchema, command);
        return parsed.ok ? through(({ worktrees }) => worktrees.clean(parsed.value)) : parsed;
      },
      restore: (name, folder) => through(({ worktrees }) => worktrees.restore(name, folder)),
    },
    reviews: {
      get: (agent) => through(({ reviews }) => reviews.get(agent)),
      file: (agent, path) => through(({ reviews }) => reviews.file(agent, path)),
      async mark(command) {
        const parsed = parseCommand(markCommandSchema, command);
        return parsed.ok ? through(({ reviews }) => reviews.mark(parsed.value)) : parsed;
      },
      async comment(command) {
        const parsed = parseCommand(commentCommandSchema, command);
        if (!parsed.ok) return parsed;
        const named = { ...parsed.value, id: parsed.value.id ?? ids.unique() };
        return through(({ reviews }) => reviews.comment(named));
      },
      settleComment: (id, resolved) => through(({ reviews }) => reviews.settleComment(id, resolved)),
      async requestChanges(command) {
        const parsed = parseCommand(requestChangesCommandSchema, command);
        if (!parsed.ok) return parsed;
        const named = { ...parsed.value, id: parsed.value.id ?? ids.unique() };
        return through(({ reviews }) => reviews.requestChanges(named));
      },
    },
  };
}

/** Listens before it looks, so that an end in between is not missed. */
async function whenEnded(
  { through, onEvent, onReset }: FacadeParts,
  agent: string,
  signal?: AbortSignal,
): Promise<Result<AgentRecord>> {
  const find = (id: string) => through(({ agents }) => agents.find(id));
  const first = await find(agent);
  if (!first.ok) return first;
  const { id } = first.value;
  const changes = createBell(signal);
  const listening = [
    onReset(changes.ring),
    onEvent((event) => {
      if (event.type === "agent.moved" && event.agentId === id && isEnded(event.to)) changes.ring();
    }),
  ];
  try {
    for (;;) {
      signal?.throwIfAborted();
      const found = await find(id);
      if (!found.ok || isEnded(found.value.status)) return found;
      await changes.rung();
    }
  } finally {
    for (const each of listening) each.dispose();
    changes.dispose();
  }
}

/** Waits until something was heard since the last wait, or the signal aborts. */
function createBell(signal: AbortSignal | undefined) {
  let heard = false;
  let wake = () => {};
  const ring = () => {
    heard = true;
    wake();
  };
  signal?.addEventListener("abort", ring, { once: true });
  return {
    ring,
    async rung() {
      if (!heard) await new Promise<void>((resolve) => (wake = resolve));
      heard = false;
    },
    dispose: () => signal?.removeEventListener("abort", ring),
  };
}
