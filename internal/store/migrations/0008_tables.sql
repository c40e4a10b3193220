-- +goose Up
-- What the rows and tables of the table faces are protected by, and how their lists are found.

-- The company: what guests and whoever is signed in may do with its tables and actions.
ALTER TABLE companies ADD COLUMN modes TEXT NOT NULL DEFAULT ''; -- JSON: word of a table or action → mode; those that are not there have the default

-- Groups that people make, and how role groups are found among them.
ALTER TABLE groups ADD COLUMN owner_id {{id}}; -- who made it and may arrange it; NULL: nobody but staff
ALTER TABLE groups ADD COLUMN mode {{int}} NOT NULL DEFAULT 15744; -- permission of the row; the default is all but add for the owner, and nothing for others
CREATE INDEX groups_owner ON groups (company_id, owner_id, id, mode) WHERE owner_id IS NOT NULL;
CREATE INDEX groups_kind ON groups (company_id, kind, name, section);

ALTER TABLE identifiers ADD COLUMN mode {{int}}; -- permission of the row; NULL for the default

-- SQLite chooses this index over the key only if it answers all by itself.
DROP INDEX identifiers_user;
CREATE INDEX identifiers_user ON identifiers (company_id, user_id, is_primary, kind, id, folded) WHERE NOT is_primary OR folded IS NULL;

-- Rows that anybody may view: 2 is that bit of a mode. Archived users are not shown. SQLite chooses these indexes
-- over the keys only because they have the columns that make them partial.
CREATE INDEX users_guests ON users (company_id, id, mode, flags) WHERE mode & 2 <> 0 AND flags & 1 = 0;
CREATE INDEX groups_guests ON groups (company_id, id, mode) WHERE mode & 2 <> 0;
CREATE INDEX identifiers_guests ON identifiers (company_id, kind, id, mode) WHERE mode & 2 <> 0;

-- What the members of a group may reach, in the order of the rows' keys. The links of an archived user's row lie
-- under its noun and 128, where nothing finds them.
ALTER TABLE group_links ADD COLUMN created_at {{bigint}} NOT NULL DEFAULT 0; -- when the row was linked; 0 if that was not kept
CREATE INDEX group_links_group ON group_links (company_id, group_id, noun, row_key, verbs);
