-- Worktrees that are removed and come back, merges that are kept in mind, and reviews.

-- merge_base: of this work, what the target has already or must not get, where git's own merge base doesn't tell: it is
-- the base of the next merge and of the review. carried_commit: the user's uncommitted changes that a root took along;
-- they are in its history, and must never get into the user's. resolving_commit: the target's tip that is being merged
-- into the branch, whose conflicts are not resolved yet. ignored_commit: the newest that keeps its ignored files.
ALTER TABLE worktrees ADD COLUMN merge_base TEXT;
ALTER TABLE worktrees ADD COLUMN carried_commit TEXT;
ALTER TABLE worktrees ADD COLUMN resolving_commit TEXT;
ALTER TABLE worktrees ADD COLUMN ignored_commit TEXT;
ALTER TABLE worktrees ADD COLUMN removed_at INTEGER CHECK (removed_at IS NULL OR status = 'removed');

CREATE TRIGGER refuse_conflict_without_commit BEFORE UPDATE OF status, resolving_commit ON worktrees
WHEN (NEW.status = 'conflicted') <> (NEW.resolving_commit IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a worktree is conflicted exactly while it resolves a merge');
END;

-- Every merge of an agent's work, recorded before it touches its target: the target's tip before, and the commit that it
-- is to become. Both hold the blob of every path, since a target that differs there is refused.
CREATE TABLE merges (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  target_branch TEXT NOT NULL,
  manner TEXT NOT NULL CHECK (manner IN ('merge', 'squash')),
  -- The work's tip, and what of it was merged: the same unless parts were left out.
  source_commit TEXT NOT NULL,
  merged_commit TEXT NOT NULL,
  merge_base_before TEXT,
  target_before TEXT NOT NULL,
  merge_commit TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intended', 'made', 'taken_back', 'undoing', 'undone')),
  -- Of one that is intended: the repository's own hooks haven't agreed to it yet, and the commit may still change.
  awaits_hooks INTEGER NOT NULL DEFAULT 0 CHECK (awaits_hooks IN (0, 1)),
  reason TEXT,
  begun_at INTEGER NOT NULL,
  ended_at INTEGER,
  CHECK ((state = 'intended') = (ended_at IS NULL))
) STRICT;

CREATE UNIQUE INDEX merges_under_way ON merges (agent_id) WHERE state IN ('intended', 'undoing');
CREATE INDEX merges_undoing ON merges (seq) WHERE state = 'undoing';
CREATE INDEX merges_by_agent ON merges (agent_id, seq);

CREATE TRIGGER refuse_strange_merge_move BEFORE UPDATE ON merges
WHEN NOT (OLD.state = 'intended' AND NEW.state IN ('intended', 'made', 'taken_back')
  OR OLD.state = 'made' AND NEW.state = 'undoing'
  OR OLD.state = 'undoing' AND NEW.state IN ('made', 'undone'))
  OR NEW.seq <> OLD.seq OR NEW.id <> OLD.id OR NEW.agent_id <> OLD.agent_id OR NEW.target_branch <> OLD.target_branch
  OR NEW.target_before <> OLD.target_before
BEGIN
  SELECT RAISE(ABORT, 'a merge is intended, then made or taken back; one that was made can be undone');
END;

-- What the user decided of a file, or of a hunk of it. hunk: a hash of its lines, so that it is known again when others
-- move it; empty for the whole file.
CREATE TABLE review_marks (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  path TEXT NOT NULL,
  hunk TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
  marked_at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, path, hunk)
) STRICT;

-- side: of the diff; line: from 1, in the version of that side as of head_commit. excerpt: the hunk, as the agent is told it.
CREATE TABLE review_comments (
  id TEXT PRIMARY KEY NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  path TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('base', 'work')),
  line INTEGER NOT NULL CHECK (line >= 1),
  head_commit TEXT NOT NULL,
  hunk TEXT,
  excerpt TEXT NOT NULL,
  body TEXT NOT NULL CHECK (length(body) > 0),
  written_at INTEGER NOT NULL,
  -- The message in which the agent was told it; null: not yet.
  message_id TEXT,
  sent_at INTEGER,
  resolved_at INTEGER,
  CHECK ((message_id IS NULL) = (sent_at IS NULL))
) STRICT;

CREATE INDEX review_comments_by_agent ON review_comments (agent_id, path, line);

-- What the agent said to a comment.
CREATE TABLE review_answers (
  id TEXT PRIMARY KEY NOT NULL,
  comment_id TEXT NOT NULL REFERENCES review_comments (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  body TEXT NOT NULL CHECK (length(body) > 0),
  answered_at INTEGER NOT NULL
) STRICT;

CREATE INDEX review_answers_by_comment ON review_answers (comment_id);
CREATE INDEX review_answers_by_agent ON review_answers (agent_id, answered_at);
