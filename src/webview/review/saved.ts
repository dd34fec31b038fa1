import { z } from "zod";
import { mergeManners } from "../../protocol/words.ts";

/** What the view keeps over a reload: where the user was, and what was written and not sent. Nothing of it is truth. */

const draftSchema = z.object({
  /** The comment's: given again, it takes the place of what was written under it. */
  id: z.string(),
  text: z.string(),
});
export type Draft = z.infer<typeof draftSchema>;

const savedSchema = z.object({
  /** Whose work it is: the extension reads it when the window is restored. */
  agentId: z.string(),
  folded: z.array(z.string()),
  /** Comments that are being written, by path and line. */
  drafts: z.record(z.string(), draftSchema),
  /** Said before the comments. */
  note: z.string(),
  panel: z.enum(["request", "merge"]).nullable(),
  manner: z.enum(mergeManners),
  acceptedOnly: z.boolean(),
  into: z.string().nullable(),
  /** What a narrow view shows. */
  pane: z.enum(["files", "diff"]),
  /** Conflicts of which the user said that he doesn't want to resolve them now. */
  putOff: z.string().nullable(),
});
export type Saved = z.infer<typeof savedSchema>;

export const nothingSaved: Omit<Saved, "agentId"> = {
  folded: [],
  drafts: {},
  note: "",
  panel: null,
  manner: "merge",
  acceptedOnly: false,
  into: null,
  pane: "diff",
  putOff: null,
};

/** As it was kept for that agent's work, or as at first where another version kept something else. */
export function readSaved(kept: unknown, agentId: string): Saved {
  const parsed = savedSchema.safeParse(kept);
  return parsed.success && parsed.data.agentId === agentId ? parsed.data : { agentId, ...nothingSaved };
}

export const draftKey = (path: string, line: string): string => `${path}\n${line}`;
