-- Messages that are answered and asked for, tried again, given up, sent again, put aside and forgotten.

-- waits_until: when a waiting agent goes on at the latest. awaits_answer_to: the question whose answer it waits for.
ALTER TABLE agents ADD COLUMN waits_until INTEGER CHECK (waits_until IS NULL OR status = 'waiting');
ALTER TABLE agents ADD COLUMN awaits_answer_to TEXT CHECK (awaits_answer_to IS NULL OR status = 'waiting');

-- When the user put a dead message aside.
ALTER TABLE messages ADD COLUMN discarded_at INTEGER CHECK (discarded_at IS NULL OR status = 'dead');

DROP TRIGGER refuse_second_processing;
CREATE TRIGGER refuse_strange_message_move BEFORE UPDATE OF status ON messages
WHEN NEW.status <> OLD.status
BEGIN
  SELECT RAISE(ABORT, 'a processed message stays processed') WHERE OLD.status = 'processed';
  SELECT RAISE(ABORT, 'a message is delivered before it is processed or dies, and sent again after')
  WHERE NEW.status IN ('processed', 'dead') AND OLD.status <> 'delivered'
    OR OLD.status = 'dead' AND NEW.status <> 'pending';
END;

CREATE TRIGGER refuse_change_of_message
BEFORE UPDATE OF seq, id, thread_id, sender_id, recipient_id, relation, kind, priority, body, payload, deduplication_key,
  sent_at ON messages
BEGIN
  SELECT RAISE(ABORT, 'what was sent stays as it was sent');
END;

-- Few of all messages: what is to be done. With `status <> 'processed'` in a statement it is found in here.
CREATE INDEX messages_unsettled ON messages (status, thread_id) WHERE status <> 'processed';
CREATE INDEX messages_asked ON messages (recipient_id, status) WHERE kind = 'question';

-- Messages with who they are from and for.
DROP VIEW inbox;
CREATE VIEW named_messages AS
SELECT messages.*, sender.name AS sender_name, sender.ended_at AS sender_ended_at, recipient.name AS recipient_name,
  recipient.ended_at AS recipient_ended_at
FROM messages
LEFT JOIN agents AS sender ON sender.id = messages.sender_id
LEFT JOIN agents AS recipient ON recipient.id = messages.recipient_id;

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
