package signin

import (
	"context"
	"errors"
	"strings"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/core/message"
	"kith/internal/store"
)

// Wrong passwords are counted for whom they were tried at, whichever name was typed (T22), and after some of
// them further ones are refused unlooked at, the right one too: for a time that grows with each, and ends by
// itself, since a stranger must not be able to shut anybody out for good (T25). A reset by mail ends it at
// once. Names that nobody has are treated alike. Addresses of clients are not counted.
const (
	freeGuesses   = 10               // wrong ones, in guessesWindow, before anybody waits
	guessesWindow = 15 * time.Minute // from the first
	firstDelay    = 30 * time.Second // after the last of the free ones; each further one doubles it
	longestDelay  = 15 * time.Minute
	guessesMemory = 24 * time.Hour // from the last, once somebody has had to wait: about 100 guesses a day
	noticeEvery   = 100            // guesses of one stretch after which the user is told again
)

// guesses are the wrong passwords that were tried at one user, or at a name that nobody has.
type guesses struct {
	count int
	since time.Time // the first one's; once somebody has to wait, the last one's
}

// forgotten reports whether so much time has passed that they count no more.
func (g guesses) forgotten(now time.Time) bool {
	memory := guessesWindow
	if g.count >= freeGuesses {
		memory = guessesMemory
	}
	return !now.Before(g.since.Add(memory))
}

// left is how long nobody is let in yet.
func (g guesses) left(now time.Time) time.Duration {
	if g.count < freeGuesses || g.forgotten(now) {
		return 0
	}
	delay := longestDelay
	if doubled := g.count - freeGuesses; doubled < 5 {
		delay = firstDelay << doubled
	}
	return min(max(g.since.Add(delay).Sub(now), 0), delay) // a clock that was set back makes it no longer
}

// and gives them with one more.
func (g guesses) and(now time.Time) guesses {
	switch {
	case g.count == 0 || g.forgotten(now):
		return guesses{1, now}
	case g.count+1 < freeGuesses:
		return guesses{g.count + 1, g.since}
	default:
		return guesses{g.count + 1, now}
	}
}

// check refuses whoever has to wait. The answer is the same whoever it is about.
func (g guesses) check(now time.Time) error {
	left := g.left(now)
	if left == 0 {
		return nil
	}
	return &kith.Error{Kind: kith.Limited, Code: kith.CodeTooMany, RetryAfter: left,
		Message: "Too many wrong passwords. Wait a moment, or choose a new password by mail."}
}

// guessed is whom a password is tried at.
type guessed struct {
	user  kith.UserID // zero if nobody has the name
	about []byte      // what guesses are counted by
}

// tried tells whom a password is tried at, by what was found under the name that was typed.
func tried(ctx context.Context, tx *gate.Tx, in Login, found kith.UserID) (guessed, error) {
	key, err := tx.TallyKey(ctx)
	if err != nil {
		return guessed{}, err
	}
	name := normal(in.User)
	if tx.By.CompanyID() == kith.Installation {
		name += " of " + strings.ToLower(in.Company)
	}
	about := aboutName(key, "sign-in "+name) // whether or not anybody is found, so that both cost the same
	if !found.IsZero() {
		about = found[:]
	}
	return guessed{found, about}, nil
}

// normal is a typed name in the likeliest form that is compared.
func normal(typed string) string {
	list := directory.Classify(typed)
	switch {
	case len(list) == 0:
		return strings.ToLower(strings.TrimSpace(typed))
	case list[0].Kind == 0:
		return list[0].User.String()
	default:
		return list[0].Folded
	}
}

// checkGuesses refuses a try that comes too soon after too many wrong ones, before it costs a hash.
func checkGuesses(ctx context.Context, tx *gate.Tx, about []byte) (guesses, error) {
	count, since, err := tx.Tallies.Get(ctx, store.TallySignIns, about)
	if errors.Is(err, store.ErrNotFound) {
		return guesses{}, nil
	} else if err != nil {
		return guesses{}, err
	}
	g := guesses{count, since}
	return g, g.check(tx.Now)
}

// passGuesses is the step that lets in whoever had the right password, unless others have guessed too much
// meanwhile (T24): what was guessed before is forgotten. It writes only if there was anything.
func passGuesses(ctx context.Context, tx *gate.Tx, user kith.UserID) error {
	g, err := checkGuesses(ctx, tx, user[:])
	if err != nil || g.count == 0 {
		return err
	}
	return tx.Tallies.Clear(ctx, store.TallySignIns, user[:])
}

// missed counts a wrong password, and gives refusal: or that of guesses, if others have used them up while
// this one was compared. So of many who guess at once no more learn anything than one after the other (T21).
// The user is told when it becomes too much.
func (s *Signin) missed(ctx context.Context, by *kith.Actor, op gate.Op, at guessed, refusal error) error {
	ctx = context.WithoutCancel(ctx) // whoever hangs up has guessed all the same
	_, err := gate.Change(ctx, s.gate, by, op, at, func(ctx context.Context, tx *gate.Tx, at guessed) (any, error) {
		count, since, err := tx.Tallies.Hold(ctx, store.TallySignIns, at.about)
		if err != nil {
			return nil, err
		}
		g := guesses{count, since}
		if err := g.check(tx.Now); err != nil {
			return nil, err
		}
		g = g.and(tx.Now)
		if err := tx.Tallies.Set(ctx, store.TallySignIns, at.about, g.count, g.since); err != nil {
			return nil, err
		}
		tx.Unchanged()
		if at.user.IsZero() || g.count%noticeEvery != freeGuesses {
			return nil, nil
		}
		return nil, tellOfGuesses(ctx, tx, at.user)
	})
	if err != nil {
		return err
	}
	return refusal
}

// tellOfGuesses tells a user that somebody tries to sign in as them, and leaves word of it.
func tellOfGuesses(ctx context.Context, tx *gate.Tx, user kith.UserID) error {
	tx.Record(kith.Event{Noun: kith.NounUser, Verb: kith.Execute, Row: user.String(), Subject: user, Fields: []string{"sign_ins_refused"}})
	m, err := tx.Users.Member(ctx, user)
	if err != nil {
		return err
	}
	m.Company = tx.By.Company
	if m.User.Active() {
		message.Notify(tx, m, message.Note{Kind: message.SignInsRefused})
	}
	return nil
}
