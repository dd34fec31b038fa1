import { ok, type Result, refuse } from "../../base/errors.ts";
import {
  type CommentCommandInput,
  commentCommandSchema,
  type MarkCommandInput,
  type MergeCommand,
  type MergeCommandInput,
  markCommandSchema,
  mergeCommandSchema,
  parseCommand,
  type RequestChangesCommandInput,
  requestChangesCommandSchema,
} from "../../protocol/commands.ts";
import type {
  AgentRecord,
  Collision,
  FileReview,
  MergeRecord,
  MergeReport,
  MessageRecord,
  Resolution,
  Review,
  ReviewComment,
} from "../../protocol/records.ts";
import { isEnded } from "../../protocol/words.ts";
import type { Lookup } from "./commands.ts";
import { firstLine } from "./firstLine.ts";
import { sendToOne } from "./messaging.ts";
import type { Parts } from "./parts.ts";
import { requestText } from "./requestText.ts";
import { beginResolution, letAgentResolve } from "./resolving.ts";

/** What the user may ask of an agent's work: to look at it, to say what is to change, and to merge it. */
export interface ReviewCommands {
  /** All that a review shows but the lines of its files. */
  get(agent: string): Promise<Result<Review>>;
  /** One file's hunks, as of the review's base and head. */
  file(agent: string, path: string): Promise<Result<FileReview>>;
  /** Accepts or rejects a file or a hunk, or takes that back. */
  mark(command: MarkCommandInput): Promise<Result<Review>>;
  /** Writes a comment on a line, or changes one that wasn't sent. */
  comment(command: CommentCommandInput): Promise<Result<ReviewComment>>;
  /** Deletes a comment that wasn't sent; one that was is resolved, or open again. */
  settleComment(id: string, resolved: boolean): Promise<Result<null>>;
  /** Sends the comments that weren't sent, and the rejected hunks, as one message; an agent that has ended goes on. */
  requestChanges(command: RequestChangesCommandInput): Promise<Result<MessageRecord>>;
}

/** How work gets where it belongs. */
export interface MergeCommands {
  /**
   * Merges a root's work into the user's branch, or into another one, then removes the team's merged worktrees where
   * nothing is lost.
   */
  merge(agent: string, command?: MergeCommandInput): Promise<Result<MergeReport>>;
  /** Every merge of an agent's work, or of all agents', oldest first. */
  merges(agent?: string): Promise<Result<readonly MergeRecord[]>>;
  /** Takes the last merge into a branch of the user's back, as long as nothing came on top. */
  undoMerge(agent: string): Promise<Result<MergeRecord>>;
  /**
   * Merges the target into an agent's own branch, in its worktree, where the conflicts stand from then on: for the agent,
   * which is told of them and goes on, or for the user.
   */
  resolve(agent: string, by: "agent" | "user"): Promise<Result<Resolution>>;
  /** Commits what the user resolved; refuses as long as a file holds conflict markers. */
  finishResolution(agent: string): Promise<Result<null>>;
  /** Puts the worktree back to before; what was resolved is kept in a snapshot. */
  abandonResolution(agent: string): Promise<Result<null>>;
  /** Work that would conflict as things are now: between agents, and with the branches that it is to be merged into. */
  collisions(): Promise<readonly Collision[]>;
  /** The user's local branches, the current one first: where work may be merged. */
  branches(): Promise<readonly string[]>;
}

export function createReviewCommands(parts: Parts, lookup: Lookup): ReviewCommands {
  const { store } = parts;
  const { reviews } = parts.worktrees;

  const get = async (agent: AgentRecord): Promise<Result<Review>> => {
    const review = await reviews.get(agent.id);
    if (!review.ok) return review;
    const collisions = (await parts.worktrees.collisions()).flatMap((each) => seenFrom(agent.id, each));
    return ok({ agent, collisions, ...review.value });
  };
  const found = async <T>(agent: string, use: (record: AgentRecord) => Promise<Result<T>>): Promise<Result<T>> => {
    const record = await lookup.find(agent);
    return record.ok ? use(record.value) : record;
  };

  return {
    get: (agent) => found(agent, get),
    file: (agent, path) => found(agent, ({ id }) => reviews.file(id, path)),
    async mark(command) {
      const parsed = parseCommand(markCommandSchema, command);
      if (!parsed.ok) return parsed;
      return found(parsed.value.agent, async (agent) => {
        const marked = await reviews.mark(agent.id, parsed.value);
        return marked.ok ? get(agent) : marked;
      });
    },
    async comment(command) {
      const parsed = parseCommand(commentCommandSchema, command);
      if (!parsed.ok) return parsed;
      const { id = parts.ids.unique() } = parsed.value;
      return found(parsed.value.agent, (agent) => reviews.comment(agent.id, { ...parsed.value, id }));
    },
    settleComment: (id, resolved) => reviews.settleComment(id, resolved),
    async requestChanges(command) {
      const parsed = parseCommand(requestChangesCommandSchema, command);
      if (!parsed.ok) return parsed;
      const { id = parts.ids.unique(), note } = parsed.value;
      return found(parsed.value.agent, async (agent) => {
        const request = await reviews.changesToRequest(agent.id);
        if (!request.ok) return request;
        const key = `user/${id}`;
        const sent = await store.read((reader) => parts.inbox.sentUnder(reader, key));
        if (sent !== undefined) return ok(sent);
        const body = requestText(note, request.value);
        if (body === undefined) {
          return refuse("bad_input", "There is nothing to ask for: write a comment, reject a part, or add a note.");
        }
        return sendRequest(parts, agent, { key, body, comments: request.value.comments });
      });
    },
  };
}

/** A collision as the agent on either side of it sees it; none where it is on no side. */
function seenFrom(agentId: string, { agentId: one, otherId, otherBranch, files }: Collision): Collision[] {
  if (one === agentId) return [{ agentId, otherId, otherBranch, files }];
  return otherId === agentId ? [{ agentId, otherId: one, otherBranch, files }] : [];
}

/** An agent that has ended is opened again for it. The comments are sent in the same transaction. */
const sendRequest = (
  parts: Parts,
  agent: AgentRecord,
  { key, body, comments }: { readonly key: string; readonly body: string; readonly comments: readonly ReviewComment[] },
): Promise<Result<MessageRecord>> =>
  parts.store.attempt(async (tx) => {
    const recipient = await parts.agents.require(tx, agent.id);
    const letter = { sender: null, kind: "note", body, priority: "high", reopen: true, key } as const;
    const sent = await sendToOne(parts, tx, { ...letter, replyTo: undefined, threadId: undefined }, recipient);
    if (!sent.ok) return sent;
    const ids = comments.map(({ id }) => id);
    await parts.worktrees.reviews.commentsSent(tx, ids, sent.value.id);
    await tx.emit({ type: "review.changed", agentId: agent.id });
    return sent;
  });

export function createMergeCommands(parts: Parts, lookup: Lookup): MergeCommands {
  const { worktrees } = parts;
  const found = async <T>(agent: string, use: (record: AgentRecord) => Promise<Result<T>>): Promise<Result<T>> => {
    const record = await lookup.find(agent);
    return record.ok ? use(record.value) : record;
  };
  return {
    merge: (agent, command = {}) =>
      found(agent, async (root) => {
        const parsed = parseCommand(mergeCommandSchema, command);
        return parsed.ok ? mergeRoot(parts, root, parsed.value) : parsed;
      }),
    async merges(agent) {
      if (agent === undefined) return ok(await worktrees.merges());
      return found(agent, async ({ id }) => ok(await worktrees.merges(id)));
    },
    undoMerge: (agent) => found(agent, ({ id }) => worktrees.undoMerge(id)),
    resolve: (agent, by) =>
      found(agent, (record) =>
        by === "user"
          ? beginResolution(parts, record)
          : letAgentResolve(parts, record, { sender: null, key: `user/${parts.ids.unique()}` }),
      ),
    finishResolution: (agent) => found(agent, ({ id }) => worktrees.finishResolution(id)),
    abandonResolution: (agent) => found(agent, ({ id }) => worktrees.abandonResolution(id)),
    collisions: () => worktrees.collisions(),
    branches: () => worktrees.branches(),
  };
}

async function mergeRoot(parts: Parts, root: AgentRecord, command: MergeCommand): Promise<Result<MergeReport>> {
  if (root.parentId !== null) {
    return refuse(
      "bad_input",
      `${root.name} was hired by an agent, which merges its work. Merge the lead of its team.`,
    );
  }
  if (!isEnded(root.status)) {
    return refuse(
      "illegal_move",
      `${root.name} is still at work (${root.status}). Merge when it has ended, or stop it first.`,
    );
  }
  const { message = `Merge ${root.name}: ${firstLine(root.task)}`, into, manner, acceptedOnly } = command;
  const merged = await parts.worktrees.mergeIntoCheckout(root.id, message, { into, manner, acceptedOnly });
  if (merged.ok) await tidyTeam(parts, root.id);
  return merged;
}

/** Merged worktrees are removed; one that can't be stays, and why is logged. */
async function tidyTeam({ agents, store, worktrees, log }: Parts, rootId: string): Promise<void> {
  const team = await store.read((reader) => agents.team(reader, rootId));
  for (const agent of team) {
    const record = await store.read((reader) => worktrees.get(reader, agent.id));
    if (record?.status !== "merged") continue;
    const removed = await worktrees.remove(agent.id);
    if (!removed.ok) log.info("a merged worktree stays", { agent: agent.id, why: removed.refusal.message });
  }
}
