package store

import (
	"context"

	"kith"
)

// CompanyEntry is a company as the operator sees it.
type CompanyEntry struct {
	Company *kith.Company
	Owner   string // e-mail, or what else the owner is called
	Users   int
}

// CompanyFilter narrows the operator's list of companies. Zero fields do not narrow.
type CompanyFilter struct {
	Status *kith.CompanyStatus
	Mode   *kith.CompanyMode
	After  string // slug: those that follow it
}

const companyEntry = `SELECT c.company_id, COALESCE(u.email, ''), COALESCE(u.mobile, ''), COALESCE(u.username, ''),
	COALESCE((SELECT t.total FROM user_counts t WHERE t.company_id = c.company_id), 0) +
	COALESCE((SELECT sum(d.total) FROM user_count_deltas d WHERE d.company_id = c.company_id), 0), ` + companyColumns + `
	FROM company_slugs k CROSS JOIN companies c LEFT JOIN users u ON u.company_id = c.company_id AND u.id = c.owner_id
	WHERE c.company_id = k.company_id`

// Companies reads companies of whatever mode and status by slug, limit of them at most.
func (s *System) Companies(ctx context.Context, f CompanyFilter, limit int) ([]*CompanyEntry, error) {
	status, mode := -1, -1
	if f.Status != nil {
		status = int(*f.Status)
	}
	if f.Mode != nil {
		mode = int(*f.Mode)
	}
	var list []*CompanyEntry
	err := s.sysEach(ctx, companyEntry+` AND k.slug > $1 AND ($2 = -1 OR c.status = $2) AND ($3 = -1 OR c.mode = $3)
		ORDER BY k.slug LIMIT 0 + $4`, []any{f.After, status, mode, limit}, func(row rowScanner) error {
		e, err := scanCompanyEntry(row)
		list = append(list, e)
		return err
	})
	return list, err
}

// Company reads the company of a slug, of whatever mode and status.
func (s *System) Company(ctx context.Context, slug string) (*CompanyEntry, error) {
	return scanCompanyEntry(s.sysRow(ctx, companyEntry+` AND k.slug = $1`, slug))
}

func scanCompanyEntry(row rowScanner) (*CompanyEntry, error) {
	var r companyRow
	var id kith.CompanyID
	var email, mobile, username string
	e := new(CompanyEntry)
	if err := row.Scan(append([]any{&id, &email, &mobile, &username, &e.Users}, r.dest()...)...); err != nil {
		return nil, err
	}
	for _, name := range []string{email, mobile, username} {
		if e.Owner == "" {
			e.Owner = name
		}
	}
	c, err := r.read()
	if err != nil {
		return nil, err
	}
	c.ID = id
	e.Company = c
	return e, nil
}
