-- +goose Up
-- The outbox, delivered: how often a message was tried, when it is tried next, when it is too late, and
-- what became of it. State 2 is sent, its body gone; 3 is dead: refused, too late or given up.

ALTER TABLE messages ADD COLUMN attempts {{int}} NOT NULL DEFAULT 0; -- begun so far
ALTER TABLE messages ADD COLUMN since {{bigint}} NOT NULL DEFAULT 0; -- from then on it is tried
ALTER TABLE messages ADD COLUMN due_at {{bigint}} NOT NULL DEFAULT 0; -- not taken before: its place in the queue, the end of a claim, or its next attempt
ALTER TABLE messages ADD COLUMN expires_at {{bigint}} NOT NULL DEFAULT 0; -- not delivered from then on; 0: at any time
ALTER TABLE messages ADD COLUMN ended_at {{bigint}} NOT NULL DEFAULT 0; -- when it was sent or died
ALTER TABLE messages ADD COLUMN provider TEXT NOT NULL DEFAULT ''; -- that tried it last
ALTER TABLE messages ADD COLUMN fault TEXT NOT NULL DEFAULT ''; -- of the last attempt, without addresses and secrets

DROP INDEX messages_waiting;

-- One queue for each company and channel.
CREATE INDEX messages_due ON messages (company_id, channel, due_at, id) WHERE state = 0;
CREATE INDEX messages_ended ON messages (ended_at) WHERE state >= 2;
CREATE INDEX messages_dead ON messages (id) WHERE state = 3;
