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
END;

CREATE TRIGGER refuse_strange_depth BEFORE UPDATE OF depth ON agents
WHEN NEW.depth <> OLD.depth
BEGIN
  SELECT RAISE(ABORT, 'an agent''s depth is its distance from its root')
  WHERE NEW.depth <> (SELECT distance FROM hierarchy WHERE ancestor_id = NEW.root_id AND descendant_id = NEW.id);
END;

-- What is below the agent comes one level up with it, and so does its allocation: the old parent gives it up, the new
-- one takes it over.
CREATE TRIGGER hand_over_child AFTER UPDATE OF parent_id ON agents
WHEN NEW.parent_id IS NOT OLD.parent_id
BEGIN
  DELETE FROM hierarchy
  WHERE ancestor_id = OLD.parent_id
    AND descendant_id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
  UPDATE hierarchy SET distance = distance - 1
  WHERE ancestor_id IN (SELECT ancestor_id FROM hierarchy WHERE descendant_id = NEW.parent_id)
    AND descendant_id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
  UPDATE agents SET depth = depth - 1
  WHERE id IN (SELECT descendant_id FROM hierarchy WHERE ancestor_id = NEW.id);
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

-- Calls whose cost nobody knows: shown beside each budget.
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
