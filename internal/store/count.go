package store

import (
	"context"
	"crypto/rand"

	"kith"
)

type counts struct{ tx *Tx }

// Get counts the company's users, exactly as of what is committed: what was added up last, and what came since.
func (cs counts) Get(ctx context.Context) (kith.UserOverview, error) {
	var o kith.UserOverview
	err := cs.tx.row(ctx, `SELECT CAST(COALESCE(sum(total), 0) AS BIGINT), CAST(COALESCE(sum(active), 0) AS BIGINT),
		CAST(COALESCE(sum(archived), 0) AS BIGINT) FROM (
		SELECT total, active, archived FROM user_counts WHERE company_id = $1
		UNION ALL SELECT total, active, archived FROM user_count_deltas WHERE company_id = $1) AS parts`).
		Scan(&o.Total, &o.Active, &o.Archived)
	return o, err
}

// delta names the rows of user_count_deltas.
type delta struct{}

// add notes what a change of users does to their count.
func (cs counts) add(ctx context.Context, change kith.UserOverview) error {
	if change == (kith.UserOverview{}) {
		return nil
	}
	id := kith.NewID[delta](cs.tx.Now, rand.Reader)
	_, err := cs.tx.exec(ctx, `INSERT INTO user_count_deltas (company_id, id, total, active, archived)
		VALUES ($1, $2, $3, $4, $5)`, id[:], change.Total, change.Active, change.Archived)
	return err
}

// counted is what a user adds to the count, times so many.
func counted(u *kith.User, times int) kith.UserOverview {
	return kith.UserOverview{Total: times, Active: times * bit(u.Active(), 1), Archived: times * bit(u.Archived, 1)}
}

// Fold adds up to limit of the company's deltas to the sum, and says how many that were. Each is taken by
// one caller only, however many fold at once.
func (cs counts) Fold(ctx context.Context, limit int) (int, error) {
	var sum kith.UserOverview
	n := 0
	err := each(ctx, cs.tx, `DELETE FROM user_count_deltas WHERE company_id = $1 AND id IN (
		SELECT d.id FROM user_count_deltas d WHERE d.company_id = $1 ORDER BY d.id LIMIT 0 + $2)
		RETURNING total, active, archived`, []any{limit}, func(row rowScanner) error {
		var one kith.UserOverview
		err := row.Scan(&one.Total, &one.Active, &one.Archived)
		sum.Total, sum.Active, sum.Archived = sum.Total+one.Total, sum.Active+one.Active, sum.Archived+one.Archived
		n++
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = cs.tx.exec(ctx, `INSERT INTO user_counts (company_id, total, active, archived) VALUES ($1, $2, $3, $4)
		ON CONFLICT (company_id) DO UPDATE SET total = user_counts.total + excluded.total,
		active = user_counts.active + excluded.active, archived = user_counts.archived + excluded.archived`,
		sum.Total, sum.Active, sum.Archived)
	return n, err
}

// Uncounted lists companies whose deltas are not all added up, by their numbers from the one after a
// company on: at most limit of them.
func (s *System) Uncounted(ctx context.Context, after kith.CompanyID, limit int) ([]kith.CompanyID, error) {
	var list []kith.CompanyID
	err := s.sysEach(ctx, `SELECT DISTINCT company_id FROM user_count_deltas WHERE company_id > $1
		ORDER BY company_id LIMIT 0 + $2`, []any{int64(after), limit}, func(row rowScanner) error {
		var id kith.CompanyID
		err := row.Scan(&id)
		list = append(list, id)
		return err
	})
	return list, err
}
