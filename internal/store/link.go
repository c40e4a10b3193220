package store

import (
	"context"
	"encoding/binary"
	"errors"

	"kith"
)

// links tie rows to groups. A user's row that is linked to a group which is no role is that user's membership of
// it. While a user is archived, the links of their row rest, and those of what they are reached by: under a noun of
// their own, where nothing finds them.
type links struct{ tx *Tx }

const resting = 128

// Of reads the links of one row; an empty key means those of the noun's whole table.
func (ls links) Of(ctx context.Context, noun kith.Noun, key []byte) ([]kith.Link, error) {
	var list []kith.Link
	err := each(ctx, ls.tx, `SELECT group_id, verbs, created_at FROM group_links
		WHERE company_id = $1 AND noun = $2 AND row_key = $3`, []any{int(noun), nonNil(key)}, func(row rowScanner) error {
		var l kith.Link
		var created int64
		err := row.Scan(idDest(&l.Group), &l.Verbs, &created)
		l.CreatedAt = at(created)
		list = append(list, l)
		return err
	})
	return list, err
}

// Get reads the link of a row to a group.
func (ls links) Get(ctx context.Context, noun kith.Noun, key []byte, group kith.GroupID) (kith.Link, error) {
	l := kith.Link{Group: group}
	var created int64
	err := ls.tx.row(ctx, `SELECT verbs, created_at FROM group_links
		WHERE company_id = $1 AND noun = $2 AND row_key = $3 AND group_id = $4`, int(noun), nonNil(key), group[:]).Scan(&l.Verbs, &created)
	l.CreatedAt = at(created)
	return l, err
}

// place is under which number the links of a row are written: aside if it is an archived user's. The user's row is
// held, so that nobody archives or restores it meanwhile.
func (ls links) place(ctx context.Context, noun kith.Noun, key []byte) (int, error) {
	var flags int
	var err error
	switch kind, ofContact := contactKind(noun); {
	case noun == kith.NounUser && len(key) == len(kith.UserID{}):
		err = ls.tx.row(ctx, `SELECT u.flags FROM users u WHERE u.company_id = $1 AND u.id = $2`+ls.tx.lockRow(), key).Scan(&flags)
	case ofContact && len(key) == 8:
		err = ls.tx.row(ctx, `SELECT u.flags FROM identifiers i JOIN users u ON u.company_id = i.company_id AND u.id = i.user_id
			WHERE i.company_id = $1 AND i.kind = $2 AND i.id = $3`+ls.tx.lockRow(), int(kind), int64(binary.BigEndian.Uint64(key))).Scan(&flags) //nolint:gosec // numbers are below 2^53
	}
	if errors.Is(err, ErrNotFound) {
		return int(noun), nil
	}
	if flags&flagArchived != 0 {
		return int(noun) + resting, err
	}
	return int(noun), err
}

// Insert links a row, or with an empty key the whole table, to a group. It fails with ErrExists if it is.
func (ls links) Insert(ctx context.Context, noun kith.Noun, key []byte, l kith.Link) error {
	place, err := ls.place(ctx, noun, key)
	if err != nil {
		return err
	}
	_, err = ls.tx.exec(ctx, `INSERT INTO group_links (company_id, noun, row_key, group_id, verbs, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, place, nonNil(key), l.Group[:], int(l.Verbs), stamp(ls.tx.Now))
	return err
}

// Put links a row, or with an empty key the whole table, to a group, or gives the link that is there other
// verbs.
func (ls links) Put(ctx context.Context, noun kith.Noun, key []byte, l kith.Link) error {
	place, err := ls.place(ctx, noun, key)
	if err != nil {
		return err
	}
	_, err = ls.tx.exec(ctx, `INSERT INTO group_links (company_id, noun, row_key, group_id, verbs, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (company_id, noun, row_key, group_id) DO UPDATE SET verbs = excluded.verbs`,
		place, nonNil(key), l.Group[:], int(l.Verbs), stamp(ls.tx.Now))
	return err
}

// Delete takes the link of a row to a group away. It fails with ErrNotFound if there is none.
func (ls links) Delete(ctx context.Context, noun kith.Noun, key []byte, group kith.GroupID) error {
	return ls.tx.one(ctx, `DELETE FROM group_links WHERE company_id = $1 AND noun = $2 AND row_key = $3 AND group_id = $4`,
		int(noun), nonNil(key), group[:])
}

// DeleteAll takes all links of a row away, those that rest too, for one that is going.
func (ls links) DeleteAll(ctx context.Context, noun kith.Noun, key []byte) error {
	_, err := ls.tx.exec(ctx, `DELETE FROM group_links WHERE company_id = $1 AND noun IN ($2, $4) AND row_key = $3`,
		int(noun), nonNil(key), int(noun)+resting)
	return err
}

// Empty leaves the links of a row, those that rest too, without verbs: a user stays in the groups, and these may do
// nothing with the user's row.
func (ls links) Empty(ctx context.Context, noun kith.Noun, key []byte) error {
	_, err := ls.tx.exec(ctx, `UPDATE group_links SET verbs = 0 WHERE company_id = $1 AND noun IN ($2, $4) AND row_key = $3`,
		int(noun), nonNil(key), int(noun)+resting)
	return err
}

// DeleteTo takes all links to a group away, for one that is going: some of them, and tells how many.
func (ls links) DeleteTo(ctx context.Context, group kith.GroupID, limit int) (int64, error) {
	return ls.tx.exec(ctx, `DELETE FROM group_links WHERE company_id = $1 AND (noun, row_key, group_id) IN (
		SELECT l.noun, l.row_key, l.group_id FROM group_links l WHERE l.company_id = $1 AND l.group_id = $2 LIMIT 0 + $3)`,
		group[:], limit)
}

// contactKind is the kind of identifier whose rows are of a noun.
func contactKind(noun kith.Noun) (kind kith.IdentifierKind, ok bool) {
	switch noun {
	case kith.NounEmail:
		return kith.Email, true
	case kith.NounMobile:
		return kith.Mobile, true
	default:
		return 0, false
	}
}

// Rest puts the links of a row aside, whose user is archived, or takes them up again.
func (ls links) Rest(ctx context.Context, noun kith.Noun, key []byte, aside bool) error {
	from, to := int(noun)+resting, int(noun)
	if aside {
		from, to = to, from
	}
	_, err := ls.tx.exec(ctx, `UPDATE group_links SET noun = $4 WHERE company_id = $1 AND noun = $2 AND row_key = $3`, from, key, to)
	return err
}

// verbBit is the bit of a verb in a column of verbs.
func verbBit(v kith.Verb) int { return int(kith.Of(v)) }

// Allows reports whether a row, or with an empty key the noun's whole table, is linked to a group that the user is
// in and that may do the verb with it.
func (ls links) Allows(ctx context.Context, noun kith.Noun, key []byte, verb kith.Verb, user kith.UserID, role kith.GroupID) (bool, error) {
	var found bool
	err := ls.tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM group_links l
		WHERE l.company_id = $1 AND l.noun = $2 AND l.row_key = $3 AND (l.verbs & $4) <> 0
			AND (l.group_id = $5 OR l.group_id = $6 OR EXISTS (
				SELECT 1 FROM group_links m JOIN groups g ON g.company_id = m.company_id AND g.id = m.group_id
				WHERE m.company_id = $1 AND m.noun = $7 AND m.row_key = $8 AND m.group_id = l.group_id AND g.kind >= $9)))`,
		int(noun), nonNil(key), verbBit(verb), role[:], user[:], int(kith.NounUser), user[:], int(kith.CustomGroup)).Scan(&found)
	return found, err
}

// GroupsOf lists the groups that a user is in besides the role group and their home. The links come first, or
// SQLite goes through all groups.
func (ls links) GroupsOf(ctx context.Context, user kith.UserID) ([]kith.GroupID, error) {
	var list []kith.GroupID
	err := each(ctx, ls.tx, `SELECT m.group_id FROM group_links m CROSS JOIN groups g
		WHERE m.company_id = $1 AND m.noun = $2 AND m.row_key = $3 AND g.company_id = $1 AND g.id = m.group_id AND g.kind >= $4
		ORDER BY m.group_id`,
		[]any{int(kith.NounUser), user[:], int(kith.CustomGroup)}, func(row rowScanner) error {
			var id kith.GroupID
			err := row.Scan(idDest(&id))
			list = append(list, id)
			return err
		})
	return list, err
}

// nonNil keeps an empty key from being stored as NULL.
func nonNil(key []byte) []byte {
	if key == nil {
		return []byte{}
	}
	return key
}
