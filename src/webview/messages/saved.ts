import { z } from "zod";
import { sendGroups } from "../../protocol/commands.ts";
import type { Filter } from "../../protocol/messagesView.ts";
import { messageStatuses, priorities } from "../../protocol/words.ts";

/** What the view keeps over a reload: where the user was, and what was written and not sent. Nothing of it is truth. */

const named = z.object({ id: z.string(), name: z.string() });
export type Named = z.infer<typeof named>;

const draftSchema = z.object({
  /** Null: whoever the conversation is with. */
  to: named.nullable(),
  group: z.enum(sendGroups),
  priority: z.enum(priorities),
  text: z.string(),
  /** What it replies to. */
  reply: z.object({ id: z.string(), seq: z.int(), to: named, text: z.string(), isQuestion: z.boolean() }).nullable(),
});
export type Draft = z.infer<typeof draftSchema>;

const filtersSchema = z.object({
  text: z.string(),
  agent: named.nullable(),
  priority: z.enum(priorities).nullable(),
  status: z.enum(messageStatuses).nullable(),
});
export type Filters = z.infer<typeof filtersSchema>;

const threadSchema = z.object({ id: z.string(), rootId: z.string().nullable(), subject: z.string(), team: z.string() });
/** A conversation that was chosen, with what its heading says. */
export type ChosenThread = z.infer<typeof threadSchema>;

/** The message at the top, and how many pixels of it are above the top; null where the end is shown. */
const readingSchema = z.object({ seq: z.int(), offset: z.number() });
export type Reading = z.infer<typeof readingSchema>;

const savedSchema = z.object({
  thread: threadSchema.nullable(),
  filters: filtersSchema,
  filtersOpen: z.boolean(),
  /** Whether the conversation shows what doesn't fit the filters too. */
  whole: z.boolean(),
  /** What a narrow view shows. */
  pane: z.enum(["list", "conversation"]),
  reading: readingSchema.nullable(),
  /** By thread; `new` of a conversation that is to be begun. */
  drafts: z.record(z.string(), draftSchema),
});
export type Saved = z.infer<typeof savedSchema>;

export const noFilters: Filters = { text: "", agent: null, priority: null, status: null };

export const emptyDraft: Draft = { to: null, group: "agent", priority: "normal", text: "", reply: null };

export const nothingSaved: Saved = {
  thread: null,
  filters: noFilters,
  filtersOpen: false,
  whole: false,
  pane: "list",
  reading: null,
  drafts: {},
};

/** As it was kept, or as at first where another version kept something else. */
export function readSaved(kept: unknown): Saved {
  const parsed = savedSchema.safeParse(kept);
  return parsed.success ? parsed.data : nothingSaved;
}

/** Drafts that say something, the ones written to last; the others need not be kept. */
const MAX_DRAFTS = 50;

export function withDraft(drafts: Saved["drafts"], key: string, draft: Draft): Saved["drafts"] {
  const { [key]: _, ...others } = drafts;
  const isEmpty = draft.text === "" && draft.to === null && draft.reply === null;
  const all = isEmpty ? others : { ...others, [key]: draft };
  return Object.fromEntries(Object.entries(all).slice(-MAX_DRAFTS));
}

export const isFiltering = ({ text, agent, priority, status }: Filters): boolean =>
  text.trim() !== "" || agent !== null || priority !== null || status !== null;

/** As a query asks for it. */
export function queryOf({ text, agent, priority, status }: Filters): Filter {
  return {
    ...(text.trim() === "" ? {} : { text: text.trim().slice(0, 1000) }),
    ...(agent === null ? {} : { agent: agent.id }),
    ...(priority === null ? {} : { priority }),
    ...(status === null ? {} : { status }),
  };
}
