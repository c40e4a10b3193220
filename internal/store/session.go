package store

import (
	"bytes"
	"context"
	"slices"
	"time"

	"kith"
)

type sessions struct{ tx *Tx }

const sessionColumns = `s.id, s.user_id, s.application_id, s.purpose, s.methods, s.handle, s.label, s.device,
	s.idle_ms, s.last_used, s.expires_at, s.refresh_generation, s.refreshed_at, s.refresh_expires_at`

// sessionRow is where a session's columns are scanned to.
type sessionRow struct {
	session                                            kith.Session
	idle, lastUsed, expires, refreshed, refreshExpires int64
}

func (r *sessionRow) dest() []any {
	s := &r.session
	return []any{idDest(&s.ID), idDest(&s.User), &s.Application, &s.Purpose, &s.Methods, &s.Handle, &s.Label, &s.Device,
		&r.idle, &r.lastUsed, &r.expires, &s.Refresh.Generation, &r.refreshed, &r.refreshExpires}
}

// renewal is where a session's handle and refresh state are scanned to.
func (r *sessionRow) renewal() []any {
	return []any{&r.session.Handle, &r.session.Refresh.Generation, &r.refreshed, &r.refreshExpires}
}

func (r *sessionRow) read() *kith.Session {
	s := &r.session
	s.Idle = time.Duration(r.idle) * time.Millisecond
	s.CreatedAt = s.ID.Created()
	s.LastUsed, s.ExpiresAt = at(r.lastUsed), at(r.expires)
	s.Refresh.RotatedAt, s.Refresh.ExpiresAt = at(r.refreshed), at(r.refreshExpires)
	return s
}

// Insert adds a session under the SHA-256 of its token. It fails with ErrExists if the company has one
// with that handle; the transaction may then go on with another.
func (ss sessions) Insert(ctx context.Context, s *kith.Session, tokenHash []byte) error {
	n, err := ss.tx.exec(ctx, `INSERT INTO sessions (company_id, id, user_id, application_id, purpose, methods, handle,
		token_hash, label, device, idle_ms, last_used, expires_at, refresh_generation, refreshed_at,
		refresh_expires_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (company_id, handle) DO NOTHING`,
		s.ID[:], s.User[:], int64(s.Application), int(s.Purpose), int(s.Methods), s.Handle,
		tokenHash, s.Label, s.Device, s.Idle.Milliseconds(), stamp(s.LastUsed), stamp(s.ExpiresAt),
		int64(s.Refresh.Generation), stamp(s.Refresh.RotatedAt), stamp(s.Refresh.ExpiresAt), ends(s))
	if err == nil && n == 0 {
		err = ErrExists
	}
	return err
}

// ends is when neither the access token nor the refresh token of a session is good any more.
func ends(s *kith.Session) int64 {
	if s.ExpiresAt.IsZero() {
		return 0
	}
	return max(stamp(s.ExpiresAt), stamp(s.Refresh.ExpiresAt))
}

// ofUser gives the ids of a user's sessions. Asked for whole rows by company and user, SQLite rather
// walks all sessions of the company, which it takes for few, than follows the index.
const ofUser = `SELECT id FROM sessions WHERE company_id = $1 AND user_id = $2`

// mostSessions is how many sessions of a user a list shows.
const mostSessions = 1000

// List reads a user's sessions, oldest first: the permanent ones and of the others the newest, 1,000 in
// all.
func (ss sessions) List(ctx context.Context, user kith.UserID) ([]*kith.Session, error) {
	var list []*kith.Session
	err := each(ctx, ss.tx, `SELECT `+sessionColumns+` FROM sessions s WHERE s.company_id = $1 AND s.id IN (`+ofUser+`)
		ORDER BY CASE WHEN s.expires_at = 0 THEN 0 ELSE 1 END, s.id DESC LIMIT 0 + $3`, []any{user[:], mostSessions},
		func(row rowScanner) error {
			var r sessionRow
			if err := row.Scan(r.dest()...); err != nil {
				return err
			}
			list = append(list, r.read())
			return nil
		})
	slices.SortFunc(list, func(a, b *kith.Session) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return list, err
}

// Handled reads the session of a user that has this handle.
func (ss sessions) Handled(ctx context.Context, user kith.UserID, handle string) (*kith.Session, error) {
	var r sessionRow
	err := ss.tx.row(ctx, `SELECT `+sessionColumns+` FROM sessions s
		WHERE s.company_id = $1 AND s.user_id = $2 AND s.handle = $3`, user[:], handle).Scan(r.dest()...)
	if err != nil {
		return nil, err
	}
	return r.read(), nil
}

// Methods tells how a session was proved.
func (ss sessions) Methods(ctx context.Context, id kith.SessionID) (kith.Methods, error) {
	var m kith.Methods
	err := ss.tx.row(ctx, `SELECT methods FROM sessions WHERE company_id = $1 AND id = $2`, id[:]).Scan(&m)
	return m, err
}

// SetLabel renames a session.
func (ss sessions) SetLabel(ctx context.Context, id kith.SessionID, label string) error {
	return ss.tx.one(ctx, `UPDATE sessions SET label = $3 WHERE company_id = $1 AND id = $2`, id[:], label)
}

// Put writes the label and the end of a session whose refresh tokens are over: a staff member's word on
// when it ends is the last. A Rotate under way finds its generation gone. It fails with ErrNotFound if the
// session is not there.
func (ss sessions) Put(ctx context.Context, s *kith.Session) error {
	return ss.tx.one(ctx, `UPDATE sessions SET label = $3, expires_at = $4, ends_at = $4, refresh_generation = 0,
		refresh_expires_at = 0 WHERE company_id = $1 AND id = $2`, s.ID[:], s.Label, stamp(s.ExpiresAt))
}

// Rotate moves a session to the next generation of its refresh token, and its times with it, if the session
// is still of the generation before and its user and company are as they were read. It fails with ErrNotFound
// if not: whoever decided to rotate did so on something that has changed.
func (ss sessions) Rotate(ctx context.Context, read *Renewable, next *kith.Session) error {
	return ss.tx.one(ctx, `UPDATE sessions SET refresh_generation = $3, refreshed_at = $4, refresh_expires_at = $5,
		expires_at = $6, last_used = $4, ends_at = $7
		WHERE company_id = $1 AND id = $2 AND refresh_generation = $8
		AND (SELECT u.version FROM users u WHERE u.company_id = $1 AND u.id = $9) = $10
		AND (SELECT c.version FROM companies c WHERE c.company_id = $1) = $11`,
		next.ID[:], int64(next.Refresh.Generation), stamp(next.Refresh.RotatedAt), stamp(next.Refresh.ExpiresAt),
		stamp(next.ExpiresAt), ends(next), int64(next.Refresh.Generation)-1, read.User.ID[:], read.userVersion, read.companyVersion)
}

// Touch notes that sessions were used.
func (ss sessions) Touch(ctx context.Context, id kith.SessionID, used time.Time) error {
	_, err := ss.tx.exec(ctx, `UPDATE sessions SET last_used = $3
		WHERE company_id = $1 AND id = $2 AND last_used < $3`, id[:], stamp(used))
	return err
}

// Delete ends one session.
func (ss sessions) Delete(ctx context.Context, id kith.SessionID) error {
	return ss.tx.one(ctx, `DELETE FROM sessions WHERE company_id = $1 AND id = $2`, id[:])
}

// DeleteAll ends the sessions of a user but the one kept (zero: none), permanent ones only if told to,
// and tells which it ended.
func (ss sessions) DeleteAll(ctx context.Context, user kith.UserID, keep kith.SessionID, permanent bool) ([]*kith.Session, error) {
	var list []*kith.Session
	err := each(ctx, ss.tx, `DELETE FROM sessions
		WHERE company_id = $1 AND id IN (`+ofUser+`) AND id <> $3 AND (expires_at > 0 OR $4) RETURNING id, handle, label`,
		[]any{user[:], keep[:], permanent}, func(row rowScanner) error {
			s := &kith.Session{User: user}
			list = append(list, s)
			return row.Scan(idDest(&s.ID), &s.Handle, &s.Label)
		})
	return list, err
}

// DeleteUnproved ends the sessions of a user that began without any proof by them, as tokens do that staff
// made for them, and tells which it ended.
func (ss sessions) DeleteUnproved(ctx context.Context, user kith.UserID) ([]*kith.Session, error) {
	var list []*kith.Session
	err := each(ctx, ss.tx, `DELETE FROM sessions WHERE company_id = $1 AND id IN (`+ofUser+`) AND methods = 0
		RETURNING id, handle, label`, []any{user[:]}, func(row rowScanner) error {
		s := &kith.Session{User: user}
		list = append(list, s)
		return row.Scan(idDest(&s.ID), &s.Handle, &s.Label)
	})
	return list, err
}

// DeleteOf ends sessions that were made for an application, at most limit of them, and says how many it
// ended.
func (ss sessions) DeleteOf(ctx context.Context, application kith.Serial, limit int) (int, error) {
	n, err := ss.tx.exec(ctx, `DELETE FROM sessions WHERE company_id = $1 AND id IN (
		SELECT id FROM sessions WHERE company_id = $1 AND application_id = $2 ORDER BY id LIMIT 0 + $3)`,
		int64(application), limit)
	return int(n), err
}
