package identity

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"citybrain/city"
)

// Draft is an account that is to be made.
type Draft struct {
	ID       city.AccountID
	Name     city.Names
	Posts    []city.PostID
	Password string // "": it signs in elsewhere
}

// Amendment is what is to change of an account; nil stays.
type Amendment struct {
	Name     *city.Names
	Posts    *[]city.PostID
	Password *string // ends the account's sessions
	Disabled *bool   // true ends the account's sessions
}

// Passwords is a person who changes their own password.
type Passwords struct{ Old, New, Address string }

// maxName bounds a name and maxPosts the posts of an account.
const (
	maxName  = 100 // characters
	maxPosts = 50
)

// Create makes an account. Whether by may is for the caller to decide. Conflict
// if there is one of this id, Invalid if something of it breaks a rule.
func (o *Office) Create(ctx context.Context, by city.Actor, d Draft, now city.Instant, random io.Reader) (Account, error) {
	if err := CheckID(d.ID); err != nil {
		return Account{}, err
	}
	a := Account{ID: d.ID, Name: d.Name, Posts: d.Posts, Version: 1, CreatedAt: now, ChangedAt: now}
	if err := o.check(&a); err != nil {
		return Account{}, err
	}
	if d.Password != "" {
		if err := o.setPassword(ctx, "password", &a, d.Password, random); err != nil {
			return Account{}, err
		}
	}
	err := o.save(ctx, &a, "create", by.Account, Change{})
	if city.KindOf(err) == city.Conflict {
		err = &city.Error{Kind: city.Conflict, Op: "identity", Field: "id", Detail: "there is an account " + string(d.ID) + " already", Err: err}
	}
	return a, err
}

// Amend changes an account. Whether by may is for the caller to decide.
// Conflict if it would leave the city without an administrator.
func (o *Office) Amend(ctx context.Context, by city.Actor, id city.AccountID, m Amendment, now city.Instant, random io.Reader) (Account, error) {
	o.changing.Lock()
	defer o.changing.Unlock()
	before, err := o.Records.Account(ctx, id)
	if err != nil {
		return Account{}, err
	}
	after, err := o.amended(ctx, before, m, random)
	if err != nil {
		return Account{}, err
	}
	if o.administers(&before) && !o.administers(&after) {
		other, err := o.otherAdministrator(ctx, id)
		if err != nil {
			return Account{}, err
		}
		if !other {
			return Account{}, city.Errorf(city.Conflict, "identity", "%s is the last administrator: give the post to another account first", id)
		}
	}
	after.Version, after.ChangedAt = before.Version+1, now
	ends := m.Password != nil || after.Disabled && !before.Disabled
	return after, o.save(ctx, &after, "change", by.Account, Change{EndSessions: ends})
}

// amended is an account with what is to change.
func (o *Office) amended(ctx context.Context, a Account, m Amendment, random io.Reader) (Account, error) {
	if m.Name != nil {
		a.Name = *m.Name
	}
	if m.Posts != nil {
		a.Posts = *m.Posts
	}
	if m.Disabled != nil {
		a.Disabled = *m.Disabled
	}
	if m.Name != nil || m.Posts != nil {
		if err := o.check(&a); err != nil {
			return a, err
		}
	}
	if m.Password == nil {
		return a, nil
	}
	return a, o.setPassword(ctx, "password", &a, *m.Password, random)
}

// ChangePassword gives who is signed in as an account another password. All of
// its sessions end and a new one begins. Attempts are counted as in SignIn.
func (o *Office) ChangePassword(ctx context.Context, id city.AccountID, p Passwords, now city.Instant, random io.Reader) (*Opened, error) {
	o.changing.Lock()
	defer o.changing.Unlock()
	a, err := o.known(ctx, Attempt{Account: id, Password: p.Old, Address: p.Address}, now)
	if err != nil {
		return nil, err
	}
	if err := o.setPassword(ctx, "new", &a, p.New, random); err != nil {
		return nil, err
	}
	a.Version, a.ChangedAt = a.Version+1, now
	if err := o.save(ctx, &a, "password", id, Change{EndSessions: true}); err != nil {
		return nil, err
	}
	return o.open(ctx, &a, WayPassword, now, random)
}

func (o *Office) setPassword(ctx context.Context, field string, a *Account, password string, random io.Reader) (err error) {
	if err := checkPassword(field, a, password); err != nil {
		return err
	}
	a.Password, err = o.press.hash(ctx, password, random)
	return err
}

// save stores a change of an account with its record.
func (o *Office) save(ctx context.Context, a *Account, what string, by city.AccountID, c Change) (err error) {
	c.Account = *a
	if by == "" {
		by = byProgram
	}
	if c.Record, err = recordOf(a, what, by); err != nil {
		return err
	}
	return o.Records.SaveAccount(ctx, c)
}

// check fails unless the account's name and posts are such as the city has.
func (o *Office) check(a *Account) error {
	if a.Name.ZH == "" && a.Name.EN == "" {
		return city.InvalidField("identity", "name", "is missing: say in at least one language what the account is called")
	}
	for _, text := range []string{a.Name.ZH, a.Name.EN} {
		if utf8.RuneCountInString(text) > maxName || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return city.InvalidField("identity", "name", "a name is text of at most %d characters on one line", maxName)
		}
	}
	if len(a.Posts) > maxPosts {
		return city.InvalidField("identity", "posts", "an account holds at most %d posts", maxPosts)
	}
	for i, id := range a.Posts {
		if slices.Contains(a.Posts[:i], id) {
			return city.InvalidField("identity", "posts", "the post %s is given twice", id)
		}
		if _, ok := o.post(id); !ok {
			return city.InvalidField("identity", "posts", "the city has no post %q; it has %s", id, o.postNames())
		}
	}
	return nil
}

func (o *Office) postNames() string {
	names := make([]string, len(o.Posts))
	for i := range o.Posts {
		names[i] = string(o.Posts[i].ID)
	}
	return strings.Join(names, ", ")
}
