package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/identity"
)

func TestTheFirstAdministratorComesByTheSecret(t *testing.T) {
	x := newTown(t, "duty-officer")
	if needed, err := x.SetupNeeded(t.Context()); err != nil || needed {
		t.Errorf("before the program has started: %v, %v", needed, err)
	}
	old, err := x.Setup(t.Context(), x.random)
	x.must(err)
	secret, err := x.Setup(t.Context(), x.random) // it starts again
	x.must(err)
	if needed, err := x.SetupNeeded(t.Context()); err != nil || !needed || old == secret || len(secret) != 35 {
		t.Errorf("needed %v, %v; secrets %s and %s", needed, err, old, secret)
	}
	setUp := func(secret string, id city.AccountID, password string) error {
		_, err := x.SetUp(t.Context(), identity.First{Secret: secret, Account: id, Password: password, Address: "a"}, x.now, x.random)
		return err
	}
	for _, wrong := range []string{"", old, secret[1:], secret + "a"} {
		x.refused(city.Denied, setUp(wrong, "administrator", right))
	}
	x.refused(city.Invalid, setUp(secret, "Administrator", right))
	x.refused(city.Invalid, setUp(secret, "administrator", "short"))
	x.refused(city.Conflict, setUp(secret, "duty-officer", right))
	x.must(setUp(strings.ToUpper(strings.ReplaceAll(secret, "-", " ")), "administrator", right))
	x.refused(city.Denied, setUp(secret, "administrator-2", right))
	o, err := x.signIn("administrator", right, "b")
	x.must(err)
	if !o.Actor.Holds(city.Administrator, "") {
		t.Errorf("the first administrator is %+v", o.Actor)
	}
	if again, err := x.Setup(t.Context(), x.random); err != nil || again != "" {
		t.Errorf("a city with an administrator offers %q, %v", again, err)
	}
	if needed, err := x.SetupNeeded(t.Context()); err != nil || needed {
		t.Errorf("still needed: %v, %v", needed, err)
	}
}

func TestGuessingTheSecretIsSlowedDown(t *testing.T) {
	x := newTown(t)
	_, err := x.Setup(t.Context(), x.random)
	x.must(err)
	for n := range 100 {
		_, err = x.SetUp(t.Context(), identity.First{Secret: fmt.Sprint(n), Account: "administrator", Password: right, Address: "a"}, x.now, x.random)
	}
	x.refused(city.Overload, err)
	_, err = x.SetUp(t.Context(), identity.First{Secret: "x", Account: "administrator", Password: right, Address: "b"}, x.now, x.random)
	x.refused(city.Denied, err)
}

func TestACityWithoutTheAdministratorsPost(t *testing.T) {
	x := newTown(t)
	x.Posts = posts[1:]
	secret, err := x.Setup(t.Context(), x.random)
	x.must(err)
	_, err = x.SetUp(t.Context(), identity.First{Secret: secret, Account: "administrator", Password: right, Address: "a"}, x.now, x.random)
	x.refused(city.Unavailable, err)
}

func TestAccountsThatCannotBe(t *testing.T) {
	x := newTown(t, "duty-officer")
	good := identity.Draft{ID: "new-account", Name: city.Names{EN: "New"}, Posts: []city.PostID{"duty-officer"}, Password: right}
	try := func(change func(*identity.Draft)) error {
		d := good
		change(&d)
		_, err := x.Create(t.Context(), x.program, d, x.now, x.random)
		return err
	}
	for _, id := range []city.AccountID{"", "A", "-a", "a-", "a--b", "a b", "ä", "../x", "a\x00", "a.b", city.AccountID(strings.Repeat("a", 41))} {
		if err := try(func(d *identity.Draft) { d.ID = id }); city.KindOf(err) != city.Invalid {
			t.Errorf("the id %q: %v", id, err)
		}
	}
	for what, change := range map[string]func(*identity.Draft){
		"no name":         func(d *identity.Draft) { d.Name = city.Names{} },
		"a long name":     func(d *identity.Draft) { d.Name.ZH = strings.Repeat("长", 101) },
		"a name of lines": func(d *identity.Draft) { d.Name.EN = "a\nb" },
		"no text":         func(d *identity.Draft) { d.Name.EN = "\xff" },
		"no such post":    func(d *identity.Draft) { d.Posts = []city.PostID{"emperor"} },
		"a post twice":    func(d *identity.Draft) { d.Posts = []city.PostID{"duty-officer", "duty-officer"} },
		"many posts":      func(d *identity.Draft) { d.Posts = make([]city.PostID, 51) },
	} {
		if err := try(change); city.KindOf(err) != city.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
	x.refused(city.Conflict, try(func(d *identity.Draft) { d.ID = "duty-officer" }))
	x.must(try(func(*identity.Draft) {}))
	_, err := x.Amend(t.Context(), x.program, "nobody", identity.Amendment{}, x.now, x.random)
	x.refused(city.NotFound, err)
}
