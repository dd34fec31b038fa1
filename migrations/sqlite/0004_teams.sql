-- What becomes of agents whose parent has ended, of time that passes, and of money that runs out.

-- moved_at: when its status changed last. rested_ms: milliseconds since it started in which it was paused or waited for
-- the user. turns_before: turns that it had begun before it was opened the last time. Its limits count from there.
-- handed_over_at: when it got its parent's parent for a parent.
ALTER TABLE agents ADD COLUMN moved_at INTEGER;
ALTER TABLE agents ADD COLUMN rested_ms INTEGER NOT NULL DEFAULT 0 CHECK (rested_ms >= 0);
ALTER TABLE agents ADD COLUMN turns_before INTEGER NOT NULL DEFAULT 0 CHECK (turns_before >= 0);
ALTER TABLE agents ADD COLUMN handed_over_at INTEGER;

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

-- INSERT OR REPLACE deletes the old row first, without the trigger above.
CREATE TRIGGER refuse_agent_replacement BEFORE INSERT ON agents
WHEN EXISTS (SELECT 1 FROM agents WHERE id = NEW.id)
BEGIN
  SELECT RAISE(ABORT, 'there is an agent with this id already');
END;

CREATE TRIGGER refuse_strange_depth BEFORE UPDATE OF depth ON agents
WHEN NEW.depth <> OLD.depth
BEGIN
  SELECT RAISE(ABORT, 'an agent''s depth is its distance from its root')
  WHERE NEW.depth <> (SELECT distance FROM hierarchy WHERE ancestor_id = NEW.root_id AND descendant_id = NEW.id);
END;

-- The hierarchy is what the parents make of it, whoever writes to it.
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

-- What is below the agent comes one level up with it, and so does its allocation: the old parent gives it up, the new
-- one takes it over. Until it has, the agent is no child in the hierarchy, and its allocation nothing that must be
-- reserved.
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

-- The same as the table's own CHECKs, which can be overruled. A trigger's statement goes by what the outer one says: with
-- OR IGNORE a parent that can't pay would be passed over, and its child have the money all the same. With OR REPLACE a
-- NULL would become the column's default.
CREATE TRIGGER refuse_overspending BEFORE UPDATE OF state, allocated, reserved, used, own_used, overrun ON budgets
WHEN NOT coalesce(
  NEW.used + NEW.reserved <= NEW.allocated AND NEW.own_used <= NEW.used
  AND NEW.reserved >= 0 AND NEW.own_used >= 0 AND NEW.overrun >= 0 AND NEW.state IN ('open', 'closed'), FALSE
)
BEGIN
  SELECT RAISE(ABORT, 'a budget is never overspent');
END;

-- What a balance counts of its children is what they have: at least what the open ones were given is reserved, and what
-- is used is its own use and that of the closed ones. CROSS: from its few children, not from all that is below it.
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

CREATE TRIGGER refuse_return_of_use BEFORE UPDATE OF own_used, overrun ON budgets
WHEN NEW.own_used < OLD.own_used OR NEW.overrun < OLD.overrun
BEGIN
  SELECT RAISE(ABORT, 'what was used stays used');
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

-- Beyond 2^53 - 1 a reader would not see the same number. All that is spent of an allocation is no larger.
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

-- Each entry says what the balance is after it: nothing can be entered that did not happen.
ALTER TABLE budget_entries ADD COLUMN allocated_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget_entries ADD COLUMN reserved_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget_entries ADD COLUMN used_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget_entries ADD COLUMN own_used_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE budget_entries ADD COLUMN overrun_after INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER refuse_budget_entry_change;

UPDATE budget_entries
SET allocated_after = balance.allocated, reserved_after = balance.reserved, used_after = balance.used,
    own_used_after = balance.own_used, overrun_after = balance.overrun
FROM (
  SELECT seq, sum(allocated) OVER so_far AS allocated, sum(reserved) OVER so_far AS reserved,
    sum(used) OVER so_far AS used, sum(own_used) OVER so_far AS own_used, sum(overrun) OVER so_far AS overrun
  FROM budget_entries WINDOW so_far AS (PARTITION BY agent_id, unit ORDER BY seq)
) AS balance
WHERE balance.seq = budget_entries.seq;

CREATE TRIGGER refuse_budget_entry_change BEFORE UPDATE ON budget_entries
BEGIN
  SELECT RAISE(ABORT, 'the ledger is append-only');
END;

DROP TRIGGER record_first_budget_entry;
DROP TRIGGER record_budget_entry;

CREATE TRIGGER record_first_budget_entry AFTER INSERT ON budgets
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

-- That an agent's subtree has used so many percent of what it may spend, told once for each allocation.
CREATE TABLE budget_alerts (
  agent_id TEXT NOT NULL REFERENCES agents (id),
  unit TEXT NOT NULL CHECK (unit IN ('usd', 'tokens')),
  allocated INTEGER NOT NULL CHECK (allocated >= 0),
  percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
  used INTEGER NOT NULL CHECK (used >= 0),
  at INTEGER NOT NULL,
  PRIMARY KEY (agent_id, unit, allocated, percent)
) STRICT, WITHOUT ROWID;

-- What all teams together have spent on a day of the user's calendar (`2026-11-22`), calls under way at their worst
-- case. A call that is settled on the next day is settled where its worst case stands.
CREATE TABLE spending (
  day TEXT PRIMARY KEY NOT NULL,
  usd INTEGER NOT NULL CHECK (usd >= 0)
) STRICT, WITHOUT ROWID;

-- Few of all turns: replies that have no price, and calls whose cost nobody knows.
CREATE INDEX turns_unpriced ON turns (agent_id) WHERE cost_usd IS NULL AND status IN ('replied', 'completed');
CREATE INDEX turns_unconfirmed ON turns (agent_id) WHERE status = 'unconfirmed';

CREATE VIEW budget_balances AS
SELECT
  budgets.*,
  coalesce(
    (SELECT sum(iif(budgets.unit = 'usd', held_usd, held_tokens)) FROM turns
      WHERE turns.agent_id = budgets.agent_id AND turns.status = 'unconfirmed'), 0
  ) AS unconfirmed
FROM budgets;

-- As before, and with what stands apart from what was used.
DROP VIEW agent_tree;

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

-- What each agent and all below it have used by now, beside what it was given. To be asked for one agent: it visits the
-- whole subtree.
CREATE VIEW budget_use AS
SELECT
  own.agent_id, own.unit, own.allocated,
  (SELECT sum(below.own_used + below.overrun) FROM hierarchy
    JOIN budgets AS below ON below.agent_id = descendant_id AND below.unit = own.unit
    WHERE ancestor_id = own.agent_id) AS used
FROM budgets AS own;

-- What agents that have ended came to, with all below them: for a forecast of what the next one may come to.
CREATE VIEW ended_costs AS
SELECT
  agents.role, agents.model, agents.ended_at,
  money.used + money.overrun AS usd,
  tokens.used + tokens.overrun AS tokens
FROM agents
JOIN budgets AS money ON money.agent_id = agents.id AND money.unit = 'usd'
JOIN budgets AS tokens ON tokens.agent_id = agents.id AND tokens.unit = 'tokens'
WHERE agents.status IN ('completed', 'failed');

CREATE INDEX agents_ended_by_role ON agents (role, model, ended_at) WHERE status IN ('completed', 'failed');
