package store

import (
	"context"
	"sync"

	"kith"
)

// Resolved is all that a request needs of its session: read in one statement. In a View the session
// comes without its application, methods, handle, label, device and refresh state, which no request reads.
type Resolved struct {
	Session *kith.Session
	User    *kith.User
	Group   *kith.Group // nil if the user has no role group
	Company *kith.Company
}

// Renewable is a session as a refresh reads it: in a View too it comes with its handle and refresh state. It
// knows of which versions of its user and company it was read.
type Renewable struct {
	Resolved
	userVersion, companyVersion int64
}

// ByToken resolves the session whose opaque token has this SHA-256. Whether it is still good is for
// the caller to say: expired sessions and those of suspended users are found too.
func (ss sessions) ByToken(ctx context.Context, hash []byte) (*Resolved, error) {
	if ss.tx.seen != nil {
		var s sessionRow
		if r, err := ss.recall(ss.tx.row(ctx, brief+`s.token_hash = $2`, hash), &s); r != nil || err != nil {
			return r.resolved(), err
		}
	}
	return ss.resolve(ss.tx.row(ctx, resolve+`s.token_hash = $2`, hash))
}

// ByID resolves the session with this id.
func (ss sessions) ByID(ctx context.Context, id kith.SessionID) (*Resolved, error) {
	if ss.tx.seen != nil {
		var s sessionRow
		if r, err := ss.recall(ss.tx.row(ctx, brief+`s.id = $2`, id[:]), &s); r != nil || err != nil {
			return r.resolved(), err
		}
	}
	return ss.resolve(ss.tx.row(ctx, resolve+`s.id = $2`, id[:]))
}

// Renewable resolves the session with this id for a refresh.
func (ss sessions) Renewable(ctx context.Context, id kith.SessionID) (*Renewable, error) {
	if ss.tx.seen != nil {
		var s sessionRow
		if r, err := ss.recall(ss.tx.row(ctx, renewable+`s.id = $2`, id[:]), &s, s.renewal()...); r != nil || err != nil {
			return r, err
		}
	}
	r, err := ss.whole(ss.tx.row(ctx, resolve+`s.id = $2`, id[:]))
	if err == nil && ss.tx.seen != nil {
		handle, state := r.Session.Handle, r.Session.Refresh
		r.Session = inBrief(r.Session)
		r.Session.Handle, r.Session.Refresh = handle, state
	}
	return r, err
}

const resolveFrom = ` FROM sessions s
	JOIN users u ON u.company_id = s.company_id AND u.id = s.user_id
	JOIN companies c ON c.company_id = s.company_id
	LEFT JOIN groups g ON g.company_id = s.company_id AND g.id = u.group_id
	WHERE s.company_id = $1 AND `

// resolve reads a session with all that hangs on it.
const resolve = `SELECT ` + sessionColumns + `, ` + userColumns + `, u.version, ` + companyColumns + `, c.version,
	g.id, g.name, g.label, g.section, g.permissions, g.version` + resolveFrom

// brief reads what decides whether the session may go on, which is never remembered, and the versions
// of the rest, by which a View remembers what it read before. Few columns are the point: each costs
// SQLite's driver as much as the look-up of a row.
const (
	brief        = `SELECT ` + briefColumns + resolveFrom
	briefColumns = `s.id, s.user_id, s.idle_ms, s.last_used, s.expires_at,
	s.purpose + 16 * c.status + 256 * u.flags, u.version, c.version, COALESCE(g.version, 0)`
)

// renewable is brief and what a refresh asks besides.
const renewable = `SELECT ` + briefColumns + `, s.handle, s.refresh_generation, s.refreshed_at, s.refresh_expires_at` + resolveFrom

// resolved is what callers are shown who refresh nothing; nil of nothing.
func (r *Renewable) resolved() *Resolved {
	if r == nil {
		return nil
	}
	return &r.Resolved
}

// inBrief is what a View shows of a session.
func inBrief(s *kith.Session) *kith.Session {
	return &kith.Session{ID: s.ID, User: s.User, Purpose: s.Purpose,
		Idle: s.Idle, CreatedAt: s.CreatedAt, LastUsed: s.LastUsed, ExpiresAt: s.ExpiresAt}
}

func (ss sessions) resolve(row rowScanner) (*Resolved, error) {
	r, err := ss.whole(row)
	if err == nil && ss.tx.seen != nil {
		r.Session = inBrief(r.Session)
	}
	return r.resolved(), err
}

// whole reads what resolve asks for, and remembers what hangs on the session.
func (ss sessions) whole(row rowScanner) (*Renewable, error) {
	var s sessionRow
	var u userRow
	var g groupBrief
	var userVersion, companyVersion int64
	company := companyRow{company: kith.Company{ID: ss.tx.By.CompanyID()}}
	dest := append(append(s.dest(), u.dest()...), &userVersion)
	dest = append(append(dest, company.dest()...), &companyVersion)
	if err := row.Scan(append(dest, g.dest()...)...); err != nil {
		return nil, err
	}
	user, err := u.read()
	if err != nil {
		return nil, err
	}
	c, err := company.read()
	if err != nil {
		return nil, err
	}
	r := &Renewable{Resolved{Session: s.read(), User: user, Group: g.read(), Company: c}, userVersion, companyVersion}
	if seen := ss.tx.seen; seen != nil {
		seen.users.put(rowKey[kith.User]{c.ID, user.ID}, versioned[memberRow]{userVersion, memberRow{*user, g.id}, u.size()})
		seen.companies.put(c.ID, versioned[kith.Company]{companyVersion, *c, company.size()})
		if r.Group != nil {
			seen.groups.put(rowKey[kith.Group]{c.ID, r.Group.ID}, versioned[kith.Group]{*g.version, *r.Group, 0})
		}
	}
	return r, nil
}

// recall resolves a session from what was read before, if all of it is still of the version that the
// rows have now; nil if not. The row's session is scanned to s, what it has beyond briefColumns to more.
func (ss sessions) recall(row rowScanner, s *sessionRow, more ...any) (*Renewable, error) {
	var state, userVersion, companyVersion, groupVersion int64
	session := &s.session
	if err := row.Scan(append([]any{idDest(&session.ID), idDest(&session.User), &s.idle, &s.lastUsed, &s.expires,
		&state, &userVersion, &companyVersion, &groupVersion}, more...)...); err != nil {
		return nil, err
	}
	seen, company := ss.tx.seen, ss.tx.By.CompanyID()
	member, known := seen.users.get(rowKey[kith.User]{company, session.User}, userVersion)
	c, knownCompany := seen.companies.get(company, companyVersion)
	if !known || !knownCompany {
		return nil, nil
	}
	session.Purpose = kith.Purpose(state & 15)
	c.Status = kith.CompanyStatus(state >> 4 & 15)
	setUserFlags(&member.user, int(state>>8))
	r := &Renewable{Resolved{Session: s.read(), User: &member.user, Company: &c}, userVersion, companyVersion}
	if groupVersion > 0 {
		group, known := seen.groups.get(rowKey[kith.Group]{company, member.group}, groupVersion)
		if !known {
			return nil, nil
		}
		r.Group = &group
	}
	return r, nil
}

// groupBrief is a group of a LEFT JOIN: all its columns may be NULL.
type groupBrief struct {
	id          kith.GroupID
	name, label *string
	section     *kith.Section
	permissions []byte
	version     *int64
}

func (g *groupBrief) dest() []any {
	return []any{idDest(&g.id), &g.name, &g.label, &g.section, &g.permissions, &g.version}
}

func (g *groupBrief) read() *kith.Group {
	if g.id.IsZero() {
		return nil
	}
	return &kith.Group{ID: g.id, Kind: kith.RoleGroup, Name: *g.name, Label: *g.label, Section: *g.section,
		Permissions: kith.PermissionsOf(g.permissions)}
}

// seen is what Views have read of rows that hang on sessions. Every write to such a row moves its
// version, so what is remembered under the version that the row has now is what the row says now. An
// Update neither asks nor fills it: what it reads may yet be undone.
type seen struct {
	users     remembered[rowKey[kith.User], memberRow]
	groups    remembered[rowKey[kith.Group], kith.Group]
	companies remembered[kith.CompanyID, kith.Company]
}

// memberRow is a user and the role group that the row names.
type memberRow struct {
	user  kith.User
	group kith.GroupID
}

// rowKey names a row of any company.
type rowKey[Noun any] struct {
	company kith.CompanyID
	id      kith.ID[Noun]
}

// remembered keeps the values used last, twice generation of them at most, and of large ones fewer.
type remembered[Key comparable, Value any] struct {
	mu         sync.Mutex
	young, old map[Key]versioned[Value]
	size       int // of the young
}

type versioned[Value any] struct {
	version int64
	value   Value
	size    int // of its text, as stored
}

// generation is how many values are kept before those not asked for since are let go: some 3 MB of
// users, as most are. generationSize is how many bytes of text that may be: metadata can be large.
const (
	generation     = 2000
	generationSize = 4 << 20
)

// get gives a copy of the value of that version. Its maps and slices are shared: do not write to them.
func (r *remembered[Key, Value]) get(key Key, version int64) (Value, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, known := r.young[key]
	if !known {
		if v, known = r.old[key]; known {
			r.add(key, v)
		}
	}
	return v.value, known && v.version == version
}

func (r *remembered[Key, Value]) put(key Key, v versioned[Value]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(key, v)
}

func (r *remembered[Key, Value]) add(key Key, v versioned[Value]) {
	if r.young == nil || len(r.young) >= generation || r.size+v.size > generationSize {
		r.old, r.young, r.size = r.young, make(map[Key]versioned[Value]), 0
	}
	r.size += v.size - r.young[key].size
	r.young[key] = v
}
