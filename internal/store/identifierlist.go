package store

import (
	"context"

	"kith"
)

// HeldIdentifier is an identifier with whom it is of. The company is the caller's to add.
type HeldIdentifier struct {
	*kith.Identifier
	Member kith.Member
}

// IdentifierList is a page of a company's identifiers.
type IdentifierList struct {
	kith.List[HeldIdentifier]
	Capped bool // there are more than were counted
}

// mostIdentifiers is how many identifiers a list counts and reaches.
const mostIdentifiers = 10_000

// The parts of a list of identifiers: what finds them, newest first, and then the page of them with their
// users. The inner limits keep the engines from going through all that a company has.
const (
	newestIdentifiers = `SELECT i.id, i.user_id FROM identifiers i WHERE i.company_id = $1 AND i.kind = $2
		ORDER BY i.id DESC LIMIT 10001`
	lastingIdentifiers = `SELECT n.id, n.user_id FROM (` + newestIdentifiers + `) AS n
		WHERE (SELECT w.flags & 4 FROM users w WHERE w.company_id = $1 AND w.id = n.user_id) = 0`
	temporaryIdentifiers = `SELECT o.id, o.user_id FROM (SELECT t.id FROM users t WHERE t.company_id = $1 AND t.flags & 4 <> 0
			ORDER BY t.created_at DESC LIMIT 10001) AS w CROSS JOIN identifiers o
		WHERE o.company_id = $1 AND o.user_id = w.id AND (NOT o.is_primary OR o.folded IS NULL) AND o.kind = $2 LIMIT 10001`

	identifiersHead = `SELECT ` + identifierFields + `, ` + userColumns + `, g.id, g.name, g.label, g.section, g.permissions, g.version, p.total
		FROM (SELECT l.id, count(*) OVER () AS total FROM (`
	identifiersTail = `) AS l ORDER BY l.id DESC LIMIT 0 + $3 OFFSET 0 + $4) AS p
		CROSS JOIN identifiers i CROSS JOIN users u LEFT JOIN groups g ON g.company_id = u.company_id AND g.id = u.group_id
		WHERE i.company_id = $1 AND i.kind = $2 AND i.id = p.id AND u.company_id = $1 AND u.id = i.user_id ORDER BY i.id DESC`
)

// List reads one page of the company's identifiers of a kind, newest first, those of temporary users or of
// the others alone if that is asked. It looks at the newest 10,000 and counts no more.
func (is identifiers) List(ctx context.Context, kind kith.IdentifierKind, temporary *bool, page kith.Page) (IdentifierList, error) {
	var list IdentifierList
	args := []any{int(kind), page.Size, page.Offset()}
	add := func(row rowScanner) error {
		var u userRow
		var g groupBrief
		i, err := scanIdentifier(row, append(append(u.dest(), g.dest()...), &list.Total)...)
		if err != nil {
			return err
		}
		user, err := u.read()
		list.Rows = append(list.Rows, HeldIdentifier{i, kith.Member{User: user, Group: g.read()}})
		return err
	}
	var err error
	switch {
	case temporary == nil:
		err = each(ctx, is.tx, identifiersHead+newestIdentifiers+identifiersTail, args, add)
	case *temporary:
		err = each(ctx, is.tx, identifiersHead+temporaryIdentifiers+identifiersTail, args, add)
	default:
		err = each(ctx, is.tx, identifiersHead+lastingIdentifiers+identifiersTail, args, add)
	}
	list.Capped = list.Total > mostIdentifiers
	list.Total = min(list.Total, mostIdentifiers)
	return list, err
}
