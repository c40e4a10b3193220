-- +goose Up
-- Files: what lies beside the database, and which of it is somebody's picture.

-- Files that lie outside the database, under their id. What is to be dropped is removed by the worker: first the
-- file, then the row. So is a file that was written and that no change has kept in time.
CREATE TABLE files (
	company_id {{bigint}} NOT NULL,
	id         {{id}}     NOT NULL,
	media      {{int}}    NOT NULL, -- 1 JPEG, 2 PNG
	size       {{bigint}} NOT NULL, -- bytes
	drop_at    {{bigint}} NOT NULL, -- when it may be removed; 0 while something keeps it
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, id)
) {{norowid}};

CREATE INDEX files_dropped ON files (drop_at) WHERE drop_at > 0;

-- The file that shows a user; NULL for none.
ALTER TABLE users ADD COLUMN picture {{id}};
