import { ok, type Result } from "../../base/errors.ts";
import { findRow } from "./findRow.ts";
import type { Reviews } from "./port.ts";
import { currentResolution } from "./resolution.ts";
import { readFileReview, readReview } from "./review.ts";
import { answerComment, changesToRequest, commentOn, markWork, settleComment } from "./reviewing.ts";
import { commentsSent } from "./reviewRows.ts";
import type { Room } from "./room.ts";
import type { WorktreeRow } from "./rows.ts";
import { undoableMerge } from "./undo.ts";

/** Reviews of agents' work; see the port. */
export function createReviews(room: Room): Reviews {
  const on = async <T>(agentId: string, use: (row: WorktreeRow) => Promise<Result<T>>): Promise<Result<T>> => {
    const found = await findRow(room, agentId);
    return found.ok ? use(found.value) : found;
  };
  return {
    get: (agentId) =>
      on(agentId, async (row) => {
        const review = await readReview(room, row);
        if (!review.ok) return review;
        const undoable = await undoableMerge(room, agentId);
        return ok({ ...review.value, undoable, resolution: await currentResolution(room, row) });
      }),
    file: (agentId, path) => on(agentId, (row) => readFileReview(room, row, path)),
    mark: (agentId, command) => on(agentId, (row) => markWork(room, row, command)),
    comment: (agentId, command) => on(agentId, (row) => commentOn(room, row, command)),
    settleComment: (id, resolved) => settleComment(room, id, resolved),
    changesToRequest: (agentId) => on(agentId, (row) => changesToRequest(room, row)),
    commentsSent: (tx, ids, messageId) => commentsSent(tx, ids, messageId, room.clock.now()),
    answerComment: (agentId, answer) => answerComment(room, agentId, answer),
  };
}
