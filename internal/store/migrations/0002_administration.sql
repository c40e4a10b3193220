-- +goose Up
-- Administration: what staff list, search, grant and look up. 0003 is in Go: it fills what SQL cannot.

-- What groups allow besides permissions.
ALTER TABLE groups ADD COLUMN listed BOOLEAN NOT NULL DEFAULT TRUE; -- shown to those who register, if public
ALTER TABLE groups ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE groups ADD COLUMN settings TEXT NOT NULL DEFAULT ''; -- JSON; '' for the default

-- What a permission is narrowed to, where it is, by who holds it: a group or a user.
CREATE TABLE permission_properties (
	company_id {{bigint}} NOT NULL,
	holder     {{id}}     NOT NULL,
	permission {{int}}    NOT NULL, -- its number
	properties TEXT       NOT NULL, -- JSON
	PRIMARY KEY (company_id, holder, permission)
) {{norowid}};

-- Since 0003 a user's profile is no JSON: a line for each attribute, its code and its value.

-- Permissions that a user holds besides the group's. NULL for none.
ALTER TABLE users ADD COLUMN permissions {{bytes}};

-- Lists of users: each order and each filter that staff page through has its index. SQLite answers from a
-- partial index alone only if that has the column that makes it partial.
CREATE INDEX users_created ON users (company_id, created_at, id);
CREATE INDEX users_updated ON users (company_id, updated_at, id);
CREATE INDEX users_last_login ON users (company_id, last_login, id);
CREATE INDEX users_status ON users (company_id, status, created_at, id);
CREATE INDEX users_group ON users (company_id, group_id, created_at, id);
CREATE INDEX users_archived ON users (company_id, created_at, id, flags) WHERE flags & 1 <> 0;
CREATE INDEX users_deactivated ON users (company_id, created_at, id, flags) WHERE flags & 2 <> 0;
CREATE INDEX users_temporary ON users (company_id, created_at, id, flags) WHERE flags & 4 <> 0;
CREATE INDEX users_leaving ON users (company_id, created_at, id, flags) WHERE flags & 96 <> 0; -- deletion asked for 32, done 64
CREATE INDEX users_machines ON users (company_id, created_at, id) WHERE kind = 1;

-- Folded words that users are searched by: the fields are numbers of profile attributes and, from 1000
-- on, of the company's own.
CREATE TABLE user_terms (
	company_id {{bigint}} NOT NULL,
	field      {{int}}    NOT NULL,
	value      {{fold}}   NOT NULL,
	user_id    {{id}}     NOT NULL,
	further    BOOLEAN    NOT NULL, -- a later word of a value that is there as a whole, too
	PRIMARY KEY (company_id, field, value, user_id)
) {{norowid}};

-- A user has one whole value in a field, so that without these the entries are as many as the users.
CREATE INDEX user_terms_further ON user_terms (company_id, field, value, user_id, further) WHERE further;

-- How many users a company has, as added up last.
CREATE TABLE user_counts (
	company_id {{bigint}} NOT NULL PRIMARY KEY,
	total      {{bigint}} NOT NULL,
	active     {{bigint}} NOT NULL,
	archived   {{bigint}} NOT NULL
) {{norowid}};

-- What came since: one row for each change, until the worker adds them up.
CREATE TABLE user_count_deltas (
	company_id {{bigint}} NOT NULL,
	id         {{id}}     NOT NULL,
	total      {{int}}    NOT NULL,
	active     {{int}}    NOT NULL,
	archived   {{int}}    NOT NULL,
	PRIMARY KEY (company_id, id)
) {{norowid}};

INSERT INTO user_counts (company_id, total, active, archived)
	SELECT company_id, count(*), sum(CASE WHEN flags & 7 = 0 THEN 1 ELSE 0 END), sum(CASE WHEN flags & 1 <> 0 THEN 1 ELSE 0 END)
	FROM users GROUP BY company_id;

-- Most addresses are typed as they are compared: then value is ''. Where created_at is 0, the id tells when. A primary identifier is found by what
-- its user's row shows; only the others need to be found by their user.
UPDATE identifiers SET value = '' WHERE value = folded;
DROP INDEX identifiers_user;
CREATE INDEX identifiers_user ON identifiers (company_id, user_id, is_primary) WHERE NOT is_primary OR folded IS NULL;
CREATE INDEX identifiers_further ON identifiers (company_id, kind, folded, is_primary) WHERE NOT is_primary;

-- A token's handle names it in the whole company. Of two that drew the same one the younger ends.
CREATE INDEX sessions_handles ON sessions (company_id, handle);
DELETE FROM sessions WHERE EXISTS (SELECT 1 FROM sessions o
	WHERE o.company_id = sessions.company_id AND o.handle = sessions.handle AND o.id < sessions.id);
DROP INDEX sessions_handles;
CREATE UNIQUE INDEX sessions_handle ON sessions (company_id, handle);

-- Tokens are listed by their user, and the permanent ones by themselves, newest first.
DROP INDEX sessions_user;
CREATE INDEX sessions_user ON sessions (company_id, user_id, id);
CREATE INDEX sessions_permanent ON sessions (company_id, id) WHERE expires_at = 0;

-- The link by which somebody sets their first password: one for each user, of which the hash is kept.
CREATE TABLE password_links (
	company_id {{bigint}} NOT NULL,
	user_id    {{id}}     NOT NULL,
	hash       {{bytes}}  NOT NULL, -- SHA-256
	mailed     BOOLEAN    NOT NULL, -- to the user's e-mail and shown to nobody else: using it proves that address
	expires_at {{bigint}} NOT NULL,
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, user_id)
) {{norowid}};

CREATE TABLE old_events AS SELECT * FROM events;
DROP TABLE events;

-- Events, leaner, and found by whom they are about, by whom they were made and by their row.
CREATE TABLE events (
	company_id {{bigint}} NOT NULL,
	id         {{id}}     NOT NULL, -- version 7: tells when
	origin     {{int}}    NOT NULL, -- who did it: kith or a guest 0, the subject 1, actor_id 2
	actor_id   {{id}},
	session_id {{id}},
	noun       {{int}}    NOT NULL,
	verb       {{int}}    NOT NULL,
	row_key    TEXT,                -- as people see it; NULL where it is the subject's id
	subject_id {{id}},              -- the user whom it is about, whose data key seals the old values
	fields     TEXT       NOT NULL, -- names, comma separated; the commonest as one letter
	old        {{bytes}},           -- sealed; NULL for an add
	PRIMARY KEY (company_id, id)
) {{norowid}};

INSERT INTO events (company_id, id, origin, actor_id, session_id, noun, verb, row_key, subject_id, fields, old)
	SELECT company_id, id, CASE WHEN actor_id IS NULL THEN 0 WHEN actor_id = subject_id THEN 1 ELSE 2 END,
		CASE WHEN actor_id = subject_id THEN NULL ELSE actor_id END,
		session_id, noun, verb, row_key, subject_id, fields, old
	FROM old_events;
DROP TABLE old_events;
CREATE INDEX events_subject ON events (company_id, subject_id, id) WHERE subject_id IS NOT NULL;
CREATE INDEX events_actor ON events (company_id, actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX events_row ON events (company_id, noun, row_key, id) WHERE row_key IS NOT NULL;

-- The company: to whom it is being handed over, and the shape of its users' own attributes that is in force.
ALTER TABLE companies ADD COLUMN heir_id {{id}};
ALTER TABLE companies ADD COLUMN heir_until {{bigint}} NOT NULL DEFAULT 0;
ALTER TABLE companies ADD COLUMN attributes TEXT NOT NULL DEFAULT ''; -- JSON
ALTER TABLE companies ADD COLUMN indexing BOOLEAN NOT NULL DEFAULT FALSE; -- terms of those are still to be written or removed
CREATE INDEX companies_indexing ON companies (company_id) WHERE indexing;

-- Every shape that a company's own attributes have had.
CREATE TABLE attribute_schemas (
	company_id {{bigint}} NOT NULL,
	version    {{int}}    NOT NULL,
	body       TEXT       NOT NULL, -- JSON
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, version)
) {{norowid}};

-- Applications: where sign-ins may lead back to, whom tokens are for and how long they live.
ALTER TABLE applications ADD COLUMN redirects TEXT NOT NULL DEFAULT ''; -- JSON array
ALTER TABLE applications ADD COLUMN audience TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN life {{bigint}} NOT NULL DEFAULT 0; -- of access tokens, in milliseconds; 0 as the company has it
ALTER TABLE applications ADD COLUMN updated_at {{bigint}} NOT NULL DEFAULT 0;
UPDATE applications SET updated_at = created_at;

-- Sessions end with their application.
CREATE INDEX sessions_application ON sessions (company_id, application_id, id);

-- The currencies that a company counts in.
CREATE TABLE currencies (
	company_id   {{bigint}} NOT NULL,
	code         {{fold}}   NOT NULL,
	display_code TEXT       NOT NULL,
	description  TEXT       NOT NULL,
	symbol       TEXT       NOT NULL,
	unit         TEXT       NOT NULL,
	divisibility {{int}}    NOT NULL,
	metadata     TEXT       NOT NULL, -- JSON
	archived     BOOLEAN    NOT NULL,
	created_at   {{bigint}} NOT NULL,
	updated_at   {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, code)
) {{norowid}};

CREATE TABLE old_account_definitions AS SELECT * FROM account_definitions;
DROP TABLE account_definitions;

-- Kinds of account, and which groups' members get one.
CREATE TABLE account_definitions (
	company_id {{bigint}} NOT NULL,
	name       {{fold}}   NOT NULL,
	label      TEXT       NOT NULL,
	currency   TEXT       NOT NULL, -- of the accounts of users in no group that is named below
	everybody  BOOLEAN    NOT NULL, -- every user has one, whatever their group: the primary account
	recon      BOOLEAN    NOT NULL,
	archived   BOOLEAN    NOT NULL,
	groups     TEXT       NOT NULL, -- JSON: by group, whether new members get one and in which currencies
	created_at {{bigint}} NOT NULL,
	updated_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, name)
) {{norowid}};

INSERT INTO account_definitions (company_id, name, label, currency, everybody, recon, archived, groups, created_at, updated_at)
	SELECT d.company_id, d.name, '', d.currency, d.is_primary, FALSE, FALSE, '', c.created_at, c.created_at
	FROM old_account_definitions d JOIN companies c ON c.company_id = d.company_id;
DROP TABLE old_account_definitions;

CREATE TABLE old_accounts AS SELECT * FROM accounts;
DROP TABLE accounts;

-- Accounts. A user's primary one is named by the user's row; only the others need to be found by their user.
CREATE TABLE accounts (
	company_id {{bigint}} NOT NULL,
	reference  {{fold}}   NOT NULL, -- digits
	user_id    {{id}},              -- NULL: the company's own
	is_primary BOOLEAN    NOT NULL,
	definition {{fold}}   NOT NULL, -- '' for one made by hand
	flags      {{int}}    NOT NULL, -- recon 1, hidden 2, archived 4
	details    TEXT       NOT NULL, -- JSON: name, label, metadata; '' as the definition has it
	created_at {{bigint}} NOT NULL, -- 0: as user_id tells
	updated_at {{bigint}} NOT NULL, -- 0: when it was opened
	PRIMARY KEY (company_id, reference)
) {{norowid}};

INSERT INTO accounts (company_id, reference, user_id, is_primary, definition, flags, details, created_at, updated_at)
	SELECT company_id, reference, user_id, TRUE, definition, 0, '', created_at, created_at FROM old_accounts;
DROP TABLE old_accounts;
-- is_primary is there because SQLite takes the index only if it holds all columns that the query names.
CREATE INDEX accounts_user ON accounts (company_id, user_id, is_primary) WHERE NOT is_primary;
