package store

import (
	"context"
	"time"

	"kith"
)

// System works across companies: on the directory tables, and on what the worker looks after. It
// has few methods, so that crossing companies is visible wherever it happens.
type System struct{ db *DB }

// CompanyBySlug finds a company's key. Once found it stays: a slug is written once.
func (s *System) CompanyBySlug(ctx context.Context, slug string) (kith.CompanyID, error) {
	var id kith.CompanyID
	err := s.sysRow(ctx, `SELECT company_id FROM company_slugs WHERE slug = $1`, slug).Scan(&id)
	return id, err
}

// CompanyOfGuest finds the company that guests mean who name none: the one whose host they came by, else the only one
// that there is. It fails with ErrNotFound.
func (s *System) CompanyOfGuest(ctx context.Context, host string) (kith.CompanyID, error) {
	var few []kith.CompanyID // two of them at most
	var meant kith.CompanyID
	err := s.sysEach(ctx, `SELECT company_id, 1 FROM company_hosts WHERE host = $1
		UNION ALL SELECT company_id, 0 FROM (SELECT company_id FROM company_slugs LIMIT 2) AS few`, []any{host}, func(row rowScanner) error {
		var id kith.CompanyID
		var hosted int
		err := row.Scan(&id, &hosted)
		if hosted == 1 {
			meant = id
		} else {
			few = append(few, id)
		}
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case meant != kith.Installation:
		return meant, nil
	case len(few) == 1:
		return few[0], nil
	default:
		return 0, ErrNotFound
	}
}

// AnyCompany reports whether the installation has a company.
func (s *System) AnyCompany(ctx context.Context) (bool, error) {
	var found bool
	err := s.sysRow(ctx, `SELECT EXISTS (SELECT 1 FROM company_slugs)`).Scan(&found)
	return found, err
}

// OriginAllowed reports whether a web origin belongs to an application; of that company, unless it is
// Installation, which stands for any. (PostgreSQL gives $2 the type of what it meets first.)
func (s *System) OriginAllowed(ctx context.Context, origin string, company kith.CompanyID) (bool, error) {
	var allowed bool
	err := s.sysRow(ctx, `SELECT EXISTS (SELECT 1 FROM application_origins
		WHERE origin = $1 AND (company_id = $2 OR $2 = 0))`, origin, int64(company)).Scan(&allowed)
	return allowed, err
}

// PublicFilter narrows the list of public companies. Empty fields do not narrow.
type PublicFilter struct {
	Slug, SlugContains string
	Name, NameContains string
	Production         bool // leave test companies out
}

// PublicCompanies reads one page of the companies that say they are public, by slug. No more than the
// first 10,000 are counted or shown. That one text
// holds another is asked by replacing it: SQLite's LIKE knows no case, PostgreSQL's does.
func (s *System) PublicCompanies(ctx context.Context, f PublicFilter, page kith.Page) (kith.List[*kith.Company], error) {
	const where = ` FROM companies c WHERE c.public AND c.status = 0 AND (c.mode = 0 OR NOT $1)
		AND ($2 = '' OR c.slug = $2) AND ($3 = '' OR replace(c.slug, $3, '') <> c.slug)
		AND ($4 = '' OR c.name = $4) AND ($5 = '' OR replace(c.name, $5, '') <> c.name)`
	args := []any{f.Production, f.Slug, f.SlugContains, f.Name, f.NameContains}
	var list kith.List[*kith.Company]
	err := s.sysRow(ctx, `SELECT count(*) FROM (SELECT 1`+where+` LIMIT 10000) AS capped`, args...).Scan(&list.Total)
	if err != nil || page.Offset() >= list.Total {
		return list, err
	}
	err = s.sysEach(ctx, `SELECT c.company_id, `+companyColumns+where+` ORDER BY c.slug LIMIT 0 + $6 OFFSET 0 + $7`,
		append(args, page.Size, page.Offset()), func(row rowScanner) error {
			var id kith.CompanyID
			c, err := scanCompany(leading{row, &id}, id)
			if err != nil {
				return err
			}
			c.ID = id
			list.Rows = append(list.Rows, c)
			return nil
		})
	return list, err
}

// leading scans one more column, ahead of those that a shared scan function knows.
type leading struct {
	row   rowScanner
	first any
}

func (l leading) Scan(dest ...any) error { return l.row.Scan(append([]any{l.first}, dest...)...) }

// Ended names a session that is no longer good for anything.
type Ended struct {
	Company kith.CompanyID
	Session kith.SessionID
}

// Ended lists sessions of any company that ended before a time: at most limit of them.
func (s *System) Ended(ctx context.Context, before time.Time, limit int) ([]Ended, error) {
	var list []Ended
	err := s.sysEach(ctx, `SELECT company_id, id FROM sessions WHERE ends_at > 0 AND ends_at < $1
		ORDER BY ends_at LIMIT 0 + $2`, []any{before.UnixMilli(), limit}, func(row rowScanner) error {
		var e Ended
		err := row.Scan(&e.Company, idDest(&e.Session))
		list = append(list, e)
		return err
	})
	return list, err
}

// Indexing lists companies whose search terms are behind their attributes: at most limit of them.
func (s *System) Indexing(ctx context.Context, limit int) ([]kith.CompanyID, error) {
	var list []kith.CompanyID
	err := s.sysEach(ctx, `SELECT company_id FROM companies WHERE indexing ORDER BY company_id LIMIT 0 + $1`, []any{limit},
		func(row rowScanner) error {
			var id kith.CompanyID
			err := row.Scan(&id)
			list = append(list, id)
			return err
		})
	return list, err
}
