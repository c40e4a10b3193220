-- +goose Up
-- Every table but the directory starts its keys with the company. Times are Unix milliseconds, 0 for
-- none; enumerations are the numbers of package kith; JSON columns are '' when empty. A shipped
-- migration is never edited.

-- Directory: slug → company. Written once, with its company; read before the company is known.
CREATE TABLE company_slugs (
	slug       {{fold}}   NOT NULL PRIMARY KEY,
	company_id {{bigint}} NOT NULL
) {{norowid}};

-- Directory: web origin → the applications that it may call for.
CREATE TABLE application_origins (
	origin         {{fold}}   NOT NULL,
	company_id     {{bigint}} NOT NULL,
	application_id {{bigint}} NOT NULL,
	PRIMARY KEY (origin, company_id, application_id)
) {{norowid}};

-- A company: the tenant. Its slug is in the directory, too.
CREATE TABLE companies (
	company_id   {{bigint}} NOT NULL PRIMARY KEY,
	slug         {{fold}}   NOT NULL,
	mode         {{int}}    NOT NULL,
	status       {{int}}    NOT NULL,
	owner_id     {{id}}     NOT NULL, -- the one user who cannot be removed
	public       BOOLEAN    NOT NULL,
	system_email TEXT       NOT NULL,
	name         TEXT       NOT NULL,
	details      TEXT       NOT NULL, -- JSON
	settings     TEXT       NOT NULL, -- JSON
	metadata     TEXT       NOT NULL, -- JSON
	currency     TEXT       NOT NULL, -- JSON: what primary accounts count in
	created_at   {{bigint}} NOT NULL,
	updated_at   {{bigint}} NOT NULL,
	version      {{bigint}} NOT NULL DEFAULT 1 -- moved by every write
) {{norowid}};

CREATE INDEX companies_public ON companies (slug) WHERE public;

-- Keys, wrapped by the master key. Company 0 holds those of the whole installation.
CREATE TABLE keys (
	company_id {{bigint}} NOT NULL,
	purpose    {{int}}    NOT NULL,
	id         {{bigint}} NOT NULL,
	wrapped    {{bytes}}  NOT NULL,
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, purpose, id)
) {{norowid}};

-- A company's own apps. Their origins are in the directory, too.
CREATE TABLE applications (
	company_id {{bigint}} NOT NULL,
	id         {{bigint}} NOT NULL,
	name       TEXT       NOT NULL,
	origins    TEXT       NOT NULL, -- JSON array
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, id)
) {{norowid}};

-- The kinds of account that users of the company get.
CREATE TABLE account_definitions (
	company_id {{bigint}} NOT NULL,
	name       {{fold}}   NOT NULL,
	currency   TEXT       NOT NULL, -- ISO 4217 code
	is_primary BOOLEAN    NOT NULL,
	PRIMARY KEY (company_id, name)
) {{norowid}};

-- Users' accounts. kith keeps that they are there, not what is in them.
CREATE TABLE accounts (
	company_id {{bigint}} NOT NULL,
	reference  {{fold}}   NOT NULL, -- ten digits
	user_id    {{id}}     NOT NULL,
	definition {{fold}}   NOT NULL,
	created_at {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, reference)
) {{norowid}};

CREATE INDEX accounts_user ON accounts (company_id, user_id);

-- Groups that have a row of their own: role groups now; custom and identity groups later.
CREATE TABLE groups (
	company_id  {{bigint}} NOT NULL,
	id          {{id}}     NOT NULL,
	kind        {{int}}    NOT NULL,
	name        {{fold}}   NOT NULL,
	label       TEXT       NOT NULL,
	description TEXT       NOT NULL,
	section     {{int}}    NOT NULL,
	public      BOOLEAN    NOT NULL,
	is_default  BOOLEAN    NOT NULL,
	permissions {{bytes}}  NOT NULL, -- bit set, 32 bytes
	created_at  {{bigint}} NOT NULL,
	updated_at  {{bigint}} NOT NULL,
	version     {{bigint}} NOT NULL DEFAULT 1, -- moved by every write
	PRIMARY KEY (company_id, id)
) {{norowid}};

CREATE UNIQUE INDEX groups_name ON groups (company_id, name);
CREATE UNIQUE INDEX groups_default ON groups (company_id) WHERE is_default;

-- Links of rows to groups. An empty row_key means the whole table.
CREATE TABLE group_links (
	company_id {{bigint}} NOT NULL,
	noun       {{int}}    NOT NULL,
	row_key    {{bytes}}  NOT NULL,
	group_id   {{id}}     NOT NULL,
	verbs      {{int}}    NOT NULL,
	PRIMARY KEY (company_id, noun, row_key, group_id)
) {{norowid}};

-- People and machines, each in one company. The password is here, so that a sign-in reads one row.
CREATE TABLE users (
	company_id  {{bigint}} NOT NULL,
	id          {{id}}     NOT NULL,
	kind        {{int}}    NOT NULL,
	status      {{int}}    NOT NULL,
	flags       {{int}}    NOT NULL, -- archived 1, deactivated 2, temporary 4, e-mail verified 8, mobile verified 16
	mode        {{int}}    NOT NULL, -- permission of the row
	group_id    {{id}},              -- role group
	username    TEXT       NOT NULL, -- the primary identifiers as shown; identifiers holds them all
	email       TEXT       NOT NULL,
	mobile      TEXT       NOT NULL,
	profile     TEXT       NOT NULL, -- JSON: attribute → value
	metadata    TEXT       NOT NULL, -- JSON
	settings    TEXT       NOT NULL, -- JSON; '' for the default
	account     TEXT       NOT NULL, -- reference of the primary account
	salt        {{bytes}},           -- of the user's data key; erasure deletes it
	password    TEXT       NOT NULL, -- PHC string; '' for none
	last_login  {{bigint}} NOT NULL,
	created_at  {{bigint}} NOT NULL,
	updated_at  {{bigint}} NOT NULL,
	version     {{bigint}} NOT NULL DEFAULT 1, -- moved by every write
	PRIMARY KEY (company_id, id)
) {{norowid}};

-- What users are found by: usernames 1, e-mails 2, mobiles 3.
CREATE TABLE identifiers (
	company_id  {{bigint}} NOT NULL,
	kind        {{int}}    NOT NULL,
	id          {{bigint}} NOT NULL,
	user_id     {{id}}     NOT NULL,
	value       TEXT       NOT NULL, -- as shown
	folded      {{fold}},            -- as compared; NULL while the user is temporary, which claims nothing
	is_primary  BOOLEAN    NOT NULL,
	verified_at {{bigint}} NOT NULL,
	created_at  {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, kind, id)
) {{norowid}};

CREATE UNIQUE INDEX identifiers_folded ON identifiers (company_id, kind, folded);
CREATE INDEX identifiers_user ON identifiers (company_id, user_id);

-- Second proofs that users have set up.
CREATE TABLE factors (
	company_id  {{bigint}} NOT NULL,
	user_id     {{id}}     NOT NULL,
	id          {{bigint}} NOT NULL,
	kind        {{int}}    NOT NULL,
	verified_at {{bigint}} NOT NULL,
	created_at  {{bigint}} NOT NULL,
	PRIMARY KEY (company_id, user_id, id)
) {{norowid}};

-- Sign-ins and permanent tokens. Of a token only the hash is kept; refresh tokens are derived.
CREATE TABLE sessions (
	company_id         {{bigint}} NOT NULL,
	id                 {{id}}     NOT NULL, -- version 7: tells when it was made
	user_id            {{id}}     NOT NULL,
	application_id     {{bigint}} NOT NULL,
	purpose            {{int}}    NOT NULL,
	methods            {{int}}    NOT NULL,
	handle             {{fold}}   NOT NULL, -- first 8 characters of the token
	token_hash         {{bytes}}  NOT NULL, -- SHA-256 of the whole token
	label              TEXT       NOT NULL,
	device             TEXT       NOT NULL,
	idle_ms            {{bigint}} NOT NULL,
	last_used          {{bigint}} NOT NULL,
	expires_at         {{bigint}} NOT NULL, -- 0: permanent
	refresh_generation {{int}}    NOT NULL,
	refreshed_at       {{bigint}} NOT NULL,
	refresh_expires_at {{bigint}} NOT NULL, -- 0: no refresh tokens
	ends_at            {{bigint}} NOT NULL, -- when neither token is good any more; 0: never
	PRIMARY KEY (company_id, id)
) {{norowid}};

CREATE UNIQUE INDEX sessions_token ON sessions (company_id, token_hash);
CREATE UNIQUE INDEX sessions_user ON sessions (company_id, user_id, handle);
CREATE INDEX sessions_ended ON sessions (ends_at) WHERE ends_at > 0;

-- Who changed what. Written with the change, and never changed.
CREATE TABLE events (
	company_id {{bigint}} NOT NULL,
	id         {{id}}     NOT NULL, -- version 7: tells when
	actor_id   {{id}},              -- NULL: kith itself or a guest
	session_id {{id}},
	noun       {{int}}    NOT NULL,
	verb       {{int}}    NOT NULL,
	row_key    TEXT       NOT NULL, -- as people see it
	subject_id {{id}},              -- the user whose data key seals the old values
	fields     TEXT       NOT NULL, -- names, comma separated
	old        {{bytes}},           -- sealed; NULL for an add
	PRIMARY KEY (company_id, id)
) {{norowid}};

-- The outbox. What a message says is sealed under its user's data key.
CREATE TABLE messages (
	company_id {{bigint}} NOT NULL,
	id         {{id}}     NOT NULL,
	user_id    {{id}}     NOT NULL,
	channel    {{int}}    NOT NULL,
	kind       TEXT       NOT NULL,
	state      {{int}}    NOT NULL, -- waiting 0, in the development inbox 1
	body       {{bytes}}  NOT NULL,
	PRIMARY KEY (company_id, id)
) {{norowid}};

CREATE INDEX messages_waiting ON messages (id) WHERE state = 0;
CREATE INDEX messages_inbox ON messages (id) WHERE state = 1;
