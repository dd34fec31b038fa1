CREATE TABLE agents (
  id TEXT PRIMARY KEY NOT NULL,
  parent_id TEXT REFERENCES agents (id),
  root_id TEXT NOT NULL REFERENCES agents (id) DEFERRABLE INITIALLY DEFERRED,
  depth INTEGER NOT NULL CHECK (depth >= 0),
  name TEXT NOT NULL CHECK (name <> ''),
  role TEXT NOT NULL,
  task TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL CHECK (
    status IN ('pending', 'running', 'waiting', 'paused', 'completed', 'failed', 'terminated')
  ),
  waiting_for TEXT CHECK (waiting_for IN ('child', 'message', 'attention', 'budget', 'provider')),
  reason TEXT,
  result TEXT CHECK (result IS NULL OR json_valid(result)),
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER, brief TEXT REFERENCES briefs (hash), tools TEXT CHECK (tools IS NULL OR json_type(tools) = 'array'), mode TEXT NOT NULL DEFAULT 'auto' CHECK (mode IN ('plan', 'ask', 'edit', 'auto')), moved_at INTEGER, rested_ms INTEGER NOT NULL DEFAULT 0 CHECK (rested_ms >= 0), turns_before INTEGER NOT NULL DEFAULT 0 CHECK (turns_before >= 0), handed_over_at INTEGER, waits_until INTEGER CHECK (waits_until IS NULL OR status = 'waiting'), awaits_answer_to TEXT CHECK (awaits_answer_to IS NULL OR status = 'waiting'),
  CHECK ((parent_id IS NULL) = (depth = 0)),
  CHECK ((parent_id IS NULL) = (root_id = id)),
  CHECK ((status = 'waiting') = (waiting_for IS NOT NULL)),
  CHECK ((status IN ('completed', 'failed', 'terminated')) = (ended_at IS NOT NULL))
) STRICT;

CREATE TABLE archived_rows (
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  root_id TEXT NOT NULL REFERENCES archived_teams (root_id),
  ordinal INTEGER NOT NULL CHECK (ordinal > 0),
  row TEXT NOT NULL CHECK (json_type(row) = 'array'),
  PRIMARY KEY (source, key)
) STRICT;

CREATE TABLE archived_teams (
  root_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  task TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('completed', 'failed', 'terminated')),
  agents INTEGER NOT NULL CHECK (agents > 0),
  turns INTEGER NOT NULL CHECK (turns >= 0),
  tokens INTEGER NOT NULL CHECK (tokens >= 0),
  cost_usd INTEGER NOT NULL CHECK (cost_usd >= 0),
  created_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  archived_at INTEGER NOT NULL,
  columns TEXT NOT NULL CHECK (json_type(columns) = 'object')
) STRICT;

CREATE TABLE briefs (
  hash TEXT PRIMARY KEY NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_alerts (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  unit TEXT NOT NULL CHECK (unit IN ('usd', 'tokens')),
  allocated INTEGER NOT NULL CHECK (allocated >= 0),
  percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
  used INTEGER NOT NULL CHECK (used >= 0),
  at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, unit, allocated, percent)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget_entries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  agent_id TEXT NOT NULL,
  unit TEXT NOT NULL,
  change TEXT NOT NULL,
  allocated INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  used INTEGER NOT NULL,
  own_used INTEGER NOT NULL,
  overrun INTEGER NOT NULL,
  reference TEXT,
  at INTEGER NOT NULL, allocated_after INTEGER NOT NULL DEFAULT 0, reserved_after INTEGER NOT NULL DEFAULT 0, used_after INTEGER NOT NULL DEFAULT 0, own_used_after INTEGER NOT NULL DEFAULT 0, overrun_after INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (agent_id, unit) REFERENCES budgets (agent_id, unit)
) STRICT;

CREATE TABLE budgets (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  unit TEXT NOT NULL CHECK (unit IN ('usd', 'tokens')),
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  allocated INTEGER NOT NULL CHECK (allocated >= 0),
  reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  used INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
  own_used INTEGER NOT NULL DEFAULT 0 CHECK (own_used >= 0),
  overrun INTEGER NOT NULL DEFAULT 0 CHECK (overrun >= 0),
  change TEXT NOT NULL CHECK (change IN (
    'allocate', 'reallocate', 'hold', 'settle', 'release', 'confirm',
    'child_allocate', 'child_reclaim', 'child_reopen', 'close', 'reopen'
  )),
  reference TEXT,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, unit),
  CHECK (used + reserved <= allocated),
  CHECK (own_used <= used),
  CHECK (state = 'open' OR reserved = 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
  id TEXT PRIMARY KEY NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  number INTEGER NOT NULL CHECK (number > 0),
  turn_id TEXT NOT NULL REFERENCES turns (id),
  transcript_length INTEGER NOT NULL CHECK (transcript_length >= 0),
  snapshot_commit TEXT,
  state TEXT NOT NULL CHECK (json_valid(state)),
  created_at INTEGER NOT NULL,
  UNIQUE (agent_id, number)
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  agent_id TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL CHECK (json_valid(payload))
) STRICT;

CREATE TABLE hierarchy (
  ancestor_id TEXT NOT NULL REFERENCES agents (id),
  descendant_id TEXT NOT NULL REFERENCES agents (id),
  distance INTEGER NOT NULL CHECK (distance >= 0),
  PRIMARY KEY (ancestor_id, descendant_id),
  CHECK ((ancestor_id = descendant_id) = (distance = 0))
) STRICT, WITHOUT ROWID;

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

CREATE TABLE message_threads (
  id TEXT PRIMARY KEY NOT NULL,
  root_id TEXT NOT NULL REFERENCES agents (id),
  subject TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  thread_id TEXT NOT NULL REFERENCES message_threads (id),
  in_reply_to TEXT REFERENCES messages (id),
  sender_id TEXT REFERENCES agents (id),
  recipient_id TEXT NOT NULL REFERENCES agents (id),
  relation TEXT NOT NULL CHECK (relation IN ('user', 'parent', 'child', 'peer')),
  kind TEXT NOT NULL CHECK (kind IN ('task', 'note', 'question', 'answer', 'report')),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
  body TEXT NOT NULL,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'processed', 'dead')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  due_at INTEGER NOT NULL,
  lease_expires_at INTEGER,
  turn_id TEXT REFERENCES turns (id),
  deduplication_key TEXT UNIQUE,
  errors TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(errors)),
  sent_at INTEGER NOT NULL,
  delivered_at INTEGER,
  processed_at INTEGER, discarded_at INTEGER CHECK (discarded_at IS NULL OR status = 'dead'),
  CHECK ((sender_id IS NULL) = (relation = 'user')),
  CHECK ((status = 'delivered') = (lease_expires_at IS NOT NULL)),
  CHECK ((status = 'processed') = (processed_at IS NOT NULL)),
  CHECK (status <> 'processed' OR turn_id IS NOT NULL)
) STRICT;

CREATE TABLE review_answers (
  id TEXT PRIMARY KEY NOT NULL,
  comment_id TEXT NOT NULL REFERENCES review_comments (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  body TEXT NOT NULL CHECK (length(body) > 0),
  answered_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE review_marks (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  path TEXT NOT NULL,
  hunk TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
  marked_at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, path, hunk)
) STRICT;

CREATE TABLE schema_migrations (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE spending (
  day TEXT PRIMARY KEY NOT NULL,
  usd INTEGER NOT NULL CHECK (usd >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE tool_calls (
  id TEXT PRIMARY KEY NOT NULL,
  turn_id TEXT NOT NULL REFERENCES turns (id),
  agent_id TEXT NOT NULL REFERENCES agents (id),
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  tool TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'running', 'succeeded', 'failed', 'interrupted')),
  result_offset INTEGER,
  result_length INTEGER,
  result_checksum INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  UNIQUE (turn_id, ordinal),
  CHECK ((result_offset IS NULL) = (result_length IS NULL) AND (result_offset IS NULL) = (result_checksum IS NULL)),
  CHECK ((status IN ('succeeded', 'failed', 'interrupted')) = (result_offset IS NOT NULL))
) STRICT;

CREATE TABLE turns (
  id TEXT PRIMARY KEY NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  number INTEGER NOT NULL CHECK (number > 0),
  attempt INTEGER NOT NULL CHECK (attempt > 0),
  status TEXT NOT NULL CHECK (status IN ('calling', 'replied', 'completed', 'failed', 'unconfirmed')),
  held_usd INTEGER NOT NULL CHECK (held_usd >= 0),
  held_tokens INTEGER NOT NULL CHECK (held_tokens >= 0),
  input_tokens INTEGER NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
  output_tokens INTEGER NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
  cache_read_tokens INTEGER NOT NULL DEFAULT 0 CHECK (cache_read_tokens >= 0),
  cache_write_tokens INTEGER NOT NULL DEFAULT 0 CHECK (cache_write_tokens >= 0),
  cost_usd INTEGER CHECK (cost_usd >= 0),
  stop_reason TEXT,
  failure TEXT,
  input_offset INTEGER,
  input_length INTEGER,
  input_checksum INTEGER,
  reply_offset INTEGER,
  reply_length INTEGER,
  reply_checksum INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  UNIQUE (agent_id, number, attempt),
  CHECK ((input_offset IS NULL) = (input_length IS NULL) AND (input_offset IS NULL) = (input_checksum IS NULL)),
  CHECK ((reply_offset IS NULL) = (reply_length IS NULL) AND (reply_offset IS NULL) = (reply_checksum IS NULL)),
  CHECK ((status IN ('replied', 'completed')) = (reply_offset IS NOT NULL)),
  CHECK ((status IN ('failed', 'unconfirmed')) = (failure IS NOT NULL))
) STRICT;

CREATE TABLE worktrees (
  agent_id TEXT PRIMARY KEY NOT NULL REFERENCES agents (id),
  path TEXT NOT NULL UNIQUE,
  branch TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (
    status IN ('creating', 'isolated', 'merging', 'merged', 'conflicted', 'quarantined', 'removed', 'orphaned')
  ),
  base_commit TEXT NOT NULL,
  target_branch TEXT NOT NULL,
  head_commit TEXT,
  snapshot_commit TEXT,
  merge_commit TEXT,
  target_before TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, merge_base TEXT, carried_commit TEXT, resolving_commit TEXT, ignored_commit TEXT, removed_at INTEGER CHECK (removed_at IS NULL OR status = 'removed'),
  CHECK (status NOT IN ('merging', 'merged') OR (merge_commit IS NOT NULL AND target_before IS NOT NULL))
) STRICT;

CREATE VIEW agent_tree AS
SELECT
  agents.*,
  (SELECT count(*) FROM turns WHERE turns.agent_id = agents.id AND turns.status IN ('replied', 'completed')) AS turns,
  (SELECT count(*) FROM turns
    WHERE turns.agent_id = agents.id AND turns.status IN ('replied', 'completed') AND turns.cost_usd IS NULL
  ) AS unpriced_turns,
  coalesce(tokens.own_used, 0) AS tokens,
  coalesce(money.own_used, 0) AS cost_usd,
  coalesce(money.overrun, 0) AS overrun_usd,
  coalesce(money.unconfirmed, 0) AS unconfirmed_usd,
  coalesce(money.allocated, 0) AS allocated_usd,
  coalesce(money.allocated - money.used - money.reserved, 0) AS free_usd,
  (SELECT count(*) FROM messages WHERE recipient_id = agents.id AND messages.status = 'pending') AS pending_messages,
  worktrees.branch AS worktree_branch,
  worktrees.path AS worktree_path,
  worktrees.status AS worktree_status,
  worktrees.merge_commit AS worktree_merge_commit
FROM agents
LEFT JOIN budget_balances AS money ON money.agent_id = agents.id AND money.unit = 'usd'
LEFT JOIN budgets AS tokens ON tokens.agent_id = agents.id AND tokens.unit = 'tokens'
LEFT JOIN worktrees ON worktrees.agent_id = agents.id;

CREATE INDEX agents_by_name ON agents (name);

CREATE INDEX agents_by_parent ON agents (parent_id, created_at);

CREATE INDEX agents_by_status ON agents (status, created_at);

CREATE INDEX agents_ended_by_role ON agents (role, model, ended_at) WHERE status IN ('completed', 'failed');

CREATE UNIQUE INDEX agents_name_in_team ON agents (root_id, name);

CREATE TRIGGER hand_over_child AFTER UPDATE OF parent_id ON agents
WHEN NEW.parent_id IS NOT OLD.parent_id
BEGIN
  DELETE FROM hierarchy
  WHERE ancestor_id = OLD.parent_id
    AND descendant_id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
  UPDATE budgets
  SET allocated = budgets.allocated - child.allocated, reserved = budgets.reserved - child.allocated,
      change = 'reallocate', reference = NEW.id, changed_at = NEW.handed_over_at
  FROM budgets AS child
  WHERE budgets.agent_id = OLD.parent_id
    AND child.agent_id = NEW.id AND child.unit = budgets.unit AND child.state = 'open';
  UPDATE budgets
  SET reserved = budgets.reserved + child.allocated,
      change = 'child_allocate', reference = NEW.id, changed_at = NEW.handed_over_at
  FROM budgets AS child
  WHERE budgets.agent_id = NEW.parent_id
    AND child.agent_id = NEW.id AND child.unit = budgets.unit AND child.state = 'open';
  UPDATE hierarchy SET distance = distance - 1
  WHERE ancestor_id IN (SELECT ancestor_id FROM hierarchy WHERE descendant_id = NEW.parent_id)
    AND descendant_id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
  UPDATE agents SET depth = depth - 1
  WHERE id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
END;

CREATE TRIGGER record_hierarchy AFTER INSERT ON agents
BEGIN
  INSERT INTO hierarchy (ancestor_id, descendant_id, distance)
  SELECT ancestor_id, NEW.id, distance + 1 FROM hierarchy WHERE descendant_id = NEW.parent_id
  UNION ALL
  SELECT NEW.id, NEW.id, 0;
END;

CREATE TRIGGER refuse_agent_replacement BEFORE INSERT ON agents
WHEN EXISTS (SELECT 1 FROM agents WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'there is an agent with this id already');
END;

CREATE TRIGGER refuse_archived_agent BEFORE INSERT ON agents
WHEN NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM archived_rows WHERE source = 'agents' AND key = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'an agent of this id is archived');
END;

CREATE TRIGGER refuse_change_of_rights BEFORE UPDATE OF brief, tools, mode ON agents
WHEN NEW.brief IS NOT OLD.brief OR NEW.tools IS NOT OLD.tools OR NEW.mode IS NOT OLD.mode
BEGIN
  SELECT RAISE(ABORT, 'an agent''s rights stay as they were when it was hired');
END;

CREATE TRIGGER refuse_misplaced_agent BEFORE INSERT ON agents
WHEN NEW.parent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'an agent stands one level below its parent, in the same team')
  WHERE NOT EXISTS (
    SELECT 1 FROM agents AS parent
    WHERE parent.id = NEW.parent_id AND parent.depth + 1 = NEW.depth AND parent.root_id = NEW.root_id
  );
END;

CREATE TRIGGER refuse_strange_depth BEFORE UPDATE OF depth ON agents
WHEN NEW.depth <> OLD.depth
BEGIN
  SELECT RAISE(ABORT, 'an agent''s depth is its distance from its root')
  WHERE NEW.depth <> (SELECT distance FROM hierarchy WHERE ancestor_id = NEW.root_id AND descendant_id = NEW.id);
END;

CREATE TRIGGER refuse_strange_parent BEFORE UPDATE OF parent_id, root_id ON agents
WHEN NEW.parent_id IS NOT OLD.parent_id OR NEW.root_id <> OLD.root_id
BEGIN
  SELECT RAISE(ABORT, 'an agent is handed over to its parent''s parent, and to nobody else')
  WHERE NEW.root_id <> OLD.root_id OR NEW.handed_over_at IS NULL OR NOT EXISTS (
    SELECT 1 FROM agents AS parent WHERE parent.id = OLD.parent_id AND parent.parent_id = NEW.parent_id
  );
  SELECT RAISE(ABORT, 'an agent whose budget is closed stays with the parent that counts it as used')
  WHERE EXISTS (SELECT 1 FROM budgets WHERE agent_id = NEW.id AND state = 'closed');
END;

CREATE TRIGGER refuse_wider_rights BEFORE INSERT ON agents
WHEN NEW.parent_id IS NOT NULL
BEGIN
  SELECT RAISE(ABORT, 'a child''s rights are no wider than its parent''s')
  FROM agents AS parent
  WHERE parent.id = NEW.parent_id AND (
    instr('plan ask edit auto', NEW.mode) > instr('plan ask edit auto', parent.mode)
    OR parent.tools IS NOT NULL AND (
      NEW.tools IS NULL
      OR EXISTS (
        SELECT 1 FROM json_each(NEW.tools) AS own
        WHERE NOT EXISTS (SELECT 1 FROM json_each(parent.tools) AS given WHERE given.value = own.value)
      )
    )
  );
END;

CREATE UNIQUE INDEX archived_rows_by_team ON archived_rows (root_id, source, ordinal);

CREATE TRIGGER refuse_budget_copy_deletion BEFORE DELETE ON archived_rows
WHEN OLD.source = 'budgets'
BEGIN
  SELECT RAISE(ABORT, 'an archived budget is brought back, never deleted')
  WHERE NOT EXISTS (
    SELECT 1 FROM budgets AS b
    WHERE b.agent_id = json_extract(OLD.row, '$[0]') AND b.unit = json_extract(OLD.row, '$[1]')
      AND OLD.row = json_array(b.agent_id, b.unit, b.state, b.allocated, b.reserved, b.used, b.own_used, b.overrun,
        b.change, b.reference, b.changed_at)
  );
END;

CREATE TRIGGER refuse_budget_entry_copy_deletion BEFORE DELETE ON archived_rows
WHEN OLD.source = 'budget_entries'
BEGIN
  SELECT RAISE(ABORT, 'an archived ledger is brought back, never deleted')
  WHERE NOT EXISTS (
    SELECT 1 FROM budget_entries AS e
    WHERE e.seq = json_extract(OLD.row, '$[0]')
      AND OLD.row = json_array(e.seq, e.agent_id, e.unit, e.change, e.allocated, e.reserved, e.used, e.own_used,
        e.overrun, e.reference, e.at,
        e.allocated_after, e.reserved_after, e.used_after, e.own_used_after, e.overrun_after)
  );
END;

CREATE TRIGGER refuse_copy_change BEFORE UPDATE ON archived_rows
BEGIN
  SELECT RAISE(ABORT, 'the archive does not change');
END;

CREATE TRIGGER refuse_copy_deletion BEFORE DELETE ON archived_rows
WHEN NOT EXISTS (SELECT 1 FROM agents WHERE id = OLD.root_id)
BEGIN
  SELECT RAISE(ABORT, 'an archived team is brought back, never deleted');
END;

CREATE TRIGGER refuse_forged_budget_copy BEFORE INSERT ON archived_rows
WHEN NEW.source = 'budgets'
BEGIN
  SELECT RAISE(ABORT, 'the archive takes closed budgets as they are')
  WHERE NOT EXISTS (
    SELECT 1 FROM budgets AS b JOIN agents ON agents.id = b.agent_id
    WHERE b.agent_id = json_extract(NEW.row, '$[0]') AND b.unit = json_extract(NEW.row, '$[1]') AND b.state = 'closed'
      AND agents.root_id = NEW.root_id AND NEW.key = b.agent_id || '/' || b.unit
      AND NEW.row = json_array(b.agent_id, b.unit, b.state, b.allocated, b.reserved, b.used, b.own_used, b.overrun,
        b.change, b.reference, b.changed_at)
  );
END;

CREATE TRIGGER refuse_forged_budget_entry_copy BEFORE INSERT ON archived_rows
WHEN NEW.source = 'budget_entries'
BEGIN
  SELECT RAISE(ABORT, 'the archive takes the ledger as it is')
  WHERE NOT EXISTS (
    SELECT 1 FROM budget_entries AS e JOIN agents ON agents.id = e.agent_id
    WHERE e.seq = json_extract(NEW.row, '$[0]') AND agents.root_id = NEW.root_id AND NEW.key = CAST(e.seq AS TEXT)
      AND NEW.row = json_array(e.seq, e.agent_id, e.unit, e.change, e.allocated, e.reserved, e.used, e.own_used,
        e.overrun, e.reference, e.at,
        e.allocated_after, e.reserved_after, e.used_after, e.own_used_after, e.overrun_after)
  );
END;

CREATE TRIGGER refuse_second_copy BEFORE INSERT ON archived_rows
WHEN EXISTS (SELECT 1 FROM archived_rows WHERE source = NEW.source AND key = NEW.key)
BEGIN
  SELECT RAISE(ABORT, 'the row is archived already');
END;

CREATE INDEX archived_teams_by_name ON archived_teams (name);

CREATE TRIGGER refuse_open_team BEFORE INSERT ON archived_teams
WHEN EXISTS (SELECT 1 FROM agents WHERE root_id = NEW.root_id AND ended_at IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'a team is archived when all of it has ended');
END;

CREATE VIEW budget_balances AS
SELECT
  budgets.*,
  coalesce(
    (SELECT sum(iif(budgets.unit = 'usd', held_usd, held_tokens)) FROM turns
      WHERE turns.agent_id = budgets.agent_id AND turns.status = 'unconfirmed'), 0
  ) AS unconfirmed
FROM budgets;

CREATE INDEX budget_entries_by_agent ON budget_entries (agent_id);

CREATE TRIGGER refuse_budget_entry_change BEFORE UPDATE ON budget_entries
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER refuse_budget_entry_deletion BEFORE DELETE ON budget_entries
WHEN NOT EXISTS (
  SELECT 1 FROM archived_rows
  WHERE source = 'budget_entries' AND key = CAST(OLD.seq AS TEXT)
    AND row = json_array(OLD.seq, OLD.agent_id, OLD.unit, OLD.change, OLD.allocated, OLD.reserved, OLD.used,
      OLD.own_used, OLD.overrun, OLD.reference, OLD.at,
      OLD.allocated_after, OLD.reserved_after, OLD.used_after, OLD.own_used_after, OLD.overrun_after)
)
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER refuse_gap_in_ledger AFTER INSERT ON budget_entries
WHEN NEW.seq <> 1
BEGIN
  SELECT RAISE(ABORT, 'the ledger is written in order')
  WHERE NOT EXISTS (SELECT 1 FROM budget_entries WHERE seq = NEW.seq - 1)
    AND NOT EXISTS (
      SELECT 1 FROM archived_rows WHERE source = 'budget_entries' AND key = CAST(NEW.seq - 1 AS TEXT)
    );
END;

CREATE TRIGGER refuse_strange_budget_entry BEFORE INSERT ON budget_entries
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only')
  WHERE EXISTS (SELECT 1 FROM budget_entries WHERE seq = NEW.seq);
  SELECT RAISE(ABORT, 'the ledger is written by what it records')
  WHERE NOT EXISTS (
    SELECT 1 FROM budgets LEFT JOIN budget_entries AS last ON last.seq = (
      SELECT seq FROM budget_entries WHERE agent_id = NEW.agent_id AND unit = NEW.unit ORDER BY seq DESC LIMIT 1
    )
    WHERE budgets.agent_id = NEW.agent_id AND budgets.unit = NEW.unit
      AND (NEW.allocated_after, NEW.reserved_after, NEW.used_after, NEW.own_used_after, NEW.overrun_after)
        = (budgets.allocated, budgets.reserved, budgets.used, budgets.own_used, budgets.overrun)
      AND (NEW.allocated_after, NEW.reserved_after, NEW.used_after, NEW.own_used_after, NEW.overrun_after) = (
        coalesce(last.allocated_after, 0) + NEW.allocated, coalesce(last.reserved_after, 0) + NEW.reserved,
        coalesce(last.used_after, 0) + NEW.used, coalesce(last.own_used_after, 0) + NEW.own_used,
        coalesce(last.overrun_after, 0) + NEW.overrun
      )
  ) AND NOT EXISTS (
    SELECT 1 FROM archived_rows
    WHERE source = 'budget_entries' AND key = CAST(NEW.seq AS TEXT)
      AND row = json_array(NEW.seq, NEW.agent_id, NEW.unit, NEW.change, NEW.allocated, NEW.reserved, NEW.used,
        NEW.own_used, NEW.overrun, NEW.reference, NEW.at,
        NEW.allocated_after, NEW.reserved_after, NEW.used_after, NEW.own_used_after, NEW.overrun_after)
  );
END;

CREATE VIEW budget_use AS
SELECT
  own.agent_id, own.unit, own.allocated,
  (SELECT sum(below.own_used + below.overrun) FROM hierarchy
    JOIN budgets AS below ON below.agent_id = descendant_id AND below.unit = own.unit
    WHERE ancestor_id = own.agent_id) AS used
FROM budgets AS own;

CREATE TRIGGER allocate_child_budget AFTER INSERT ON budgets
WHEN NEW.state = 'open' AND EXISTS (SELECT 1 FROM agents WHERE id = NEW.agent_id AND parent_id IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'the parent has no open budget in this unit')
  WHERE NOT EXISTS (
    SELECT 1 FROM agents AS child JOIN budgets AS parent ON parent.agent_id = child.parent_id
    WHERE child.id = NEW.agent_id AND parent.unit = NEW.unit AND parent.state = 'open'
  );
  UPDATE budgets
  SET reserved = reserved + NEW.allocated,
      change = 'child_allocate', reference = NEW.agent_id, changed_at = NEW.changed_at
  WHERE agent_id = (SELECT parent_id FROM agents WHERE id = NEW.agent_id) AND unit = NEW.unit;
END;

CREATE TRIGGER reallocate_child_budget AFTER UPDATE OF allocated ON budgets
WHEN OLD.state = 'open' AND NEW.state = 'open' AND NEW.allocated <> OLD.allocated
BEGIN
  UPDATE budgets
  SET reserved = reserved + NEW.allocated - OLD.allocated,
      change = 'child_allocate', reference = NEW.agent_id, changed_at = NEW.changed_at
  WHERE agent_id = (SELECT parent_id FROM agents WHERE id = NEW.agent_id) AND unit = NEW.unit;
END;

CREATE TRIGGER reclaim_child_budget AFTER UPDATE OF state ON budgets
WHEN OLD.state = 'open' AND NEW.state = 'closed'
BEGIN
  UPDATE budgets
  SET reserved = reserved - NEW.allocated, used = used + NEW.used,
      change = 'child_reclaim', reference = NEW.agent_id, changed_at = NEW.changed_at
  WHERE agent_id = (SELECT parent_id FROM agents WHERE id = NEW.agent_id) AND unit = NEW.unit;
END;

CREATE TRIGGER record_budget_entry AFTER UPDATE ON budgets
BEGIN
  INSERT INTO budget_entries (
    agent_id, unit, change, allocated, reserved, used, own_used, overrun, reference, at,
    allocated_after, reserved_after, used_after, own_used_after, overrun_after
  )
  VALUES (
    NEW.agent_id, NEW.unit, NEW.change,
    NEW.allocated - OLD.allocated, NEW.reserved - OLD.reserved, NEW.used - OLD.used,
    NEW.own_used - OLD.own_used, NEW.overrun - OLD.overrun,
    NEW.reference, NEW.changed_at,
    NEW.allocated, NEW.reserved, NEW.used, NEW.own_used, NEW.overrun
  );
END;

CREATE TRIGGER record_first_budget_entry AFTER INSERT ON budgets
WHEN NEW.state = 'open'
BEGIN
  INSERT INTO budget_entries (
    agent_id, unit, change, allocated, reserved, used, own_used, overrun, reference, at,
    allocated_after, reserved_after, used_after, own_used_after, overrun_after
  )
  VALUES (
    NEW.agent_id, NEW.unit, NEW.change, NEW.allocated, 0, 0, 0, 0, NEW.reference, NEW.changed_at,
    NEW.allocated, 0, 0, 0, 0
  );
END;

CREATE TRIGGER refuse_budget_beside_copy BEFORE INSERT ON budgets
WHEN NEW.state = 'open'
  AND EXISTS (SELECT 1 FROM archived_rows WHERE source = 'budgets' AND key = NEW.agent_id || '/' || NEW.unit)
BEGIN
  SELECT RAISE(ABORT, 'the agent''s budget is archived');
END;

CREATE TRIGGER refuse_budget_deletion BEFORE DELETE ON budgets
WHEN NOT EXISTS (
  SELECT 1 FROM archived_rows
  WHERE source = 'budgets' AND key = OLD.agent_id || '/' || OLD.unit
    AND row = json_array(OLD.agent_id, OLD.unit, OLD.state, OLD.allocated, OLD.reserved, OLD.used, OLD.own_used,
      OLD.overrun, OLD.change, OLD.reference, OLD.changed_at)
)
BEGIN
  SELECT RAISE(ABORT, 'a budget is closed, never deleted');
END;

CREATE TRIGGER refuse_budget_move BEFORE UPDATE OF agent_id, unit ON budgets
BEGIN
  SELECT RAISE(ABORT, 'a budget belongs to one agent and one unit');
END;

CREATE TRIGGER refuse_budget_replacement BEFORE INSERT ON budgets
WHEN EXISTS (SELECT 1 FROM budgets WHERE agent_id = NEW.agent_id AND unit = NEW.unit)
BEGIN
  SELECT RAISE(ABORT, 'the agent has a budget in this unit already');
END;

CREATE TRIGGER refuse_change_of_closed_budget BEFORE UPDATE ON budgets
WHEN OLD.state = 'closed' AND NEW.state = 'closed'
BEGIN
  SELECT RAISE(ABORT, 'a closed budget does not change');
END;

CREATE TRIGGER refuse_change_while_closing_budget BEFORE UPDATE OF state ON budgets
WHEN OLD.state = 'open' AND NEW.state = 'closed'
  AND (NEW.allocated <> OLD.allocated OR NEW.used <> OLD.used OR NEW.own_used <> OLD.own_used)
BEGIN
  SELECT RAISE(ABORT, 'a budget is settled before it is closed');
END;

CREATE TRIGGER refuse_closing_of_budget_in_use BEFORE UPDATE OF state ON budgets
WHEN OLD.state = 'open' AND NEW.state = 'closed'
BEGIN
  SELECT RAISE(ABORT, 'a budget is settled before it is closed') WHERE OLD.reserved <> 0;
  SELECT RAISE(ABORT, 'a child''s budget is closed before its parent''s')
  WHERE EXISTS (
    SELECT 1 FROM agents
      JOIN budgets AS child ON child.agent_id = agents.id AND child.unit = NEW.unit AND child.state = 'open'
    WHERE agents.parent_id = NEW.agent_id
  );
END;

CREATE TRIGGER refuse_overspending BEFORE UPDATE OF state, allocated, reserved, used, own_used, overrun ON budgets
WHEN NOT coalesce(
  NEW.used + NEW.reserved <= NEW.allocated AND NEW.own_used <= NEW.used
  AND NEW.reserved >= 0 AND NEW.own_used >= 0 AND NEW.overrun >= 0 AND NEW.state IN ('open', 'closed'), FALSE
)
BEGIN
  SELECT RAISE(ABORT, 'a budget is never overspent');
END;

CREATE TRIGGER refuse_prefilled_budget BEFORE INSERT ON budgets
WHEN (
  NEW.state <> 'open' OR NEW.change <> 'allocate'
  OR NEW.reserved <> 0 OR NEW.used <> 0 OR NEW.own_used <> 0 OR NEW.overrun <> 0
) AND NOT EXISTS (
  SELECT 1 FROM archived_rows
  WHERE source = 'budgets' AND key = NEW.agent_id || '/' || NEW.unit
    AND row = json_array(NEW.agent_id, NEW.unit, NEW.state, NEW.allocated, NEW.reserved, NEW.used, NEW.own_used,
      NEW.overrun, NEW.change, NEW.reference, NEW.changed_at)
)
BEGIN
  SELECT RAISE(ABORT, 'a budget begins with nothing reserved and nothing used');
END;

CREATE TRIGGER refuse_return_of_use BEFORE UPDATE OF own_used, overrun ON budgets
WHEN NEW.own_used < OLD.own_used OR NEW.overrun < OLD.overrun
BEGIN
  SELECT RAISE(ABORT, 'what was used stays used');
END;

CREATE TRIGGER refuse_uncountable_budget BEFORE INSERT ON budgets
WHEN NEW.allocated > 9007199254740991
BEGIN
  SELECT RAISE(ABORT, 'no budget is larger than 2^53 - 1');
END;

CREATE TRIGGER refuse_uncountable_raise BEFORE UPDATE OF allocated ON budgets
WHEN NEW.allocated > 9007199254740991
BEGIN
  SELECT RAISE(ABORT, 'no budget is larger than 2^53 - 1');
END;

CREATE TRIGGER refuse_use_by_nobody BEFORE UPDATE OF used, own_used ON budgets
WHEN NEW.used - OLD.used <> NEW.own_used - OLD.own_used
BEGIN
  SELECT RAISE(ABORT, 'what is used was used by the agent or by a child that is closed')
  WHERE NEW.used - NEW.own_used <> (
    SELECT coalesce(sum(child.used), 0)
    FROM agents
      JOIN budgets AS child ON child.agent_id = agents.id AND child.unit = NEW.unit AND child.state = 'closed'
    WHERE agents.parent_id = NEW.agent_id
  );
END;

CREATE TRIGGER refuse_use_of_allocated_budget BEFORE UPDATE OF reserved ON budgets
WHEN NEW.reserved < OLD.reserved
BEGIN
  SELECT RAISE(ABORT, 'what a child was given is reserved until it is closed')
  WHERE NEW.reserved < (
    SELECT coalesce(sum(child.allocated), 0)
    FROM agents
      CROSS JOIN hierarchy ON ancestor_id = NEW.agent_id AND descendant_id = agents.id AND distance = 1
      JOIN budgets AS child ON child.agent_id = agents.id AND child.unit = NEW.unit AND child.state = 'open'
    WHERE agents.parent_id = NEW.agent_id
  );
END;

CREATE TRIGGER reopen_child_budget AFTER UPDATE OF state ON budgets
WHEN OLD.state = 'closed' AND NEW.state = 'open'
BEGIN
  UPDATE budgets
  SET reserved = reserved + NEW.allocated, used = used - OLD.used,
      change = 'child_reopen', reference = NEW.agent_id, changed_at = NEW.changed_at
  WHERE agent_id = (SELECT parent_id FROM agents WHERE id = NEW.agent_id) AND unit = NEW.unit;
END;

CREATE INDEX checkpoints_by_turn ON checkpoints (turn_id);

CREATE VIEW ended_costs AS
SELECT
  agents.role, agents.model, agents.ended_at,
  money.used + money.overrun AS usd,
  tokens.used + tokens.overrun AS tokens
FROM agents
JOIN budgets AS money ON money.agent_id = agents.id AND money.unit = 'usd'
JOIN budgets AS tokens ON tokens.agent_id = agents.id AND tokens.unit = 'tokens'
WHERE agents.status IN ('completed', 'failed');

CREATE INDEX hierarchy_by_descendant ON hierarchy (descendant_id, distance);

CREATE TRIGGER refuse_loss_of_ancestor BEFORE DELETE ON hierarchy
WHEN NOT EXISTS (
  SELECT 1 FROM agents JOIN archived_teams ON archived_teams.root_id = agents.root_id
  WHERE agents.id = OLD.descendant_id
)
BEGIN
  SELECT RAISE(ABORT, 'the hierarchy is what the parents make of it')
  WHERE OLD.ancestor_id IN (
    WITH RECURSIVE line (id) AS (
      SELECT OLD.descendant_id
      UNION ALL SELECT parent_id FROM line JOIN agents USING (id) WHERE parent_id IS NOT NULL
    )
    SELECT id FROM line
  );
END;

CREATE TRIGGER refuse_strange_ancestor BEFORE INSERT ON hierarchy
WHEN NEW.ancestor_id <> NEW.descendant_id
BEGIN
  SELECT RAISE(ABORT, 'the hierarchy is what the parents make of it')
  WHERE NOT EXISTS (
    SELECT 1 FROM agents JOIN hierarchy AS above
      ON above.ancestor_id = NEW.ancestor_id AND above.descendant_id = agents.parent_id
    WHERE agents.id = NEW.descendant_id AND above.distance = NEW.distance - 1
  );
END;

CREATE TRIGGER refuse_strange_distance BEFORE UPDATE ON hierarchy
BEGIN
  SELECT RAISE(ABORT, 'the hierarchy is what the parents make of it')
  WHERE NEW.ancestor_id <> OLD.ancestor_id OR NEW.descendant_id <> OLD.descendant_id OR NEW.distance IS NOT (
    WITH RECURSIVE line (id, distance) AS (
      SELECT NEW.descendant_id, 0
      UNION ALL SELECT parent_id, distance + 1 FROM line JOIN agents USING (id) WHERE parent_id IS NOT NULL
    )
    SELECT distance FROM line WHERE id = NEW.ancestor_id
  );
END;

CREATE INDEX merges_by_agent ON merges (agent_id, seq);

CREATE UNIQUE INDEX merges_under_way ON merges (agent_id) WHERE state IN ('intended', 'undoing');

CREATE INDEX merges_undoing ON merges (seq) WHERE state = 'undoing';

CREATE TRIGGER refuse_strange_merge_move BEFORE UPDATE ON merges
WHEN NOT (OLD.state = 'intended' AND NEW.state IN ('intended', 'made', 'taken_back')
  OR OLD.state = 'made' AND NEW.state = 'undoing'
  OR OLD.state = 'undoing' AND NEW.state IN ('made', 'undone'))
  OR NEW.seq <> OLD.seq OR NEW.id <> OLD.id OR NEW.agent_id <> OLD.agent_id OR NEW.target_branch <> OLD.target_branch
  OR NEW.target_before <> OLD.target_before
BEGIN
  SELECT RAISE(ABORT, 'a merge is intended, then made or taken back; one that was made can be undone');
END;

CREATE INDEX message_threads_by_team ON message_threads (root_id, created_at);

CREATE INDEX messages_asked ON messages (recipient_id, status) WHERE kind = 'question';

CREATE INDEX messages_by_reply ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;

CREATE INDEX messages_by_sender ON messages (sender_id);

CREATE INDEX messages_by_thread ON messages (thread_id, seq);

CREATE INDEX messages_by_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;

CREATE INDEX messages_in_inbox ON messages (recipient_id, status, priority, seq);

CREATE INDEX messages_unsettled ON messages (status, thread_id) WHERE status <> 'processed';

CREATE TRIGGER refuse_change_of_message
BEFORE UPDATE OF seq, id, thread_id, sender_id, recipient_id, relation, kind, priority, body, payload, deduplication_key,
  sent_at ON messages
BEGIN
  SELECT RAISE(ABORT, 'what was sent stays as it was sent');
END;

CREATE TRIGGER refuse_strange_message_move BEFORE UPDATE OF status ON messages
WHEN NEW.status <> OLD.status
BEGIN
  SELECT RAISE(ABORT, 'a processed message stays processed') WHERE OLD.status = 'processed';
  SELECT RAISE(ABORT, 'a message is delivered before it is processed or dies, and sent again after')
  WHERE NEW.status IN ('processed', 'dead') AND OLD.status <> 'delivered'
    OR OLD.status = 'dead' AND NEW.status <> 'pending';
END;

CREATE VIEW named_messages AS
SELECT messages.*, sender.name AS sender_name, sender.ended_at AS sender_ended_at, recipient.name AS recipient_name,
  recipient.ended_at AS recipient_ended_at
FROM messages
LEFT JOIN agents AS sender ON sender.id = messages.sender_id
LEFT JOIN agents AS recipient ON recipient.id = messages.recipient_id;

CREATE INDEX review_answers_by_agent ON review_answers (agent_id, answered_at);

CREATE INDEX review_answers_by_comment ON review_answers (comment_id);

CREATE INDEX review_comments_by_agent ON review_comments (agent_id, path, line);

CREATE VIEW thread_figures AS
SELECT
  message_threads.id, message_threads.root_id, root.name AS team, message_threads.subject, message_threads.created_at,
  (SELECT count(*) FROM messages WHERE thread_id = message_threads.id) AS messages,
  (SELECT count(*) FROM messages
    WHERE thread_id = message_threads.id AND status = 'pending' AND status <> 'processed') AS pending,
  (SELECT count(*) FROM messages
    WHERE thread_id = message_threads.id AND status = 'delivered' AND status <> 'processed') AS delivered,
  (SELECT count(*) FROM messages
    WHERE thread_id = message_threads.id AND status = 'dead' AND status <> 'processed' AND discarded_at IS NULL
  ) AS dead,
  last.seq AS last_seq, last.sent_at AS last_at, last.sender_name AS last_sender,
  substr(last.body, 1, 200) AS last_text
FROM message_threads
JOIN agents AS root ON root.id = message_threads.root_id
JOIN named_messages AS last ON last.seq = (SELECT max(seq) FROM messages WHERE thread_id = message_threads.id);

CREATE INDEX tool_calls_by_agent ON tool_calls (agent_id);

CREATE UNIQUE INDEX turns_calling_once ON turns (agent_id) WHERE status = 'calling';

CREATE UNIQUE INDEX turns_replied_once ON turns (agent_id, number) WHERE status IN ('replied', 'completed');

CREATE INDEX turns_unconfirmed ON turns (agent_id) WHERE status = 'unconfirmed';

CREATE INDEX turns_unpriced ON turns (agent_id) WHERE cost_usd IS NULL AND status IN ('replied', 'completed');

CREATE INDEX worktrees_by_status ON worktrees (status);

CREATE TRIGGER refuse_conflict_without_commit BEFORE UPDATE OF status, resolving_commit ON worktrees
WHEN (NEW.status = 'conflicted') <> (NEW.resolving_commit IS NOT NULL)
BEGIN
  SELECT RAISE(ABORT, 'a worktree is conflicted exactly while it resolves a merge');
END;
