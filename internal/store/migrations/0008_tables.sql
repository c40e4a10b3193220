-- +goose Up
-- What the rows and tables of the table faces are protected by.

-- What guests and whoever is signed in may do with the tables and actions, where it is not the default: JSON,
-- by word, a mode.
ALTER TABLE companies ADD COLUMN modes TEXT NOT NULL DEFAULT '';

-- Who made a group, and may arrange it; NULL: nobody but staff.
ALTER TABLE groups ADD COLUMN owner_id {{id}};
-- Permission of the row.
ALTER TABLE groups ADD COLUMN mode {{int}} NOT NULL DEFAULT 15744;
CREATE INDEX groups_owner ON groups (company_id, owner_id, id) WHERE owner_id IS NOT NULL;
CREATE INDEX groups_guests ON groups (company_id, id) WHERE mode & 2 <> 0;

-- Permission of the row; NULL for the default.
ALTER TABLE identifiers ADD COLUMN mode {{int}};
CREATE INDEX identifiers_guests ON identifiers (company_id, kind, id) WHERE mode & 2 <> 0;

-- Users whose rows anybody may read.
CREATE INDEX users_guests ON users (company_id, id) WHERE mode & 2 <> 0 AND flags & 1 = 0;

-- When a row was linked; 0 if that was not kept.
ALTER TABLE group_links ADD COLUMN created_at {{bigint}} NOT NULL DEFAULT 0;
-- What a group's members may reach, in the order of its making.
CREATE INDEX group_links_group ON group_links (company_id, group_id, noun, row_key, verbs);
