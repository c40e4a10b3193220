package store

import (
	"context"
	"time"

	"kith"
)

type tallies struct{ tx *Tx }

// Tally is what is counted. The numbers are stored.
type Tally int

// The tallies.
const (
	TallyGuesses  Tally = iota + 1 // at typed codes, by user
	TallySends                     // of messages that somebody asked for, by what they go to
	TallySignIns                   // that failed, by user or by the name that was typed
	TallyRequests                  // of messages that somebody asked for, by user
)

// Count counts one more, unless there have been most since the row was begun less than a window ago: then
// it reports false and counts nothing. about is a user's id or a keyed hash of what names somebody.
func (ts tallies) Count(ctx context.Context, kind Tally, about []byte, window time.Duration, most int) (bool, error) {
	n, err := ts.tx.exec(ctx, `INSERT INTO tallies (company_id, kind, about, since, count) VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (company_id, kind, about) DO UPDATE SET
		count = CASE WHEN tallies.since <= $5 THEN 1 ELSE tallies.count + 1 END,
		since = CASE WHEN tallies.since <= $5 THEN excluded.since ELSE tallies.since END
		WHERE tallies.since <= $5 OR tallies.count < $6`,
		int(kind), about, stamp(ts.tx.Now), stamp(ts.tx.Now.Add(-window)), most)
	return n == 1, err
}

// Get tells how many were counted and since when. It fails with ErrNotFound if none were.
func (ts tallies) Get(ctx context.Context, kind Tally, about []byte) (count int, since time.Time, err error) {
	var ms int64
	err = ts.tx.row(ctx, `SELECT count, since FROM tallies WHERE company_id = $1 AND kind = $2 AND about = $3`,
		int(kind), about).Scan(&count, &ms)
	return count, at(ms), err
}

// Clear begins anew: what was counted is forgotten. It is no error if nothing was.
func (ts tallies) Clear(ctx context.Context, kind Tally, about []byte) error {
	_, err := ts.tx.exec(ctx, `DELETE FROM tallies WHERE company_id = $1 AND kind = $2 AND about = $3`, int(kind), about)
	return err
}

// OldTally names a tally that no window reaches back to.
type OldTally struct {
	Company kith.CompanyID
	Kind    Tally
	About   []byte
}

// OldTallies lists tallies of any company that were begun before a time: at most limit of them.
func (s *System) OldTallies(ctx context.Context, before time.Time, limit int) ([]OldTally, error) {
	var list []OldTally
	err := s.sysEach(ctx, `SELECT company_id, kind, about FROM tallies WHERE since < $1 ORDER BY since LIMIT 0 + $2`,
		[]any{before.UnixMilli(), limit}, func(row rowScanner) error {
			var o OldTally
			err := row.Scan(&o.Company, &o.Kind, &o.About)
			list = append(list, o)
			return err
		})
	return list, err
}
