-- What an agent is told of its role and its project, and what it may do. Both are fixed when it is hired.

-- Kept once, however many agents are told the same. hash: SHA-256 of the text, hexadecimal.
CREATE TABLE briefs (
  hash TEXT PRIMARY KEY NOT NULL,
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- tools: a JSON array of names; NULL for all. mode: the strictest is first.
ALTER TABLE agents ADD COLUMN brief TEXT REFERENCES briefs (hash);
ALTER TABLE agents ADD COLUMN tools TEXT CHECK (tools IS NULL OR json_type(tools) = 'array');
ALTER TABLE agents ADD COLUMN mode TEXT NOT NULL DEFAULT 'auto' CHECK (mode IN ('plan', 'ask', 'edit', 'auto'));

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

CREATE TRIGGER refuse_change_of_rights BEFORE UPDATE OF brief, tools, mode ON agents
WHEN NEW.brief IS NOT OLD.brief OR NEW.tools IS NOT OLD.tools OR NEW.mode IS NOT OLD.mode
BEGIN
  SELECT RAISE(ABORT, 'an agent''s rights stay as they were when it was hired');
END;
