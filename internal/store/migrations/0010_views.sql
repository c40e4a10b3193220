-- +goose Up
-- Rows that the members of a group may view: 2 is that bit of verbs. Lists go through these, and count them, without
-- passing the links that open nothing, of which a group has as many as members. SQLite needs the column verbs in the
-- index to choose it.
CREATE INDEX group_links_view ON group_links (company_id, group_id, noun, row_key, verbs) WHERE verbs & 2 <> 0;

DROP INDEX group_links_group;
CREATE INDEX group_links_group ON group_links (company_id, group_id, noun, row_key);
