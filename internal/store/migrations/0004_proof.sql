-- +goose Up
-- Proof: what kith sends or shows once, and how often somebody may try.

-- Secrets of links and typed codes, as hashes. One of a purpose for a user and what it was sent to.
CREATE TABLE secrets (
	company_id    {{bigint}} NOT NULL,
	user_id       {{id}}     NOT NULL,
	purpose       {{int}}    NOT NULL,
	identifier_id {{bigint}} NOT NULL, -- what it was sent to; 0 if it was shown and not sent
	target        TEXT       NOT NULL, -- that identifier as compared, when it was sent
	hash          {{bytes}}  NOT NULL, -- SHA-256 of a link's secret; HMAC-SHA-256 of a typed code and what it is for
	attempts      {{int}}    NOT NULL,
	expires_at    {{bigint}} NOT NULL,
	created_at    {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, user_id, purpose, identifier_id)
) {{norowid}};

CREATE UNIQUE INDEX secrets_hash ON secrets (company_id, hash);
CREATE INDEX secrets_expired ON secrets (expires_at);

-- The links to set a password by, which were the first secrets.
INSERT INTO secrets (company_id, user_id, purpose, identifier_id, target, hash, attempts, expires_at, created_at)
SELECT l.company_id, l.user_id, 4, COALESCE(i.id, 0), COALESCE(i.folded, ''), l.hash, 0, l.expires_at, l.created_at
FROM password_links l LEFT JOIN identifiers i ON l.mailed AND i.company_id = l.company_id AND i.user_id = l.user_id
	AND i.kind = 2 AND i.is_primary;

DROP TABLE password_links;

-- How often something was tried or sent since a time, to bound it. A row is counted anew when its time is over.
CREATE TABLE tallies (
	company_id {{bigint}} NOT NULL,
	kind       {{int}}    NOT NULL,
	about      {{bytes}}  NOT NULL, -- a user's id, or a keyed hash of what names somebody
	since      {{bigint}} NOT NULL,
	count      {{int}}    NOT NULL,
	PRIMARY KEY (company_id, kind, about)
) {{norowid}};

CREATE INDEX tallies_since ON tallies (since);

-- An address that came to a user who had proved another: nobody signs in by it before it is proved.
ALTER TABLE identifiers ADD COLUMN barred BOOLEAN NOT NULL DEFAULT FALSE;
