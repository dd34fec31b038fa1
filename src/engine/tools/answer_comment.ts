import { z } from "zod";
import { failRefused } from "./text.ts";
import { succeed, type Tool } from "./tool.ts";

const input = z.strictObject({
  comment: z.string().trim().min(1).describe("The comment's id, as the request for changes gives it"),
  body: z.string().trim().min(1).max(20_000).describe("What you did about it, or why not"),
});

export const answerCommentTool: Tool<z.infer<typeof input>> = {
  name: "answer_comment",
  description:
    "Answers a comment that the user wrote on your work: it stands under the comment in the user's review. " +
    "It changes nothing by itself: change the files as well, where that is what is asked.",
  input,
  effect: "once",
  needsWorktree: false,
  async run(answer, { team }) {
    const answered = await team.answerComment(answer);
    return answered.ok ? succeed(`Answered comment ${answer.comment}.`) : failRefused(answered.refusal);
  },
};
