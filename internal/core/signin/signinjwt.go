package signin

import (
	"context"
	"errors"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// The table face signs people in by e-mail alone, and hands out JWTs.

// OpShorterJWT is the making of a token of one's own session that ends earlier. Whoever has the session may: the token
// is good for nothing more.
var OpShorterJWT = gate.Op{Name: "jwt.shorten", Noun: kith.NounJWT, Verb: kith.Add, Ruled: true}

// MayPeek asks whether the table face lets somebody sign in: what it fails with is the answer. It is asked once for each
// try that is not refused before, with the user that was found, without their group, or else with a Member that has none, and must do
// the same for either. ErrUnseen is the answer for a user whose row guests may not see.
type MayPeek func(context.Context, *gate.Tx, kith.Member) error

// ErrUnseen makes a sign-in fail as a wrong password does, and at the same cost.
var ErrUnseen = errors.New("signin: guests may not see this user")

// jwtLogin is what a sign-in for a JWT has of its own.
type jwtLogin struct{ mayPeek MayPeek }

// findLogin finds whom an e-mail address means; nobody gives the zero Login. Of a user who is not to be seen there
// is no password to compare with; that they were tried counts for them all the same.
func (l *jwtLogin) findLogin(ctx context.Context, tx *gate.Tx, typed string) (login store.Login, err error) {
	for _, c := range directory.Classify(typed) {
		if c.Kind != kith.Email {
			continue
		}
		if login, err = tx.Credentials.ByIdentifier(ctx, c.Kind, c.Folded); err != nil && !errors.Is(err, store.ErrNotFound) {
			return store.Login{}, err
		}
	}
	if l.mayPeek == nil {
		return login, nil
	}
	u, err := tx.Users.Get(ctx, login.User) // of nobody too, so that it costs the same
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return store.Login{}, err
	}
	err = l.mayPeek(ctx, tx, kith.Member{User: u, Company: tx.By.Company})
	if errors.Is(err, ErrUnseen) {
		login.Hash, err = "", nil
	}
	return login, err
}

// grant makes of a grant one that lives as the company has its JWTs live, and that no refresh token follows.
func (l *jwtLogin) grant(c *kith.Company, g grant) grant {
	g.fixed = true
	if life := c.Settings.JWTDuration; life > 0 {
		g.life, g.byApplication = life, false
	}
	return g
}

// SignInJWT begins a session for whoever knows the password of the user with that e-mail, and gives a JWT of it.
// by is a guest of their company. mayPeek may be nil. It fails as SignIn does, and with what mayPeek fails with. Where the user
// still owes a factor the token is good for nothing else, and SignedIn says which.
func (s *Signin) SignInJWT(ctx context.Context, by *kith.Actor, email, password string, mayPeek MayPeek) (string, *SignedIn, error) {
	out, err := s.enter(ctx, by, OpSignIn, Login{Company: by.Company.Slug, User: email, Password: password, jwt: &jwtLogin{mayPeek}})
	if err != nil {
		return "", nil, err
	}
	token, err := s.tellingJWT(out.Member, out.Session, out.Session.ExpiresAt)
	return token, out, err
}

// tellingJWT writes a session as a token that says what clients of the table face read.
func (s *Signin) tellingJWT(m kith.Member, session *kith.Session, ends time.Time) (string, error) {
	c := s.claims(m.Company.ID, session, ends)
	name := m.User.Name()
	c.Email, c.Name = &m.User.Email, &name
	c.NotBefore = c.IssuedAt
	c.ID = kith.NewID[jwtNoun](c.IssuedAt.Time, s.gate.Random).String()
	return s.signer.sign(c)
}

// Bounds of the life that somebody may ask for a token: at least this, and what the session has left or, if that does
// not end, what others have at most.
const shortestJWT = time.Minute

// ShorterJWT writes the actor's session as a token that ends after life. It fails with Invalid for a life that is too
// short, or longer than that of the token that they came with.
func (s *Signin) ShorterJWT(ctx context.Context, by *kith.Actor, life time.Duration) (string, error) {
	if by.User == nil || by.Session == nil {
		return "", gate.ErrSignIn
	}
	now := s.clock()
	end := now.Add(kith.MaxSessionDuration)
	if own := by.Session.ExpiresAt; !own.IsZero() && own.Before(end) {
		end = own
	}
	if life < shortestJWT || now.Add(life).After(end) {
		return "", kith.BadField("life", kith.CodeOutOfRange, "Give a time of a minute or more, and no more than your own token has left.")
	}
	_, err := gate.Read(ctx, s.gate, by, OpShorterJWT, func(ctx context.Context, tx *gate.Tx) (any, error) {
		return nil, s.stillThere(ctx, tx)
	})
	if err != nil {
		return "", err
	}
	return s.tellingJWT(kith.Member{User: by.User, Company: by.Company}, by.Session, now.Add(life))
}
