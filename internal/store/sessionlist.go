package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"time"

	"kith"
)

// Held is a session with whom it is of. The company is the caller's to add.
type Held struct {
	Session *kith.Session
	Member  kith.Member
}

// SessionFilter narrows the list of a company's sessions. Zero fields do not narrow.
type SessionFilter struct {
	User        kith.UserID
	Handles     []string // any of them; MostHandles at most
	NotHandle   string
	Permanent   *bool
	From, Below time.Time // created at or after, and before
	Alive       time.Time // leave out what had ended by then
	Group       string    // name of the user's role group
	Groups      []string  // or any of these
	Section     *kith.Section
}

// MostHandles is how many handles a SessionFilter takes.
const MostHandles = 20

// fewMembers is up to how many members a group's sessions are found by its members. Those of larger
// groups are most of the company's, and found among its newest.
const fewMembers = 1000

// The parts of a list of sessions. What finds them gives ids and users, newest first; $2 to $6 narrow it,
// $7 and $8 are the page, $9 to $11 the group. The inner limits keep the engines from narrowing first and
// finding then, which would have them walk all that a company has.
const (
	newest = `SELECT s.id, s.user_id FROM sessions s WHERE s.company_id = $1 AND ` + narrowed

	foundFirst = `SELECT s.id, s.user_id FROM (SELECT s.id, s.user_id, s.handle, s.expires_at, s.ends_at FROM `
	inFull     = `s.company_id = $1 AND s.id = k.id LIMIT 1000000) AS s WHERE `
	permanent  = foundFirst + `(SELECT k.id FROM sessions k WHERE k.company_id = $1 AND k.expires_at = 0 AND k.id >= $2 AND k.id < $3
			ORDER BY k.id DESC LIMIT 10000) AS k CROSS JOIN sessions s WHERE ` + inFull + narrowed
	oneUser  = foundFirst + `sessions k CROSS JOIN sessions s WHERE k.company_id = $1 AND k.user_id = $12 AND ` + inFull + narrowed
	byHandle = foundFirst + `sessions k CROSS JOIN sessions s WHERE k.company_id = $1 AND k.handle IN ($14, $15, $16, $17, $18, $19,
			$20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33) AND ` + inFull + `s.user_id >= $12 AND s.user_id <= $13 AND ` + narrowed
	byMembers = foundFirst + `(SELECT m.id FROM users m WHERE m.company_id = $1 AND m.group_id IN (` + wantedGroups + `)
			LIMIT 1000) AS few CROSS JOIN sessions k CROSS JOIN sessions s
		WHERE k.company_id = $1 AND k.user_id = few.id AND ` + inFull + narrowed

	narrowed = `s.id >= $2 AND s.id < $3 AND (s.ends_at = 0 OR s.ends_at > $4) AND s.handle <> $5
		AND ($6 = 0 OR $6 = 1 AND s.expires_at = 0 OR $6 = 2 AND s.expires_at > 0) ORDER BY s.id DESC LIMIT 10000`

	wantedGroups = `SELECT h.id FROM groups h WHERE h.company_id = $1 AND h.kind = 1` + wanted
	wanted       = ` AND ($9 = '' OR h.name = $9) AND ($11 = -1 OR h.section = $11)
		AND ($10 = '' OR replace(',' || CAST($10 AS TEXT) || ',', ',' || h.name || ',', '') <> ',' || CAST($10 AS TEXT) || ',')`

	heldHead = `SELECT ` + sessionColumns + `, ` + userColumns + `, g.id, g.name, g.label, g.section, g.permissions, g.version, p.total
		FROM (SELECT l.id, count(*) OVER () AS total FROM (`
	inGroups = `) AS l WHERE ($9 = '' AND $10 = '' AND $11 = -1
		OR (SELECT m.group_id FROM users m WHERE m.company_id = $1 AND m.id = l.user_id) IN (` + wantedGroups + `))`
	anyGroup = `) AS l`
	heldTail = ` ORDER BY l.id DESC LIMIT 0 + $7 OFFSET 0 + $8) AS p
		CROSS JOIN sessions s CROSS JOIN users u LEFT JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id
		WHERE s.company_id = $1 AND s.id = p.id AND u.company_id = $1 AND u.id = s.user_id ORDER BY s.id DESC`
)

// Find reads one page of the company's sessions, newest first. It looks at the newest 10,000 that the
// filter's index finds, and so counts no more; of a group with over 1,000 members it looks at the
// company's newest.
func (ss sessions) Find(ctx context.Context, f SessionFilter, page kith.Page) (kith.List[*Held], error) {
	var list kith.List[*Held]
	plain := f.args(page)
	grouped := append(plain[:len(plain):len(plain)], f.Group, strings.Join(f.Groups, ","), f.section())
	add := func(row rowScanner) error { return scanHeld(row, &list) }
	var few bool
	if f.ofGroup() && f.User.IsZero() && len(f.Handles) == 0 && f.Permanent == nil {
		var err error
		if few, err = ss.fewMembers(ctx, f); err != nil {
			return list, err
		}
	}
	switch {
	case len(f.Handles) > 0:
		return list, each(ctx, ss.tx, heldHead+byHandle+inGroups+heldTail, append(grouped, f.named()...), add)
	case !f.User.IsZero():
		return list, each(ctx, ss.tx, heldHead+oneUser+inGroups+heldTail, append(grouped, f.User[:]), add)
	case f.Permanent != nil && *f.Permanent:
		return list, each(ctx, ss.tx, heldHead+permanent+inGroups+heldTail, grouped, add)
	case few:
		return list, each(ctx, ss.tx, heldHead+byMembers+anyGroup+heldTail, grouped, add)
	case f.ofGroup():
		return list, each(ctx, ss.tx, heldHead+newest+inGroups+heldTail, grouped, add)
	default:
		return list, each(ctx, ss.tx, heldHead+newest+anyGroup+heldTail, plain, add)
	}
}

// fewMembers reports whether the groups of a filter are small enough to be gone through.
func (ss sessions) fewMembers(ctx context.Context, f SessionFilter) (bool, error) {
	var members int
	err := ss.tx.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM users u WHERE u.company_id = $1
		AND u.group_id IN (SELECT h.id FROM groups h WHERE h.company_id = $1 AND h.kind = 1
			AND ($2 = '' OR h.name = $2) AND ($4 = -1 OR h.section = $4)
			AND ($3 = '' OR replace(',' || CAST($3 AS TEXT) || ',', ',' || h.name || ',', '') <> ',' || CAST($3 AS TEXT) || ','))
		LIMIT 1001) AS found`, f.Group, strings.Join(f.Groups, ","), f.section()).Scan(&members)
	return members <= fewMembers, err
}

func (f SessionFilter) ofGroup() bool { return f.Group != "" || len(f.Groups) > 0 || f.Section != nil }

func (f SessionFilter) section() int {
	if f.Section == nil {
		return -1
	}
	return int(*f.Section)
}

// args are $2 to $8 of a list.
func (f SessionFilter) args(page kith.Page) []any {
	lasting := 0
	if f.Permanent != nil {
		lasting = 2 - bit(*f.Permanent, 1)
	}
	from, below := firstID(f.From), bytes.Repeat([]byte{0xff}, 16)
	if !f.Below.IsZero() {
		below = firstID(f.Below)
	}
	return []any{from, below, stamp(f.Alive), f.NotHandle, lasting, page.Size, page.Offset()}
}

// firstID is below all version 7 ids that were made at a time or later, and above all earlier ones.
func firstID(at time.Time) []byte {
	const most = 1<<48 - 1
	ms := uint64(0)
	if !at.IsZero() {
		ms = uint64(min(max(at.UnixMilli(), 0), most))
	}
	return append(binary.BigEndian.AppendUint64(nil, ms<<16), make([]byte, 8)...)
}

// named are $12 to $33 of a list by handles: the first and last user that they may be of, and the handles.
func (f SessionFilter) named() []any {
	first, last := make([]byte, 16), bytes.Repeat([]byte{0xff}, 16)
	if !f.User.IsZero() {
		first, last = f.User[:], f.User[:]
	}
	args := []any{first, last}
	for i := range MostHandles {
		handle := ""
		if i < len(f.Handles) {
			handle = f.Handles[i]
		}
		args = append(args, handle)
	}
	return args
}

func scanHeld(row rowScanner, list *kith.List[*Held]) error {
	var s sessionRow
	var u userRow
	var g groupBrief
	dest := append(append(s.dest(), u.dest()...), g.dest()...)
	if err := row.Scan(append(dest, &list.Total)...); err != nil {
		return err
	}
	user, err := u.read()
	list.Rows = append(list.Rows, &Held{Session: s.read(), Member: kith.Member{User: user, Group: g.read()}})
	return err
}
