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

// Person is what somebody who registers tells about themself.
type Person struct {
	Username, Email, Mobile string // at least one
	Password                string
	Profile                 kith.ProfileChange
	TermsAndConditions      bool // accepted
	PrivacyPolicy           bool // accepted
}

// UserRegistration makes a user of a company.
type UserRegistration struct {
	Person
	Company  string   // slug
	Groups   []string // at most one, a public role group; none for the default
	Duration time.Duration

	Application kith.Serial // whom the session is for; zero: the application that the company was born with
}

// CompanyRegistration makes a company and its owner.
type CompanyRegistration struct {
	Person
	Company    directory.NewCompany
	SetupToken string
}

// The operations that make users and companies.
var (
	OpRegister        = gate.Op{Name: "user.register", Noun: kith.NounUser, Verb: kith.Add, Open: true}
	OpRegisterCompany = gate.Op{Name: "company.register", Noun: kith.NounCompany, Verb: kith.Add, Open: true}
)

// checked is a Person whose fields are in their normal form and whose password is hashed.
type checked struct {
	identifiers []kith.Identifier
	profile     kith.ProfileChange
	hash        string
}

// check brings a person's fields into their normal form and reports every bad one, the password's too.
func (s *Signin) check(in Person, c *kith.Company) (checked, error) {
	person, err := s.checkPerson(in, c)
	var told kith.Profile
	told, _ = told.Apply(person.profile)
	if bad := CheckPassword(c.Mode, in.Password, ownWords(c, in.Username, in.Email, told)...); bad != nil {
		err = errors.Join(err, kith.AsError(bad).In("password"))
	}
	return person, err
}

// checkPerson is check without the password.
func (s *Signin) checkPerson(in Person, c *kith.Company) (checked, error) {
	var errs []error
	identifiers, err := directory.CheckIdentifiers(in.Username, in.Email, in.Mobile)
	errs = append(errs, err)
	if in.Username == "" && in.Email == "" && in.Mobile == "" {
		errs = append(errs, kith.BadField("email", kith.CodeRequired, "Give an email, a mobile or a username."))
	}
	profile, err := s.directory.CheckProfile(in.Profile)
	errs = append(errs, err, directory.CheckPlaces(c, profile))
	return checked{identifiers: identifiers, profile: profile}, errors.Join(errs...)
}

// ownWords are the words that a password must not be made of.
func ownWords(c *kith.Company, username, email string, p kith.Profile) []string {
	local, _, _ := strings.Cut(email, "@")
	return []string{c.Slug, c.Details.Name, username, local, p[kith.FirstName], p[kith.LastName]}
}

func (s *Signin) hash(ctx context.Context, password string) (string, error) {
	var hash string
	err := s.pool.Do(ctx, func() { hash = s.hasher.Hash(password) })
	return hash, err
}

// Register makes a user of a company and signs them in. It fails with Invalid for each bad field and
// with Conflict if an identifier is taken; in a company with hidden disclosure neither the answer (nil,
// always) nor its cost tells, and the mail does.
func (s *Signin) Register(ctx context.Context, by *kith.Actor, in UserRegistration) (*SignedIn, error) {
	guest, err := s.directory.Guest(ctx, by, in.Company)
	if errors.Is(err, kith.ErrNotFound) {
		return nil, kith.BadField("company", kith.CodeNotFound, "There is no such company.")
	} else if err != nil {
		return nil, err
	}
	settings := guest.Company.Settings
	if !settings.AllowRegistrations {
		return nil, errRegistrationOff
	}
	if err := checkTerms(settings, in); err != nil {
		return nil, err
	}
	person, err := s.check(in.Person, guest.Company)
	if err != nil {
		return nil, err
	}
	if person.hash, err = s.hash(ctx, in.Password); err != nil { // last, so that nobody makes us hash for nothing
		return nil, err
	}
	out, err := gate.Change(ctx, s.gate, guest, OpRegister, in, func(ctx context.Context, tx *gate.Tx, in UserRegistration) (*SignedIn, error) {
		group, err := groupFor(ctx, tx, in.Groups)
		if err != nil {
			return nil, err
		}
		user := directory.NewUser{Group: group}
		if settings.Disclosure == kith.Hidden {
			return nil, s.addHidden(ctx, tx, user, person)
		}
		return s.addAndSignIn(ctx, tx, user, person, s.standard(guest.Company, in.Duration, grant{application: in.Application}))
	})
	if settings.Disclosure == kith.Visible {
		return out, err
	}
	if e := kith.AsError(err); err != nil && e.Kind == kith.Conflict { // with somebody whom staff made at that moment
		_, err = gate.Change(ctx, s.gate, guest, OpRegister, person, func(ctx context.Context, tx *gate.Tx, in checked) (any, error) {
			tx.Unchanged()
			_, err := s.tellHolder(ctx, tx, in)
			return nil, err
		})
	}
	return nil, err
}

var errRegistrationOff = &kith.Error{Kind: kith.Forbidden, Code: kith.CodeRegistrationOff,
	Message: "This company does not take registrations. Ask it to add you."}

// checkTerms reports every field that the company's settings miss.
func checkTerms(settings kith.CompanySettings, in UserRegistration) error {
	var errs []error
	if settings.RequireTermsAndConditions && !in.TermsAndConditions {
		errs = append(errs, kith.BadField("terms_and_conditions", kith.CodeRequired, "The terms and conditions must be accepted."))
	}
	if settings.RequirePrivacyPolicy && !in.PrivacyPolicy {
		errs = append(errs, kith.BadField("privacy_policy", kith.CodeRequired, "The privacy policy must be accepted."))
	}
	if len(in.Groups) > 1 {
		errs = append(errs, kith.BadField("groups", kith.CodeNotAllowed, "Give one group at most."))
	}
	return errors.Join(errs...)
}

// groupFor finds the role group of somebody who registers: the public one they chose, or the default.
func groupFor(ctx context.Context, tx *gate.Tx, names []string) (*kith.Group, error) {
	if len(names) == 0 {
		g, err := tx.Groups.Default(ctx)
		if errors.Is(err, store.ErrNotFound) {
			return nil, kith.BadField("groups", kith.CodeNoDefaultGroup, "This company has no default group: choose one.")
		}
		return g, err
	}
	g, err := tx.Groups.Named(ctx, names[0])
	if errors.Is(err, store.ErrNotFound) || err == nil && (!g.Public || g.Archived) {
		return nil, kith.BadField("groups", kith.CodeNotAllowed, "There is no public group of that name.")
	}
	return g, err
}

// addPerson is the step that makes a user who comes with a password, and has them prove their address.
func (s *Signin) addPerson(ctx context.Context, tx *gate.Tx, u directory.NewUser, in checked) error {
	u.Identifiers, u.Profile = in.identifiers, in.profile
	member, err := directory.AddUser(ctx, tx, u)
	if err != nil {
		return err
	}
	if err := tx.Credentials.SetPassword(ctx, member.User.ID, "", in.hash); err != nil {
		return err
	}
	return s.sendFirstProofs(ctx, tx, member, in.identifiers)
}

// addAndSignIn is the step that makes a user who comes with a password, and signs them in.
func (s *Signin) addAndSignIn(ctx context.Context, tx *gate.Tx, u directory.NewUser, in checked, g grant) (*SignedIn, error) {
	if u.ID.IsZero() {
		u.ID = tx.NewUserID()
	}
	if err := s.addPerson(ctx, tx, u, in); err != nil {
		return nil, err
	}
	if err := tx.Credentials.SignIn(ctx, u.ID, in.hash); err != nil {
		return nil, err
	}
	g.user, g.methods = u.ID, kith.MethodPassword
	return s.issue(ctx, tx, g)
}

// addHidden is addPerson where nobody may learn who is here already: if the address or the number is taken, its holder
// is told, and it looks as if somebody was added. Of several who come with one name at once each waits for the one
// before, so that none of them meets the other's row.
func (s *Signin) addHidden(ctx context.Context, tx *gate.Tx, u directory.NewUser, in checked) error {
	key, err := tx.TallyKey(ctx)
	if err != nil {
		return err
	}
	for _, i := range in.identifiers {
		if _, _, err := tx.Tallies.Hold(ctx, store.TallySends, aboutName(key, "sign-up "+i.Folded)); err != nil {
			return err
		}
	}
	taken, err := s.tellHolder(ctx, tx, in)
	if err != nil || taken {
		tx.Unchanged()
		return err
	}
	return s.addPerson(ctx, tx, u, in)
}

// tellHolder is the step that writes to whoever holds the e-mail address or the number that somebody tried to register
// with. It reports whether there is anybody who holds one of the names.
func (s *Signin) tellHolder(ctx context.Context, tx *gate.Tx, in checked) (bool, error) {
	taken := false
	for _, i := range in.identifiers {
		held, err := tx.Identifiers.Named(ctx, i.Kind, i.Folded)
		if errors.Is(err, store.ErrNotFound) {
			continue
		} else if err != nil {
			return false, err
		}
		taken = true
		if i.Kind == kith.Username {
			continue
		}
		user, err := tx.Users.Get(ctx, held.User)
		if err != nil {
			return false, err
		}
		may, err := s.maySend(ctx, tx, user.ID, held.Folded)
		if may {
			message.Send(tx, kith.Member{User: user, Company: tx.By.Company}, held, message.Note{Kind: message.AlreadyHere})
		}
		return true, err
	}
	return taken, nil
}

// OpRegisterFor is what a route asks where staff register users.
var OpRegisterFor = gate.Op{Name: "user.add", Noun: kith.NounUser, Verb: kith.Add, Section: kith.SectionAdmin}

// RegisterFor makes a user of the actor's company and signs them in, on behalf of a back end: as Register,
// whether or not the company takes registrations, into any group that the actor may put users into, and
// telling what is taken.
func (s *Signin) RegisterFor(ctx context.Context, by *kith.Actor, in UserRegistration) (*SignedIn, error) {
	_, err := gate.Read(ctx, s.gate, by, OpRegisterFor, func(context.Context, *gate.Tx) (any, error) { return nil, nil })
	if err != nil { // before anybody makes us hash
		return nil, err
	}
	if err := checkTerms(by.Company.Settings, in); err != nil {
		return nil, err
	}
	person, err := s.check(in.Person, by.Company)
	if err != nil {
		return nil, err
	}
	if person.hash, err = s.hash(ctx, in.Password); err != nil {
		return nil, err
	}
	return gate.Change(ctx, s.gate, by, OpRegisterFor, in, func(ctx context.Context, tx *gate.Tx, in UserRegistration) (*SignedIn, error) {
		if err := s.stillThere(ctx, tx); err != nil {
			return nil, err
		}
		group, err := directory.GroupForNew(ctx, tx, in.Groups)
		if err != nil {
			return nil, err
		}
		return s.addAndSignIn(ctx, tx, directory.NewUser{Group: group}, person, s.standard(by.Company, in.Duration, grant{application: in.Application}))
	})
}
