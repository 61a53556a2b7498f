package identity_test

import (
	"bytes"
	"testing"

	"citybrain/city"
	"citybrain/identity"
)

func TestRecordsSayEverythingButThePassword(t *testing.T) {
	x := newTown(t, "administrator")
	by := city.Actor{Account: "administrator"}
	a, err := x.Create(t.Context(), by, identity.Draft{ID: "duty-officer", Name: city.Names{EN: "Duty"}, Posts: []city.PostID{"duty-officer"}, Password: right}, x.now, x.random)
	x.must(err)
	r, err := x.records.Record(t.Context(), "account.duty-officer.1")
	x.must(err)
	for _, part := range []string{`"what":"create"`, `"by":"administrator"`, `"posts":["duty-officer"]`, `"accountDigest":"` + identity.Digest(&a) + `"`} {
		if !bytes.Contains(r.Body, []byte(part)) {
			t.Errorf("the record lacks %s: %s", part, r.Body)
		}
	}
	if bytes.Contains(r.Body, []byte("argon2")) || bytes.Contains(r.Body, []byte(right)) {
		t.Errorf("the record holds the password: %s", r.Body)
	}
	for what, change := range map[string]func(*identity.Account){"name": func(a *identity.Account) { a.Name.ZH = "x" }, "posts": func(a *identity.Account) { a.Posts = nil },
		"password": func(a *identity.Account) { a.Password += "x" }, "disabled": func(a *identity.Account) { a.Disabled = true }, "version": func(a *identity.Account) { a.Version++ }} {
		other := a
		if change(&other); identity.Digest(&other) == identity.Digest(&a) {
			t.Errorf("the digest does not see the %s", what)
		}
	}
}
