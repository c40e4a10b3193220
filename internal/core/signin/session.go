package signin

import (
	"context"
	"errors"
	"strconv"
	"time"

	"kith"
	"kith/internal/core/directory"
	"kith/internal/core/gate"
	"kith/internal/store"
)

// Login is what somebody types to sign in by password.
type Login struct {
	Company  string // slug
	User     string // e-mail, mobile, username or id
	Password string
	Duration time.Duration // of the session; zero for the company's default; ignored unless it allows them

	Application kith.Serial // whom the session is for; zero: the application that the company was born with

	jwt *jwtLogin // of SignInJWT; nil for all others
}

// errCredentials is the one answer to a login that fails, whatever the reason.
var errCredentials = &kith.Error{Kind: kith.Invalid, Code: kith.CodeBadCredentials,
	Message: "No user of this company signs in with that. Check the company, the user and the password."}

// OpSignIn is what a route that signs in asks: nothing of a guest but the password.
var OpSignIn = gate.Op{Name: "session.add", Noun: kith.NounSession, Verb: kith.Add, Open: true}

// SignIn begins a session. Unknown companies and users cost what known ones cost, and all failures get
// one answer. It fails with Invalid, with Limited after too many wrong passwords, or with Unavailable when
// too many sign in at once.
func (s *Signin) SignIn(ctx context.Context, by *kith.Actor, in Login) (*SignedIn, error) {
	guest, err := s.directory.Guest(ctx, by, in.Company)
	if errors.Is(err, kith.ErrNotFound) {
		guest, err = &kith.Actor{Remote: by.Remote}, nil // of no company, which nobody is a user of
	}
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, guest, OpSignIn, in)
}

// SignInFor begins a session for a user of the actor's company, on behalf of a back end that has asked them
// for their password. The event names the actor. It fails as SignIn does.
func (s *Signin) SignInFor(ctx context.Context, by *kith.Actor, in Login) (*SignedIn, error) {
	return s.enter(ctx, by, OpAddAnyToken, in)
}

// enter is SignIn once the company is known.
func (s *Signin) enter(ctx context.Context, by *kith.Actor, op gate.Op, in Login) (*SignedIn, error) {
	login, at, err := s.find(ctx, by, op, in)
	if err != nil {
		return nil, err
	}
	out, err := s.compare(ctx, by, op, in, login)
	if errors.Is(err, errCredentials) {
		err = s.missed(ctx, by, op, at, errCredentials)
	}
	return out, err
}

// compare is enter once it is known whose password it has to be.
func (s *Signin) compare(ctx context.Context, by *kith.Actor, op gate.Op, in Login, login store.Login) (*SignedIn, error) {
	out, err := s.signIn(ctx, by, op, in, login)
	changed, is := errors.AsType[*moved](err)
	if !is {
		return out, err
	}
	// Somebody changed the hash, or the user's state, while we compared. A hash made anew by the same
	// person's other sign-in deserves a second look; anything else is a refusal.
	if changed.now == login {
		return nil, errCredentials
	}
	out, err = s.signIn(ctx, by, op, in, changed.now)
	if _, again := errors.AsType[*moved](err); again {
		err = errCredentials
	}
	return out, err
}

// moved says that what was compared is no longer what is stored, and what is: as the transaction sees it,
// for what it saw may not be committed yet. It is never shown.
type moved struct{ now store.Login }

// Error is for the log, where it never gets to.
func (m *moved) Error() string { return "signin: the credential changed meanwhile" }

// signIn compares the password with what was found, and begins the session if that still stands.
func (s *Signin) signIn(ctx context.Context, by *kith.Actor, op gate.Op, in Login, login store.Login) (*SignedIn, error) {
	if login.Hash == "" {
		return nil, s.refuseUnknown(ctx, in.Password)
	}
	fresh, err := s.verify(ctx, login.Hash, in.Password)
	if err != nil {
		return nil, err
	}
	return gate.Change(ctx, s.gate, by, op, in, func(ctx context.Context, tx *gate.Tx, in Login) (*SignedIn, error) {
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		// The hash is checked again, in one statement with the user's state.
		if err := tx.Credentials.SignIn(ctx, login.User, login.Hash); errors.Is(err, store.ErrNotFound) {
			now, err := tx.Credentials.ByID(ctx, login.User)
			if err != nil {
				return nil, err
			}
			return nil, &moved{now}
		} else if err != nil {
			return nil, err
		}
		if fresh != "" {
			if err := tx.Credentials.SetPassword(ctx, login.User, login.Hash, fresh); err != nil {
				return nil, err
			}
		}
		g := s.standard(by.Company, in.Duration, grant{user: login.User, methods: kith.MethodPassword, application: in.Application})
		if in.jwt != nil {
			g = in.jwt.grant(by.Company, g)
		}
		return s.issue(ctx, tx, g)
	})
}

// find looks for the user that a typed name means, and whom wrong passwords are counted for. It fails with
// Limited if there were too many.
func (s *Signin) find(ctx context.Context, by *kith.Actor, op gate.Op, in Login) (login store.Login, at guessed, err error) {
	_, err = gate.Read(ctx, s.gate, by, op, func(ctx context.Context, tx *gate.Tx) (_ any, err error) {
		look := findLogin
		if in.jwt != nil {
			look = in.jwt.findLogin
		}
		if login, err = look(ctx, tx, in.User); err != nil {
			return nil, err
		}
		if at, err = tried(ctx, tx, in, login.User); err != nil {
			return nil, err
		}
		_, err = checkGuesses(ctx, tx, at.about)
		return nil, err
	})
	return login, at, err
}

// findLogin looks for the user that a typed name means. A name that may mean several is tried in order; none
// gives the zero Login.
func findLogin(ctx context.Context, tx *gate.Tx, typed string) (login store.Login, err error) {
	for _, c := range directory.Classify(typed) {
		if c.Kind == 0 {
			login, err = tx.Credentials.ByID(ctx, c.User)
		} else {
			login, err = tx.Credentials.ByIdentifier(ctx, c.Kind, c.Folded)
		}
		if !errors.Is(err, store.ErrNotFound) {
			return login, err
		}
	}
	return store.Login{}, nil
}

// verify compares a password with a hash, in the pool. It returns a fresh hash if the stored one is of
// an older kind, and fails with errCredentials if they do not match.
func (s *Signin) verify(ctx context.Context, hash, password string) (fresh string, err error) {
	var ok, rehash bool
	err = s.pool.Do(ctx, func() {
		if ok, rehash = s.hasher.Verify(hash, password); ok && rehash {
			fresh = s.hasher.Hash(password)
		}
	})
	if err == nil && !ok {
		err = errCredentials
	}
	return fresh, err
}

// refuseUnknown spends what a real comparison costs, and refuses.
func (s *Signin) refuseUnknown(ctx context.Context, password string) error {
	if err := s.pool.Do(ctx, func() { s.hasher.Unknown(password) }); err != nil {
		return err
	}
	return errCredentials
}

// life is how long a session lives: what was asked for, if the company allows that, else its default.
func (s *Signin) life(c *kith.Company, asked time.Duration) time.Duration {
	if asked > 0 && c.Settings.AllowSessionDurations {
		return min(max(asked, kith.MinSessionDuration), kith.MaxSessionDuration)
	}
	return c.Settings.DefaultSessionDuration
}

// standard gives a grant the life that sessions of the company have: see life. Where nobody asked for one,
// an application's own comes first.
func (s *Signin) standard(c *kith.Company, asked time.Duration, g grant) grant {
	g.life = s.life(c, asked)
	g.byApplication = asked == 0 || !c.Settings.AllowSessionDurations
	return g
}

// grant is what a session is issued on.
type grant struct {
	user    kith.UserID
	methods kith.Methods
	life    time.Duration // zero: permanent
	label   string
	fixed   bool // its end is final: no refresh token

	application   kith.Serial // zero: the one that the company was born with
	byApplication bool        // its token life, if it has one, takes the place of life
}

// issue is the one step that begins sessions, whatever way somebody came. Guesses at the password, where
// that was the way, and the factors that the user has set up are asked here: a session that still owes one is good for nothing else.
func (s *Signin) issue(ctx context.Context, tx *gate.Tx, g grant) (*SignedIn, error) {
	if g.methods&kith.MethodPassword != 0 {
		if err := passGuesses(ctx, tx, g.user); err != nil {
			return nil, err
		}
	}
	challenges, err := owed(ctx, tx, g)
	if err != nil {
		return nil, err
	}
	application, err := applicationOf(ctx, tx, g.application)
	if err != nil {
		return nil, err
	}
	if g.byApplication && application.TokenLife > 0 {
		g.life = application.TokenLife
	}
	session := &kith.Session{ID: tx.NewSessionID(), User: g.user, Application: application.ID, Purpose: kith.PurposeAccess,
		Methods: g.methods, Label: g.label, Device: tx.By.Remote.Agent, LastUsed: tx.Now}
	if g.life > 0 {
		session.ExpiresAt = tx.Now.Add(g.life)
	}
	if g.life > 0 && !g.fixed {
		session.Refresh = kith.Refresh{Generation: 1, RotatedAt: tx.Now, ExpiresAt: tx.Now.Add(kith.RefreshLife)}
	}
	if len(challenges) > 0 {
		session.Purpose = kith.PurposePreMFA
		session.ExpiresAt = tx.Now.Add(kith.ChallengeLife)
		session.Refresh = kith.Refresh{}
	}
	token, err := s.insert(ctx, tx, session)
	if err != nil {
		return nil, err
	}
	e := kith.Event{Noun: kith.NounSession, Verb: kith.Add, Row: session.Handle, Subject: g.user, Session: session.ID}
	if tx.By.IsGuest() { // who just proved to be the user; anybody else made it for them
		e.Actor = g.user
	}
	tx.Record(e)
	return s.signedIn(ctx, tx, session.ID, token, challenges)
}

// applicationOf finds the application that a session is for. One that is named is held, so that it cannot
// be deleted, with its sessions, while this one is begun.
func applicationOf(ctx context.Context, tx *gate.Tx, id kith.Serial) (*kith.Application, error) {
	if id == 0 {
		return tx.Applications.First(ctx)
	}
	app, err := tx.Applications.Lock(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, kith.BadField("application", kith.CodeNotFound, "There is no such application.")
	}
	return app, err
}

// insert adds a session under a token that it draws, and gives the token. A handle that the company has is
// drawn again.
func (s *Signin) insert(ctx context.Context, tx *gate.Tx, session *kith.Session) (string, error) {
	for range draws {
		token, err := newAccessToken(s.gate.Random, tx.By.CompanyID())
		if err != nil {
			return "", err
		}
		session.Handle = handleOf(token)
		if err := tx.Sessions.Insert(ctx, session, hashOf(token)); !errors.Is(err, store.ErrExists) {
			return token, err
		}
	}
	return "", errNoHandle
}

// draws bounds how often a handle that is taken is drawn again.
const draws = 20

var errNoHandle = errors.New("signin: no free handle found")

// signedIn reads a session as the next request will, and adds its tokens.
func (s *Signin) signedIn(ctx context.Context, tx *gate.Tx, id kith.SessionID, token string, challenges []kith.Challenge) (*SignedIn, error) {
	r, err := tx.Sessions.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &SignedIn{Member: kith.Member{User: r.User, Group: r.Group, Company: r.Company}, Session: r.Session,
		Token: token, Challenges: challenges}
	if r.Session.Refresh.ExpiresAt.IsZero() {
		return out, nil
	}
	key, err := tx.RefreshKey(ctx)
	if err != nil {
		return nil, err
	}
	out.Refresh = refreshToken(key, r.Session.ID, r.Session.Refresh.Generation, tx.By.CompanyID())
	return out, nil
}

// owed computes what a session on this grant still owes: the second factors in force, unless one was
// proved already. A link is no second factor: it proves an address.
func owed(ctx context.Context, tx *gate.Tx, g grant) ([]kith.Challenge, error) {
	if g.methods&(kith.MethodTOTP|kith.MethodSMS|kith.MethodPasskey) != 0 {
		return nil, nil
	}
	factors, err := tx.Factors.InForce(ctx, g.user)
	if err != nil || len(factors) == 0 {
		return nil, err
	}
	challenge := kith.Challenge{ID: strconv.FormatInt(int64(factors[0].ID), 10), CreatedAt: tx.Now}
	for _, f := range factors {
		challenge.Factors = append(challenge.Factors, f.Kind)
	}
	return []kith.Challenge{challenge}, nil
}

// Clear says which of a user's other sessions end with an operation.
type Clear uint8

// The choices.
const (
	ClearNone      Clear = iota // none but the one that the operation is about
	ClearTemporary              // all that expire by themselves
	ClearAll                    // permanent tokens too
)

// OpSignOut ends one's own session.
var OpSignOut = gate.Op{Name: "session.delete", Noun: kith.NounSession, Verb: kith.Delete, Section: kith.SectionUser, Bearer: true}

// SignOut ends the actor's session, and of their others as many as clear says. To end others takes the
// permission to end tokens; to end one's own takes nothing.
func (s *Signin) SignOut(ctx context.Context, by *kith.Actor, clear Clear) error {
	op := OpSignOut
	if clear != ClearNone {
		op = OpDeleteToken
	}
	_, err := gate.Change(ctx, s.gate, by, op, clear, func(ctx context.Context, tx *gate.Tx, clear Clear) (any, error) {
		if clear != ClearNone {
			if err := directory.EndSessions(ctx, tx, by.User.ID, by.Session.ID, clear == ClearAll); err != nil {
				return nil, err
			}
		}
		r, err := tx.Sessions.ByID(ctx, by.Session.ID)
		if err == nil {
			err = tx.Sessions.Delete(ctx, by.Session.ID)
		}
		if errors.Is(err, store.ErrNotFound) {
			tx.Unchanged() // ended by another request a moment ago, which told of it
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		tx.Record(ended(r.Session, by.User.ID))
		return nil, nil
	})
	return err
}

// ended tells that a session is over.
func ended(session *kith.Session, user kith.UserID) kith.Event {
	return directory.SessionEnded(session, user)
}
