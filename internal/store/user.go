package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"kith"
)

type users struct{ tx *Tx }

// flags of a user's row. The numbers are stored.
const (
	flagArchived = 1 << iota
	flagDeactivated
	flagTemporary
	flagEmailVerified
	flagMobileVerified
	flagDeleteRequested
	flagDeleted
)

type userSettings struct {
	AllowTransactions       bool `json:"allow_transactions"`
	AllowDebitTransactions  bool `json:"allow_debit_transactions"`
	AllowCreditTransactions bool `json:"allow_credit_transactions"`
}

const userColumns = `u.id, u.kind, u.status, u.flags, u.mode, u.username, u.email, u.mobile,
	u.profile, u.metadata, u.settings, u.account, u.picture, u.permissions, u.last_login,
	u.created_at, u.updated_at`

// userRow is where a user's columns are scanned to.
type userRow struct {
	user                        kith.User
	flags                       int
	profile, metadata, settings string
	permissions                 []byte
	lastLogin, created, updated int64
}

func (r *userRow) dest() []any {
	u := &r.user
	return []any{idDest(&u.ID), &u.Kind, &u.Status, &r.flags, &u.Mode, &u.Username, &u.Email, &u.Mobile,
		&r.profile, &r.metadata, &r.settings, &u.Account, idDest(&u.Picture), &r.permissions, &r.lastLogin, &r.created, &r.updated}
}

// size is how much text was read.
func (r *userRow) size() int { return len(r.profile) + len(r.metadata) + len(r.settings) }

func (r *userRow) read() (*kith.User, error) {
	u := &r.user
	setUserFlags(u, r.flags)
	u.Permissions = kith.PermissionsOf(r.permissions)
	u.LastLogin, u.CreatedAt, u.UpdatedAt = at(r.lastLogin), at(r.created), at(r.updated)
	if err := readProfile(r.profile, &u.Profile); err != nil {
		return nil, err
	}
	if err := undocument(r.metadata, &u.Metadata); err != nil {
		return nil, err
	}
	settings := userSettings(kith.DefaultUserSettings())
	err := undocument(r.settings, &settings)
	u.Settings = kith.UserSettings(settings)
	return u, err
}

// setUserFlags reads what userFlags wrote.
func setUserFlags(u *kith.User, flags int) {
	u.Archived = flags&flagArchived != 0
	u.Deactivated = flags&flagDeactivated != 0
	u.Temporary = flags&flagTemporary != 0
	u.EmailVerified = flags&flagEmailVerified != 0
	u.MobileVerified = flags&flagMobileVerified != 0
	switch {
	case flags&flagDeleted != 0:
		u.Retention = kith.Deleted
	case flags&flagDeleteRequested != 0:
		u.Retention = kith.DeleteRequested
	default:
		u.Retention = kith.Retaining
	}
}

func userFlags(u *kith.User) int {
	return bit(u.Archived, flagArchived) | bit(u.Deactivated, flagDeactivated) | bit(u.Temporary, flagTemporary) |
		bit(u.EmailVerified, flagEmailVerified) | bit(u.MobileVerified, flagMobileVerified) |
		bit(u.Retention == kith.DeleteRequested, flagDeleteRequested) | bit(u.Retention == kith.Deleted, flagDeleted)
}

func bit(on bool, flag int) int {
	if on {
		return flag
	}
	return 0
}

// attributeCodes are the names of attributes as they are stored. Add, never change: an attribute without
// one is stored under its own name, and so is one in a row that an earlier kith wrote.
var attributeCodes = map[kith.Attribute]string{
	kith.FirstName: "f", kith.MiddleName: "m", kith.LastName: "l", kith.IDNumber: "i", kith.BirthDate: "b",
	kith.Language: "a", kith.Nationality: "n", kith.Residency: "r", kith.Gender: "g", kith.Title: "t", kith.Timezone: "z",
}

var attributeByCode = func() map[string]kith.Attribute {
	m := make(map[string]kith.Attribute)
	for a, code := range attributeCodes {
		m[code] = a
	}
	return m
}()

// readProfile reads what writeProfile wrote, or the JSON that an earlier kith did.
func readProfile(text string, into *kith.Profile) error {
	if strings.HasPrefix(text, "{") {
		var values map[string]string
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return err
		}
		for name, value := range values {
			setAttribute(into, name, value)
		}
	} else {
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			name, value := line[:min(1, len(line))], line[min(1, len(line)):]
			if name == longName {
				name, value, _ = strings.Cut(value, longName)
			}
			setAttribute(into, name, unescapeLine.Replace(value))
		}
	}
	if into[kith.Language] == "" {
		into[kith.Language] = kith.DefaultLanguage
	}
	return nil
}

func setAttribute(into *kith.Profile, name, value string) {
	a, ok := attributeByCode[name]
	if !ok {
		a, ok = kith.AttributeNamed(name)
	}
	if ok {
		into[a] = value
	}
}

// longName stands before and after the name of an attribute that has no code.
const longName = ":"

var (
	escapeLine   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	unescapeLine = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// writeProfile writes a line for each attribute: its code and its value.
func writeProfile(p kith.Profile) string {
	var text strings.Builder
	for a := range kith.AttributeCount {
		if p[a] == "" || a == kith.Language && p[a] == kith.DefaultLanguage {
			continue
		}
		name, ok := attributeCodes[a]
		if !ok {
			name = longName + a.String() + longName
		}
		text.WriteString(name + escapeLine.Replace(p[a]) + "\n")
	}
	return text.String()
}

func writeUserSettings(s kith.UserSettings) string {
	return document(userSettings(s), s == kith.DefaultUserSettings())
}

// Insert adds a user to the role group (zero: none), with the salt of their data key, counts them and
// writes the terms they are searched by. It fails with ErrExists if the id was ever used in the company.
func (us users) Insert(ctx context.Context, u *kith.User, group kith.GroupID, salt []byte) error {
	return us.Import(ctx, u, group, salt, "")
}

// Import is Insert of a user who comes with a password's hash; "" for none.
func (us users) Import(ctx context.Context, u *kith.User, group kith.GroupID, salt []byte, hash string) error {
	_, err := us.tx.exec(ctx, `INSERT INTO users (company_id, id, kind, status, flags, mode, group_id, username, email,
		mobile, profile, metadata, settings, account, salt, password, permissions, last_login, created_at, updated_at, picture)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		u.ID[:], int(u.Kind), int(u.Status), userFlags(u), int(u.Mode), idArg(group), u.Username, u.Email,
		u.Mobile, writeProfile(u.Profile), document(u.Metadata, len(u.Metadata) == 0), writeUserSettings(u.Settings),
		u.Account, salt, packHash(hash), permissionBytes(u.Permissions), stamp(u.LastLogin), stamp(u.CreatedAt), stamp(u.UpdatedAt),
		idArg(u.Picture))
	if err != nil {
		return err
	}
	if err := us.tx.Counts.add(ctx, counted(u, 1)); err != nil {
		return err
	}
	return us.PutTerms(ctx, u.ID, nil, termsOf(u))
}

// Get reads a user of the company. In a View, maps and slices of what it gives are shared: do not write to them.
func (us users) Get(ctx context.Context, id kith.UserID) (*kith.User, error) {
	seen, key := us.tx.seen, rowKey[kith.User]{us.tx.By.CompanyID(), id}
	if seen != nil {
		if u, err := us.recall(ctx, key); u != nil || err != nil {
			return u, err
		}
	}
	var r userRow
	var version int64
	var group kith.GroupID
	err := us.tx.row(ctx, `SELECT u.version, u.group_id, `+userColumns+` FROM users u WHERE u.company_id = $1 AND u.id = $2`,
		id[:]).Scan(append([]any{&version, idDest(&group)}, r.dest()...)...)
	if err != nil {
		return nil, err
	}
	u, err := r.read()
	if err == nil && seen != nil {
		seen.users.put(key, versioned[memberRow]{version, memberRow{*u, group}, r.size()})
	}
	return u, err
}

// recall gives a user as read before, if that is the version that the row has now; nil if not. Two columns cost less
// than all.
func (us users) recall(ctx context.Context, key rowKey[kith.User]) (*kith.User, error) {
	var version int64
	var flags int
	err := us.tx.row(ctx, `SELECT u.version, u.flags FROM users u WHERE u.company_id = $1 AND u.id = $2`, key.id[:]).Scan(&version, &flags)
	if err != nil {
		return nil, err
	}
	member, known := us.tx.seen.users.get(key, version)
	if !known {
		return nil, nil
	}
	setUserFlags(&member.user, flags)
	return &member.user, nil
}

// Member reads a user with their role group. The company is the caller's to add.
func (us users) Member(ctx context.Context, id kith.UserID) (kith.Member, error) {
	u, err := us.Get(ctx, id)
	if err != nil {
		return kith.Member{}, err
	}
	g, err := us.tx.Groups.Of(ctx, id)
	if errors.Is(err, ErrNotFound) {
		g, err = nil, nil
	}
	return kith.Member{User: u, Group: g}, err
}

// Lock reads a user and holds the row until the transaction ends, for a read that a write depends on.
func (us users) Lock(ctx context.Context, id kith.UserID) (*kith.User, error) {
	var r userRow
	err := us.tx.row(ctx, `SELECT `+userColumns+` FROM users u WHERE u.company_id = $1 AND u.id = $2`+
		us.tx.lockRow(), id[:]).Scan(r.dest()...)
	if err != nil {
		return nil, err
	}
	return r.read()
}

// Put writes what may change of a user: not the id, the kind, the group, the account, the salt or the
// credential. was is the row as it is, read in this transaction: by it the count of users and the terms
// follow the change. It fails with ErrNotFound if the user is not there.
func (us users) Put(ctx context.Context, was, u *kith.User) error {
	err := us.tx.one(ctx, `UPDATE users SET status = $3, flags = $4, mode = $5, username = $6, email = $7,
		mobile = $8, profile = $9, metadata = $10, settings = $11, updated_at = $12, permissions = $13, picture = $14,
		version = version + 1
		WHERE company_id = $1 AND id = $2`,
		u.ID[:], int(u.Status), userFlags(u), int(u.Mode), u.Username, u.Email,
		u.Mobile, writeProfile(u.Profile), document(u.Metadata, len(u.Metadata) == 0), writeUserSettings(u.Settings),
		stamp(u.UpdatedAt), permissionBytes(u.Permissions), idArg(u.Picture))
	if err != nil {
		return err
	}
	if was.Archived != u.Archived {
		if err := us.tx.Links.Rest(ctx, kith.NounUser, u.ID[:], u.Archived); err != nil {
			return err
		}
	}
	before, after := counted(was, 1), counted(u, 1)
	err = us.tx.Counts.add(ctx, kith.UserOverview{Active: after.Active - before.Active, Archived: after.Archived - before.Archived})
	if err != nil {
		return err
	}
	return us.PutTerms(ctx, u.ID, termsOf(was), termsOf(u))
}

// SetGroup puts a user into a role group; zero takes them out of theirs. It fails with ErrNotFound if the
// user is not there.
func (us users) SetGroup(ctx context.Context, id kith.UserID, group kith.GroupID) error {
	return us.tx.one(ctx, `UPDATE users SET group_id = $3, updated_at = $4, version = version + 1
		WHERE company_id = $1 AND id = $2`, id[:], idArg(group), stamp(us.tx.Now))
}

// SetAccount writes which account is the user's primary one. It fails with ErrNotFound if the user is
// not there.
func (us users) SetAccount(ctx context.Context, id kith.UserID, reference string) error {
	return us.tx.one(ctx, `UPDATE users SET account = $3, updated_at = $4, version = version + 1
		WHERE company_id = $1 AND id = $2`, id[:], reference, stamp(us.tx.Now))
}

// permissionBytes is how a set is stored: NULL for an empty one.
func permissionBytes(s kith.Permissions) []byte {
	if b := s.Bytes(); len(b) > 0 {
		return b
	}
	return nil
}

// Salt reads the salt of a user's data key; nil once the user is erased.
func (us users) Salt(ctx context.Context, id kith.UserID) ([]byte, error) {
	var salt []byte
	err := us.tx.row(ctx, `SELECT salt FROM users WHERE company_id = $1 AND id = $2`, id[:]).Scan(&salt)
	return salt, err
}

// namedAtOnce is how many users one statement of Named looks up.
const namedAtOnce = 16

// Named reads what shows beside others' rows of some users, with their salts: their id, names, e-mail and
// mobile, and nothing of those who are not there.
func (us users) Named(ctx context.Context, ids []kith.UserID) (map[kith.UserID]*kith.User, map[kith.UserID][]byte, error) {
	found, salts := make(map[kith.UserID]*kith.User), make(map[kith.UserID][]byte)
	for len(ids) > 0 {
		args := make([]any, namedAtOnce)
		for i := range args {
			args[i] = ids[min(i, len(ids)-1)][:]
		}
		err := each(ctx, us.tx, `SELECT u.id, u.username, u.email, u.mobile, u.profile, u.flags, u.salt FROM users u
			WHERE u.company_id = $1 AND u.id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			args, func(row rowScanner) error {
				u := new(kith.User)
				var profile string
				var flags int
				var salt []byte
				err := row.Scan(idDest(&u.ID), &u.Username, &u.Email, &u.Mobile, &profile, &flags, &salt)
				if err != nil {
					return err
				}
				setUserFlags(u, flags)
				found[u.ID], salts[u.ID] = u, salt
				return readProfile(profile, &u.Profile)
			})
		if err != nil {
			return nil, nil, err
		}
		ids = ids[min(namedAtOnce, len(ids)):]
	}
	return found, salts, nil
}
