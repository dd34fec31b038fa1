-- Indexes for the questions that are asked, and none for others.

-- The newest events alone are kept: what reads them reads them in their order.
DROP INDEX events_by_agent;

-- The ledger is read for one agent, in order; the row's number stands in every index.
DROP INDEX budget_entries_by_agent;
CREATE INDEX budget_entries_by_agent ON budget_entries (agent_id);

-- An agent's tool calls are reached by its turns; this is for the foreign key.
DROP INDEX tool_calls_by_agent;
CREATE INDEX tool_calls_by_agent ON tool_calls (agent_id);

-- Leases are looked for by the turn that holds them, messages by who wrote them.
DROP INDEX messages_by_status;
CREATE INDEX messages_leased ON messages (turn_id) WHERE status = 'delivered';
CREATE INDEX messages_by_sender ON messages (sender_id);

-- People call agents by name.
CREATE INDEX agents_by_name ON agents (name);

-- One agent of the tree with what it did itself; what its subtree did is the sum of what is below it.
DROP VIEW agent_tree;
DROP VIEW agent_own_figures;

CREATE VIEW agent_tree AS
SELECT
  agents.*,
  (SELECT count(*) FROM turns WHERE turns.agent_id = agents.id AND turns.status IN ('replied', 'completed')) AS turns,
  coalesce(tokens.own_used, 0) AS tokens,
  coalesce(money.own_used, 0) AS cost_usd,
  coalesce(money.allocated, 0) AS allocated_usd,
  coalesce(money.allocated - money.used - money.reserved, 0) AS free_usd,
  (SELECT count(*) FROM messages WHERE recipient_id = agents.id AND messages.status = 'pending') AS pending_messages,
  worktrees.branch AS worktree_branch,
  worktrees.path AS worktree_path,
  worktrees.status AS worktree_status,
  worktrees.merge_commit AS worktree_merge_commit
FROM agents
LEFT JOIN budgets AS money ON money.agent_id = agents.id AND money.unit = 'usd'
LEFT JOIN budgets AS tokens ON tokens.agent_id = agents.id AND tokens.unit = 'tokens'
LEFT JOIN worktrees ON worktrees.agent_id = agents.id;
