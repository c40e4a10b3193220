package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"kith"
)

// KeySpan asks for a part of the keys of a noun's rows, in the order of their bytes, which is that of their
// making but for ids that somebody chose.
type KeySpan struct {
	After []byte // the key that the part begins after, of a row that may be gone; nil: from the first
	Down  bool   // from the newest
	Skip  int    // how many are left out before the first
	Limit int
}

// from is where the span begins, itself not of it, in keys of that many bytes. No row has the first or the last of
// all ids (RFC 9562 §5.9 and §5.10).
func (s KeySpan) from(size int) []byte {
	switch {
	case s.After != nil:
		return s.After
	case s.Down:
		return bytes.Repeat([]byte{0xff}, size)
	default:
		return make([]byte, size)
	}
}

// serial is from for keys that are numbers. They are below 2^53; what is longer or shorter is none.
func (s KeySpan) serial() int64 {
	const most = 1 << 53
	from := s.from(8)
	if len(from) != 8 {
		return 0
	}
	return int64(min(binary.BigEndian.Uint64(from), most)) //nolint:gosec // it is not above most
}

// linked is from for the keys of links, which are of any length. The whole table's is empty, and no row's.
func (s KeySpan) linked() []byte {
	if s.After == nil && !s.Down {
		return []byte{}
	}
	return s.from(64)
}

// text chooses between the texts of the two directions.
func (s KeySpan) text(up, down string) string {
	if s.Down {
		return down
	}
	return up
}

// SerialKey is the key of a row that has a number.
func SerialKey(id kith.Serial) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(id)) //nolint:gosec // numbers are not negative
}

// ids reads the keys of rows that have ids.
func (tx *Tx) ids(ctx context.Context, text string, args ...any) ([][]byte, error) {
	var list [][]byte
	err := each(ctx, tx, text, args, func(row rowScanner) error {
		var id kith.ID[any]
		err := row.Scan(idDest(&id))
		list = append(list, id[:])
		return err
	})
	return list, err
}

// serials reads the keys of rows that have numbers.
func (tx *Tx) serials(ctx context.Context, text string, args ...any) ([][]byte, error) {
	var list [][]byte
	err := each(ctx, tx, text, args, func(row rowScanner) error {
		var id kith.Serial
		err := row.Scan(&id)
		list = append(list, SerialKey(id))
		return err
	})
	return list, err
}

// keys reads the keys of links, but for that of a whole table, which is no row.
func (tx *Tx) keys(ctx context.Context, text string, args ...any) ([][]byte, error) {
	var list [][]byte
	err := each(ctx, tx, text, args, func(row rowScanner) error {
		var key []byte
		err := row.Scan(&key)
		if len(key) > 0 {
			list = append(list, bytes.Clone(key))
		}
		return err
	})
	return list, err
}

const (
	userKeys = `SELECT u.id FROM users u WHERE u.company_id = $1 AND u.flags & 1 = 0 AND `

	// So written, the index of those that anybody may read is used.
	guestUserKeys = userKeys + `u.mode & 2 <> 0 AND `
	upUsers       = `u.id > $2 ORDER BY u.id LIMIT 0 + $3 OFFSET 0 + $4`
	downUsers     = `u.id < $2 ORDER BY u.id DESC LIMIT 0 + $3 OFFSET 0 + $4`
)

// Keys lists users who are not archived.
func (us users) Keys(ctx context.Context, s KeySpan) ([][]byte, error) {
	return us.tx.ids(ctx, s.text(userKeys+upUsers, userKeys+downUsers), s.from(16), s.Limit, s.Skip)
}

// GuestKeys lists users who are not archived and whose rows anybody may read.
func (us users) GuestKeys(ctx context.Context, s KeySpan) ([][]byte, error) {
	return us.tx.ids(ctx, s.text(guestUserKeys+upUsers, guestUserKeys+downUsers), s.from(16), s.Limit, s.Skip)
}

const (
	groupKeys      = `SELECT g.id FROM groups g WHERE g.company_id = $1 AND `
	guestGroupKeys = groupKeys + `g.mode & 2 <> 0 AND `
	upGroups       = `g.id > $2 ORDER BY g.id LIMIT 0 + $3 OFFSET 0 + $4`
	downGroups     = `g.id < $2 ORDER BY g.id DESC LIMIT 0 + $3 OFFSET 0 + $4`
	ofOwner        = `g.owner_id = $5 AND g.mode & 256 <> 0 AND `
)

// Keys lists the groups that have rows.
func (gs groups) Keys(ctx context.Context, s KeySpan) ([][]byte, error) {
	return gs.tx.ids(ctx, s.text(groupKeys+upGroups, groupKeys+downGroups), s.from(16), s.Limit, s.Skip)
}

// GuestKeys lists those that anybody may read.
func (gs groups) GuestKeys(ctx context.Context, s KeySpan) ([][]byte, error) {
	return gs.tx.ids(ctx, s.text(guestGroupKeys+upGroups, guestGroupKeys+downGroups), s.from(16), s.Limit, s.Skip)
}

// OwnedKeys lists those that a user has made and may view as their owner.
func (gs groups) OwnedKeys(ctx context.Context, owner kith.UserID, s KeySpan) ([][]byte, error) {
	return gs.tx.ids(ctx, s.text(groupKeys+ofOwner+upGroups, groupKeys+ofOwner+downGroups), s.from(16), s.Limit, s.Skip, owner[:])
}

const (
	identifierKeys = `SELECT i.id FROM identifiers i WHERE i.company_id = $1 AND i.kind = $5 AND ` + ofLiveUser

	// The rows are joined to the index of those that anybody may read, which SQLite does not choose unless it answers all
	// that is asked of it.
	guestIdentifierKeys = `SELECT i.id FROM identifiers k CROSS JOIN identifiers i
		WHERE k.company_id = $1 AND k.kind = $5 AND k.mode & 2 <> 0 AND i.company_id = k.company_id AND i.kind = k.kind AND i.id = k.id AND ` + ofLiveUser
	upGuests   = `k.id > $2 ORDER BY k.id LIMIT 0 + $3 OFFSET 0 + $4`
	downGuests = `k.id < $2 ORDER BY k.id DESC LIMIT 0 + $3 OFFSET 0 + $4`

	upIdentifiers   = `i.id > $2 ORDER BY i.id LIMIT 0 + $3 OFFSET 0 + $4`
	downIdentifiers = `i.id < $2 ORDER BY i.id DESC LIMIT 0 + $3 OFFSET 0 + $4`
)

// ofLiveUser keeps the identifiers of archived users out. It is a scalar, so that it is asked row by row, in the order
// of an index.
const ofLiveUser = `(SELECT u.flags & 1 FROM users u WHERE u.company_id = i.company_id AND u.id = i.user_id) = 0 AND `

// Keys lists the identifiers of a kind whose users are not archived.
func (is identifiers) Keys(ctx context.Context, kind kith.IdentifierKind, s KeySpan) ([][]byte, error) {
	return is.tx.serials(ctx, s.text(identifierKeys+upIdentifiers, identifierKeys+downIdentifiers), s.serial(), s.Limit, s.Skip, int(kind))
}

// GuestKeys lists those of them that anybody may read.
func (is identifiers) GuestKeys(ctx context.Context, kind kith.IdentifierKind, s KeySpan) ([][]byte, error) {
	return is.tx.serials(ctx, s.text(guestIdentifierKeys+upGuests, guestIdentifierKeys+downGuests), s.serial(), s.Limit, s.Skip, int(kind))
}

const (
	memberKeys  = `SELECT l.row_key FROM group_links l WHERE l.company_id = $1 AND l.group_id = $2 AND l.noun = $3 AND `
	upMembers   = memberKeys + `l.row_key > $4 ORDER BY l.row_key LIMIT 0 + $5 OFFSET 0 + $6`
	downMembers = memberKeys + `l.row_key < $4 ORDER BY l.row_key DESC LIMIT 0 + $5 OFFSET 0 + $6`
)

// Members lists the users whose rows are linked to a group, and who are not archived.
func (ls links) Members(ctx context.Context, group kith.GroupID, s KeySpan) ([][]byte, error) {
	return ls.tx.keys(ctx, s.text(upMembers, downMembers), group[:], int(kith.NounUser), s.linked(), s.Limit, s.Skip)
}

// So written, the index of what groups may view is used.
const (
	viewedLinks = `FROM group_links l WHERE l.company_id = $1 AND l.group_id = $2 AND l.noun = $3 AND l.verbs & 2 <> 0 AND l.row_key `
	upViewed    = `SELECT l.row_key ` + viewedLinks + `> $4 ORDER BY l.row_key LIMIT 0 + $5 OFFSET 0 + $6`
	downViewed  = `SELECT l.row_key ` + viewedLinks + `< $4 ORDER BY l.row_key DESC LIMIT 0 + $5 OFFSET 0 + $6`
	countViewed = `SELECT count(*) FROM (SELECT 1 ` + viewedLinks + `> $4 LIMIT 0 + $5) k`
)

// Keys lists the rows of a noun that a group may view, by their links.
func (ls links) Keys(ctx context.Context, noun kith.Noun, group kith.GroupID, s KeySpan) ([][]byte, error) {
	return ls.tx.keys(ctx, s.text(upViewed, downViewed), group[:], int(noun), s.linked(), s.Limit, s.Skip)
}

// Count tells how many rows of a noun a group may view, as far as a limit.
func (ls links) Count(ctx context.Context, noun kith.Noun, group kith.GroupID, limit int) (int, error) {
	var n int
	err := ls.tx.row(ctx, countViewed, group[:], int(noun), []byte{}, limit).Scan(&n)
	return n, err
}

// Pair is a link of a row to a group, as a row of its own.
type Pair struct {
	Key []byte
	kith.Link
}

const (
	linkRows     = `SELECT DISTINCT l.row_key FROM group_links l WHERE l.company_id = $1 AND l.noun = $2 AND `
	upLinkRows   = linkRows + `l.row_key > $3 ORDER BY l.row_key LIMIT 0 + $4 OFFSET 0 + $5`
	downLinkRows = linkRows + `l.row_key < $3 ORDER BY l.row_key DESC LIMIT 0 + $4 OFFSET 0 + $5`
)

// Rows lists the rows of a noun that are linked to any group.
func (ls links) Rows(ctx context.Context, noun kith.Noun, s KeySpan) ([][]byte, error) {
	return ls.tx.keys(ctx, s.text(upLinkRows, downLinkRows), int(noun), s.linked(), s.Limit, s.Skip)
}

// ManyRows is how many rows one call of PairsOf looks at.
const ManyRows = manyUsers

// PairsOf lists the links of some rows of a noun: at most ManyRows.
func (ls links) PairsOf(ctx context.Context, noun kith.Noun, keys [][]byte) ([]Pair, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := make([]any, ManyRows, ManyRows+1)
	for i := range args {
		args[i] = nonNil(keys[min(i, len(keys)-1)])
	}
	return ls.pairs(ctx, `SELECT l.row_key, l.group_id, l.verbs, l.created_at FROM group_links l
		WHERE l.company_id = $1 AND l.row_key IN (`+fiftyMarks+`) AND l.noun = $52`, append(args, int(noun))...)
}

func (ls links) pairs(ctx context.Context, text string, args ...any) ([]Pair, error) {
	var list []Pair
	err := each(ctx, ls.tx, text, args, func(row rowScanner) error {
		var p Pair
		var key []byte
		var created int64
		err := row.Scan(&key, idDest(&p.Group), &p.Verbs, &created)
		p.Key, p.CreatedAt = bytes.Clone(key), at(created)
		list = append(list, p)
		return err
	})
	return list, err
}

// Several reads users who are not archived, with their role groups, in the order of their ids as given.
func (us users) Several(ctx context.Context, ids []kith.UserID) ([]kith.Member, error) {
	hits := make([]userHit, len(ids))
	for i, id := range ids {
		hits[i].id = id
	}
	all, err := us.members(ctx, hits)
	rows := all[:0]
	for _, m := range all {
		if !m.User.Archived {
			rows = append(rows, m)
		}
	}
	return rows, err
}

const (
	roleMembers     = userKeys + `u.group_id = $2 AND `
	upRoleMembers   = roleMembers + `(u.created_at, u.id) > ($3, $4) ORDER BY u.created_at, u.id LIMIT 0 + $5 OFFSET 0 + $6`
	downRoleMembers = roleMembers + `(u.created_at, u.id) < ($3, $4) ORDER BY u.created_at DESC, u.id DESC LIMIT 0 + $5 OFFSET 0 + $6`
)

// InRole lists the users of a role group who are not archived, by when they were made, even where ids that somebody
// chose say otherwise: do not merge it with other keys.
func (us users) InRole(ctx context.Context, group kith.GroupID, s KeySpan) ([][]byte, error) {
	at := int64(math.MinInt64)
	if s.Down {
		at = math.MaxInt64
	}
	if s.After != nil {
		var err error
		if at, err = us.madeAt(ctx, s.After); errors.Is(err, ErrNotFound) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	return us.tx.ids(ctx, s.text(upRoleMembers, downRoleMembers), group[:], at, s.from(16), s.Limit, s.Skip)
}

// madeAt tells when a user was made, as it is stored.
func (us users) madeAt(ctx context.Context, id []byte) (at int64, err error) {
	err = us.tx.row(ctx, `SELECT u.created_at FROM users u WHERE u.company_id = $1 AND u.id = $2`, id).Scan(&at)
	return at, err
}

// Get reads a group that has a row.
func (gs groups) Get(ctx context.Context, id kith.GroupID) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g WHERE g.company_id = $1 AND g.id = $2`, id[:]))
}

// Hold is Get, and holds the row until the transaction ends.
func (gs groups) Hold(ctx context.Context, id kith.GroupID) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g WHERE g.company_id = $1 AND g.id = $2`+gs.tx.lockRow(), id[:]))
}

// Several reads groups that have rows, in any order.
func (gs groups) Several(ctx context.Context, ids []kith.GroupID) ([]*kith.Group, error) {
	var list []*kith.Group
	for part := range slices.Chunk(ids, manyGroups) {
		err := each(ctx, gs.tx, `SELECT `+groupColumns+` FROM groups g
			WHERE g.company_id = $1 AND g.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, padded(part, manyGroups), func(row rowScanner) error {
			g, err := scanGroup(row)
			list = append(list, g)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Delete removes a group. It fails with ErrNotFound if it is not there.
func (gs groups) Delete(ctx context.Context, id kith.GroupID) error {
	return gs.tx.one(ctx, `DELETE FROM groups WHERE company_id = $1 AND id = $2`, id[:])
}

// NamedAny reads the group of that name, of whatever kind.
func (gs groups) NamedAny(ctx context.Context, name string) (*kith.Group, error) {
	return scanGroup(gs.tx.row(ctx, `SELECT `+groupColumns+` FROM groups g WHERE g.company_id = $1 AND g.name = $2`, name))
}

// CountOwned tells how many groups a user has made, as far as a limit.
func (gs groups) CountOwned(ctx context.Context, owner kith.UserID, limit int) (int, error) {
	var n int
	err := gs.tx.row(ctx, `SELECT count(*) FROM (SELECT 1 FROM groups g WHERE g.company_id = $1 AND g.owner_id = $2 LIMIT 0 + $3) k`,
		owner[:], limit).Scan(&n)
	return n, err
}

// ManyIdentifiers is how many identifiers one call of Several reads at most.
const ManyIdentifiers = 10

// Several reads identifiers of a kind whose users are not archived.
func (is identifiers) Several(ctx context.Context, kind kith.IdentifierKind, ids []kith.Serial) ([]*kith.Identifier, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := []any{int(kind)}
	for i := range ManyIdentifiers {
		args = append(args, int64(ids[min(i, len(ids)-1)]))
	}
	var list []*kith.Identifier
	err := each(ctx, is.tx, `SELECT `+identifierColumns+` WHERE `+ofLiveUser+`i.company_id = $1 AND i.kind = $2
		AND i.id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, args, func(row rowScanner) error {
		i, err := scanIdentifier(row)
		list = append(list, i)
		return err
	})
	return list, err
}
