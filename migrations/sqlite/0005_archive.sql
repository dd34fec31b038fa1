-- Teams that have ended can be put away: their rows leave the tables that every start and every look reads.

-- The figures are those of the whole team. columns: for each source, what the values of its rows are, as JSON.
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

CREATE INDEX archived_teams_by_name ON archived_teams (name);

-- source: the table or view that the row was in. key: its primary key there, parts joined with '/'. Not WITHOUT ROWID:
-- a row with a message's body would stand in the inner pages of the tree.
CREATE TABLE archived_rows (
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  root_id TEXT NOT NULL REFERENCES archived_teams (root_id),
  ordinal INTEGER NOT NULL CHECK (ordinal > 0),
  row TEXT NOT NULL CHECK (json_type(row) = 'array'),
  PRIMARY KEY (source, key)
) STRICT;

CREATE UNIQUE INDEX archived_rows_by_team ON archived_rows (root_id, source, ordinal);

CREATE TRIGGER refuse_open_team BEFORE INSERT ON archived_teams
WHEN EXISTS (SELECT 1 FROM agents WHERE root_id = NEW.root_id AND ended_at IS NULL)
BEGIN
  SELECT RAISE(ABORT, 'a team is archived when all of it has ended');
END;

-- An archived team keeps its ids.
CREATE TRIGGER refuse_archived_agent BEFORE INSERT ON agents
WHEN NEW.ended_at IS NULL AND EXISTS (SELECT 1 FROM archived_rows WHERE source = 'agents' AND key = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'an agent of this id is archived');
END;

-- ---------------------------------------------------------------- copies

CREATE TRIGGER refuse_second_copy BEFORE INSERT ON archived_rows
WHEN EXISTS (SELECT 1 FROM archived_rows WHERE source = NEW.source AND key = NEW.key)
BEGIN
  SELECT RAISE(ABORT, 'the row is archived already');
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

-- Money goes from one side to the other: it leaves either only while the other has the same row. What is put away is
-- closed: its parent has counted it by then.

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

-- ---------------------------------------------------------------- budgets

DROP TRIGGER refuse_budget_deletion;
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

DROP TRIGGER refuse_budget_entry_deletion;
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

DROP TRIGGER refuse_prefilled_budget;
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

CREATE TRIGGER refuse_budget_beside_copy BEFORE INSERT ON budgets
WHEN NEW.state = 'open'
  AND EXISTS (SELECT 1 FROM archived_rows WHERE source = 'budgets' AND key = NEW.agent_id || '/' || NEW.unit)
BEGIN
  SELECT RAISE(ABORT, 'the agent''s budget is archived');
END;

-- A budget that comes in closed comes back from the archive: its parent counts what it used already, and its ledger
-- comes back with it.

DROP TRIGGER allocate_child_budget;
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

DROP TRIGGER record_first_budget_entry;
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

-- An entry that comes back was checked when it was written.
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

-- Numbers come in order: one that is written ahead would leave none for those that follow. What came before it may be
-- archived.
CREATE TRIGGER refuse_gap_in_ledger AFTER INSERT ON budget_entries
WHEN NEW.seq <> 1
BEGIN
  SELECT RAISE(ABORT, 'the ledger is written in order')
  WHERE NOT EXISTS (SELECT 1 FROM budget_entries WHERE seq = NEW.seq - 1)
    AND NOT EXISTS (
      SELECT 1 FROM archived_rows WHERE source = 'budget_entries' AND key = CAST(NEW.seq - 1 AS TEXT)
    );
END;

-- Who was above whom goes with a team that is put away, before its agents do.
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

-- ---------------------------------------------------------------- foreign keys

-- Rows that go are looked for in what may refer to them.
CREATE INDEX checkpoints_by_turn ON checkpoints (turn_id);
CREATE INDEX messages_by_reply ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;
-- Leases are found in it too: a turn takes few messages.
DROP INDEX messages_leased;
CREATE INDEX messages_by_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;
