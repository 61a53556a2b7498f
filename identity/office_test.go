package identity_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/identity"
	"citybrain/identity/identitytest"
)

const start city.Instant = 1407758400e6 // 2014-08-11T12:00:00Z

const right = "a lamp beside the river"

var posts = []city.Post{
	{ID: "administrator", Agency: "centre", Duty: city.Administrator, Name: city.Names{ZH: "管理员", EN: "Administrator"}},
	{ID: "duty-officer", Agency: "centre", Duty: city.DutyOfficer},
	{ID: "roads-dispatcher", Agency: "roads", Duty: city.Dispatcher},
}

// town is an office with accounts, and a clock that stands.
type town struct {
	*identity.Office
	t       *testing.T
	records *identitytest.Memory
	now     city.Instant
	random  io.Reader
	program city.Actor
}

func newTown(t *testing.T, accounts ...city.AccountID) *town {
	records := identitytest.NewMemory()
	x := &town{Office: identity.New(records, posts), t: t, records: records, now: start, random: rand.NewChaCha8([32]byte{7})}
	identity.Hurry(x.Office)
	for _, id := range accounts {
		_, err := x.Create(t.Context(), x.program, identity.Draft{ID: id, Name: city.Names{EN: string(id)}, Posts: []city.PostID{postOf(id)}, Password: right}, x.now, x.random)
		x.must(err)
	}
	return x
}

func postOf(id city.AccountID) city.PostID {
	if strings.HasPrefix(string(id), "administrator") {
		return "administrator"
	}
	return "duty-officer"
}

func (x *town) must(err error) {
	x.t.Helper()
	if err != nil {
		x.t.Fatal(err)
	}
}

// refused fails the test unless err is of a kind.
func (x *town) refused(kind city.ErrorKind, err error) {
	x.t.Helper()
	if err == nil || city.KindOf(err) != kind {
		x.t.Errorf("the answer is %v, want %s", err, kind)
	}
}

func (x *town) signIn(id city.AccountID, password, address string) (*identity.Opened, error) {
	return x.SignIn(x.t.Context(), identity.Attempt{Account: id, Password: password, Address: address}, x.now, x.random)
}

func (x *town) visit(token string) error {
	_, err := x.Visit(x.t.Context(), token, x.now)
	return err
}

func TestSignInOpensASession(t *testing.T) {
	x := newTown(t, "duty-officer")
	o, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	v, err := x.Visit(t.Context(), o.Token, x.now)
	x.must(err)
	if v.Actor.Account != "duty-officer" || !v.Actor.Holds(city.DutyOfficer, "centre") || v.Session.Way != identity.WayPassword || v.ExpiresAt != start.Add(identity.AbsoluteLimit) {
		t.Errorf("the visit is %+v", v)
	}
	key, ok := identity.KeyOf(o.Token)
	stored, err := x.records.Session(t.Context(), key)
	if x.must(err); !ok || strings.Contains(fmt.Sprintf("%q", stored.Key[:]), o.Token) {
		t.Error("the token is stored")
	}
	other, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	if other.Token == o.Token || len(o.Token) < 43 {
		t.Errorf("tokens are %q and %q", o.Token, other.Token)
	}
	x.must(x.SignOut(t.Context(), key))
	x.refused(city.Denied, x.visit(o.Token))
	x.must(x.visit(other.Token))
}

func TestSessionsEndByThemselves(t *testing.T) {
	x := newTown(t, "duty-officer")
	idle, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	used, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	for range 13 {
		x.now = x.now.Add(time.Hour)
		x.must(x.visit(used.Token))
	}
	x.refused(city.Denied, x.visit(idle.Token))
	for x.now < start.Add(identity.AbsoluteLimit-time.Hour) {
		x.now = x.now.Add(time.Hour)
		x.must(x.visit(used.Token))
	}
	x.now = x.now.Add(time.Hour)
	err = x.visit(used.Token)
	if x.refused(city.Denied, err); !errors.Is(err, identity.ErrNoSession) || !strings.Contains(city.Detail(err), "expired") {
		t.Errorf("the answer is %v", err)
	}
	_, err = x.signIn("duty-officer", right, "a")
	x.must(err)
	x.now = x.now.Add(identity.IdleLimit + time.Second)
	if n, err := x.Sweep(t.Context(), x.now); err != nil || n != 1 {
		t.Errorf("swept %d sessions: %v", n, err)
	}
}

// TestNamesThatRecordsUseAreTaken holds that nobody can act under a name by which
// records call somebody else.
func TestNamesThatRecordsUseAreTaken(t *testing.T) {
	for _, id := range []city.AccountID{"program", "open"} {
		if err := identity.CheckID(id); city.KindOf(err) != city.Invalid || !strings.Contains(city.Detail(err), "cannot be named "+string(id)) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestLookingIsNotUse holds that what a page does by itself keeps no session
// alive, and that it does not end one early.
func TestLookingIsNotUse(t *testing.T) {
	x := newTown(t, "duty-officer")
	o, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	look := func() error {
		v, err := x.Look(t.Context(), o.Token, x.now)
		if err == nil && !v.Actor.Holds(city.DutyOfficer, "centre") {
			t.Errorf("looking finds %+v", v)
		}
		return err
	}
	x.now = start.Add(6 * time.Hour)
	x.must(x.visit(o.Token))
	for x.now < start.Add(6*time.Hour+identity.IdleLimit-time.Hour) {
		x.now = x.now.Add(time.Hour)
		x.must(look())
	}
	x.now = x.now.Add(time.Hour)
	x.refused(city.Denied, look())
	x.refused(city.Denied, x.visit(o.Token))
}

func TestTokensThatOpenNothing(t *testing.T) {
	x := newTown(t, "duty-officer")
	o, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	flipped := []byte(o.Token)
	flipped[5] ^= 1
	for _, token := range []string{"", "x", string(flipped), o.Token + "A", o.Token[1:], strings.Repeat("A", 43), o.Token[:42] + "=", "\x00", strings.Repeat("é", 30)} {
		if err := x.visit(token); err == nil || !errors.Is(err, identity.ErrNoSession) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// TestNothingTellsWhoHasAnAccount holds that the answer to a wrong password, an
// unknown account and a disabled one is the same.
func TestNothingTellsWhoHasAnAccount(t *testing.T) {
	x := newTown(t, "duty-officer", "disabled", "disabled-2")
	yes := true
	for _, id := range []city.AccountID{"disabled", "disabled-2"} {
		_, err := x.Amend(t.Context(), x.program, id, identity.Amendment{Disabled: &yes}, x.now, x.random)
		x.must(err)
	}
	answers := map[string]bool{}
	for n := range 9 {
		for _, a := range []identity.Attempt{{Account: "duty-officer", Password: "wrong wrong wrong"}, {Account: "nobody", Password: right}, {Account: "disabled", Password: right},
			{Account: "disabled-2", Password: "wrong wrong wrong"}} {
			a.Address = fmt.Sprint(n, a) // each from elsewhere: only the account is counted
			_, err := x.SignIn(t.Context(), a, x.now, x.random)
			answers[fmt.Sprint(n, city.KindOf(err), city.Detail(err), retryOf(err), errors.Is(err, identity.ErrWrong))] = true
		}
	}
	if len(answers) != 9 {
		t.Errorf("accounts can be told apart: %v", answers)
	}
}

func retryOf(err error) time.Duration {
	var e *city.Error
	errors.As(err, &e)
	return e.Retry
}

func TestGuessingIsSlowedDown(t *testing.T) {
	x := newTown(t, "duty-officer")
	tried, waited := 0, time.Duration(0)
	for waited < 24*time.Hour {
		_, err := x.signIn("duty-officer", "not the password", fmt.Sprint("10.0.0.", tried%200))
		switch city.KindOf(err) {
		case city.Denied:
			tried++
		case city.Overload:
			wait := retryOf(err)
			if wait <= 0 || wait > 15*time.Minute {
				t.Fatalf("wait %v", wait)
			}
			x.now, waited = x.now.Add(wait), waited+wait
		default:
			t.Fatal(err)
		}
	}
	if tried > 120 {
		t.Errorf("%d guesses at one account in a day", tried)
	}
	_, _ = x.signIn("duty-officer", "not the password", "192.0.2.1")
	if _, err := x.signIn("duty-officer", right, "192.0.2.1"); city.KindOf(err) != city.Overload {
		t.Errorf("even the right password waits at an address that is not known: %v", err)
	}
}

func TestGuessingFromOneAddressIsSlowedDown(t *testing.T) {
	x := newTown(t, "duty-officer")
	tried := 0
	for n := range 200 {
		_, err := x.signIn(city.AccountID(fmt.Sprint("account-", n)), "not the password", "10.0.0.1")
		if city.KindOf(err) == city.Denied {
			tried++
		}
	}
	if tried > 30 {
		t.Errorf("%d guesses at once from one address", tried)
	}
	if _, err := x.signIn("duty-officer", right, "10.0.0.1"); city.KindOf(err) != city.Overload {
		t.Errorf("a success between guesses: %v", err)
	}
	if _, err := x.signIn("duty-officer", right, "10.0.0.2"); err != nil {
		t.Errorf("another address suffers: %v", err)
	}
	x.now = x.now.Add(2 * time.Hour)
	if _, err := x.signIn("duty-officer", right, "10.0.0.1"); err != nil {
		t.Errorf("what failed is not forgotten: %v", err)
	}
}

// TestAddressesOfOneNetworkAreOne guesses from another address of IPv6 each
// time: those of one /64 count together, those of others do not.
func TestAddressesOfOneNetworkAreOne(t *testing.T) {
	x := newTown(t, "duty-officer")
	tried := 0
	for n := range 200 {
		if _, err := x.signIn(city.AccountID(fmt.Sprint("account-", n)), "not the password", fmt.Sprintf("2001:db8:0:7::%x", n+1)); city.KindOf(err) == city.Denied {
			tried++
		}
	}
	if tried > 30 {
		t.Errorf("%d guesses at once from one network", tried)
	}
	_, err := x.signIn("duty-officer", right, "2001:db8:0:8::1")
	x.must(err)
	for n := range 30 {
		_, _ = x.signIn(city.AccountID(fmt.Sprint("more-", n)), "not the password", fmt.Sprintf("::ffff:192.0.2.%d", n))
	}
	_, err = x.signIn("duty-officer", right, "::ffff:192.0.2.99")
	x.must(err)
}

// TestGuessersDoNotLockOut holds that an address from which the account signed
// in before does not wait for what others try.
func TestGuessersDoNotLockOut(t *testing.T) {
	x := newTown(t, "duty-officer")
	_, err := x.signIn("duty-officer", right, "desk")
	x.must(err)
	for n := range 50 {
		_, _ = x.signIn("duty-officer", "not the password", fmt.Sprint("elsewhere-", n))
	}
	_, err = x.signIn("duty-officer", right, "elsewhere")
	x.refused(city.Overload, err)
	_, err = x.signIn("duty-officer", right, "desk")
	x.must(err)
}

func TestASuccessBetweenGuessesHelpsNobody(t *testing.T) {
	x := newTown(t, "duty-officer", "insider")
	tried := 0
	for range 100 {
		if _, err := x.signIn("duty-officer", "not the password", "a"); city.KindOf(err) == city.Denied {
			tried++
		}
		_, _ = x.signIn("insider", right, "a")
	}
	if tried > 6 {
		t.Errorf("%d guesses", tried)
	}
}

// TestHashingIsBounded holds that many attempts at once are told to wait rather
// than take the memory.
func TestHashingIsBounded(t *testing.T) {
	x := newTown(t, "duty-officer")
	x.Office = identity.New(x.records, posts) // hashes at their full cost
	const many = 60
	answers := make(chan error, many)
	for n := range many {
		go func() {
			_, err := x.SignIn(context.Background(), identity.Attempt{Account: city.AccountID(fmt.Sprint("account-", n)), Password: "not the password", Address: fmt.Sprint(n)}, start, nil)
			answers <- err
		}()
	}
	overload := 0
	for range many {
		if err := <-answers; city.KindOf(err) == city.Overload {
			overload++
		} else if !errors.Is(err, identity.ErrWrong) {
			t.Error(err)
		}
	}
	if overload == 0 || overload == many {
		t.Errorf("%d of %d were told to wait", overload, many)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.SignIn(ctx, identity.Attempt{Account: "duty-officer", Password: right, Address: "a"}, start, x.random); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was given up: %v", err)
	}
}

func TestPostsHoldFromTheNextVisitOn(t *testing.T) {
	x := newTown(t, "duty-officer")
	o, err := x.signIn("duty-officer", right, "a")
	x.must(err)
	_, err = x.Amend(t.Context(), x.program, "duty-officer", identity.Amendment{Posts: &[]city.PostID{"roads-dispatcher"}}, x.now, x.random)
	x.must(err)
	v, err := x.Visit(t.Context(), o.Token, x.now)
	x.must(err)
	if v.Actor.Holds(city.DutyOfficer, "") || !v.Actor.Holds(city.Dispatcher, "roads") {
		t.Errorf("the posts are %+v", v.Actor.Posts)
	}
	x.Posts = posts[:2] // the city definition loses the post
	if v, err = x.Visit(t.Context(), o.Token, x.now); err != nil || len(v.Actor.Posts) != 0 {
		t.Errorf("a post that the city does not have: %+v, %v", v.Actor.Posts, err)
	}
	account, err := x.records.Account(t.Context(), "duty-officer")
	x.must(err)
	if _, unknown := x.PostsOf(&account); len(unknown) != 1 || unknown[0] != "roads-dispatcher" {
		t.Errorf("unknown posts are %v", unknown)
	}
}

func TestPasswordsAndDisablingEndSessions(t *testing.T) {
	x := newTown(t, "administrator", "duty-officer")
	open := func() string {
		o, err := x.signIn("duty-officer", right, "a")
		x.must(err)
		return o.Token
	}
	amend := func(m identity.Amendment) {
		_, err := x.Amend(t.Context(), x.program, "duty-officer", m, x.now, x.random)
		x.must(err)
	}
	yes, no, password := true, false, right
	first, second := open(), open()
	amend(identity.Amendment{Name: &city.Names{ZH: "值班长"}})
	x.must(x.visit(first))
	amend(identity.Amendment{Password: &password})
	x.refused(city.Denied, x.visit(first))
	x.refused(city.Denied, x.visit(second))
	third := open()
	amend(identity.Amendment{Disabled: &yes})
	x.refused(city.Denied, x.visit(third))
	_, err := x.signIn("duty-officer", right, "a")
	x.refused(city.Denied, err)
	_, err = x.Admit(t.Context(), "duty-officer", "city-sso", x.now, x.random)
	x.refused(city.Denied, err)
	amend(identity.Amendment{Disabled: &no})
	x.refused(city.Denied, x.visit(third))
	fourth := open()
	changed, err := x.ChangePassword(t.Context(), "duty-officer", identity.Passwords{Old: right, New: "another lamp beside it", Address: "a"}, x.now, x.random)
	x.must(err)
	x.refused(city.Denied, x.visit(fourth))
	x.must(x.visit(changed.Token))
	_, err = x.ChangePassword(t.Context(), "duty-officer", identity.Passwords{Old: right, New: "another lamp beside it", Address: "a"}, x.now, x.random)
	x.refused(city.Denied, err)
	_, err = x.signIn("duty-officer", "another lamp beside it", "a")
	x.must(err)
}

func TestSomebodyElseVouches(t *testing.T) {
	x := newTown(t, "duty-officer")
	o, err := x.Admit(t.Context(), "duty-officer", "city-sso", x.now, x.random)
	x.must(err)
	if o.Session.Way != "city-sso" || o.Actor.Account != "duty-officer" {
		t.Errorf("opened %+v", o)
	}
	_, err = x.Admit(t.Context(), "nobody", "city-sso", x.now, x.random)
	x.refused(city.Denied, err)
	_, err = x.Create(t.Context(), x.program, identity.Draft{ID: "visitor", Name: city.Names{EN: "Visitor"}}, x.now, x.random)
	x.must(err) // without a password: signs in there alone
	_, err = x.signIn("visitor", "", "a")
	x.refused(city.Denied, err)
}

func TestTheLastAdministratorStays(t *testing.T) {
	x := newTown(t, "administrator", "administrator-2")
	yes, none := true, []city.PostID{}
	change := func(id city.AccountID, m identity.Amendment) error {
		_, err := x.Amend(t.Context(), x.program, id, m, x.now, x.random)
		return err
	}
	x.must(change("administrator", identity.Amendment{Disabled: &yes}))
	for _, m := range []identity.Amendment{{Disabled: &yes}, {Posts: &none}} {
		err := change("administrator-2", m)
		if x.refused(city.Conflict, err); err != nil && !strings.Contains(city.Detail(err), "last administrator") {
			t.Error(err)
		}
	}
	errs := make(chan error, 2)
	x = newTown(t, "administrator", "administrator-2")
	for _, id := range []city.AccountID{"administrator", "administrator-2"} {
		go func() {
			_, err := x.Amend(context.Background(), x.program, id, identity.Amendment{Disabled: &yes}, start, nil)
			errs <- err
		}()
	}
	if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
		t.Errorf("two at once: %v, %v", a, b)
	}
}
