package identitytest

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/identity"
	"citybrain/ledger"
)

// Store is what an implementation brings: the records, and a look at what they
// hand to the ledger.
type Store interface {
	identity.Records
	Record(ctx context.Context, id ledger.RecordID) (ledger.Sealed, error)
}

const at city.Instant = 1407758400e6 // 2014-08-11T12:00:00Z

// Run holds the store that open opens, empty each time, to the contract of
// identity.Records.
func Run(t *testing.T, open func(*testing.T) Store) {
	for name, test := range map[string]func(*testing.T, Store){
		"AccountsRoundTrip":          accountsRoundTrip,
		"RecordsGoWithAccounts":      recordsGoWithAccounts,
		"StaleAccountsAreRefused":    staleAccountsAreRefused,
		"OneOfManyWins":              oneOfManyWins,
		"AccountsComeInPages":        accountsComeInPages,
		"SessionsRoundTrip":          sessionsRoundTrip,
		"SessionsNeedTheirAccount":   sessionsNeedTheirAccount,
		"ChangesEndSessions":         changesEndSessions,
		"OldSessionsAreSwept":        oldSessionsAreSwept,
		"TheSecretWorksOnce":         theSecretWorksOnce,
		"ARefusedSecretSavesNothing": aRefusedSecretSavesNothing,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// change is one of an account that says everything.
func change(id city.AccountID, version int64) identity.Change {
	moment := at.Add(1) + city.Instant(version)*1e6
	return identity.Change{
		Account: identity.Account{ID: id, Name: city.Names{ZH: "值班长", EN: "Duty officer <b>"}, Posts: []city.PostID{"duty-officer", "roads-dispatcher"},
			Password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", Version: version, CreatedAt: at, ChangedAt: moment},
		Record: ledger.Record{ID: ledger.RecordID("account." + string(id) + "." + strconv.FormatInt(version, 10)), Kind: ledger.AccountChange,
			Subject: string(id), Seq: version, At: moment, Body: []byte(`{"id":"` + string(id) + `","version":` + strconv.FormatInt(version, 10) + `}`)},
	}
}

func session(id city.AccountID, n byte) identity.Session {
	return identity.Session{Key: identity.SessionKey{n, 31: 0xff}, Account: id, Way: "password", StartedAt: at, SeenAt: at + 5}
}

// must fails the test on an error; wants fails it unless the error is of a kind.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, kind city.ErrorKind, err error) {
	t.Helper()
	if err == nil || city.KindOf(err) != kind {
		t.Errorf("the answer is %v, want %s", err, kind)
	}
}

func accountsRoundTrip(t *testing.T, s Store) {
	ctx := t.Context()
	_, err := s.Account(ctx, "duty-officer")
	wants(t, city.NotFound, err)
	c := change("duty-officer", 1)
	must(t, s.SaveAccount(ctx, c))
	got, err := s.Account(ctx, "duty-officer")
	must(t, err)
	if diff := cmp.Diff(c.Account, got); diff != "" {
		t.Errorf("the account came back otherwise:\n%s", diff)
	}
	c = change("duty-officer", 2)
	c.Account.Posts, c.Account.Password, c.Account.Disabled, c.Account.Name.EN = nil, "", true, ""
	must(t, s.SaveAccount(ctx, c))
	got, err = s.Account(ctx, "duty-officer")
	must(t, err)
	if len(got.Posts) != 0 || got.Password != "" || !got.Disabled || got.Version != 2 || got.Name.EN != "" || got.CreatedAt != at {
		t.Errorf("the changed account came back as %+v", got)
	}
}

func recordsGoWithAccounts(t *testing.T, s Store) {
	ctx := t.Context()
	c := change("auditor", 1)
	_, err := s.Record(ctx, c.Record.ID)
	wants(t, city.NotFound, err)
	must(t, s.SaveAccount(ctx, c))
	got, err := s.Record(ctx, c.Record.ID)
	must(t, err)
	if diff := cmp.Diff(c.Record, got.Record); diff != "" || len(got.Salt) != ledger.SaltBytes || got.Leaf >= 0 {
		t.Errorf("the record came back as %+v:\n%s", got, diff)
	}
	late := change("auditor", 3)
	wants(t, city.Conflict, s.SaveAccount(ctx, late))
	_, err = s.Record(ctx, late.Record.ID)
	wants(t, city.NotFound, err)
}

func staleAccountsAreRefused(t *testing.T, s Store) {
	ctx := t.Context()
	wants(t, city.Conflict, s.SaveAccount(ctx, change("auditor", 2)))
	must(t, s.SaveAccount(ctx, change("auditor", 1)))
	wants(t, city.Conflict, s.SaveAccount(ctx, change("auditor", 1)))
	wants(t, city.Conflict, s.SaveAccount(ctx, change("auditor", 3)))
	must(t, s.SaveAccount(ctx, change("auditor", 2)))
}

func oneOfManyWins(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.SaveAccount(ctx, change("auditor", 1)))
	const many = 8
	errs := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { errs[i] = s.SaveAccount(ctx, change("auditor", 2)) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wants(t, city.Conflict, err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d changes to the same version won: %v", won, many, errors.Join(errs...))
	}
}

func accountsComeInPages(t *testing.T, s Store) {
	ctx := t.Context()
	ids := []city.AccountID{"a", "a-b", "a1", "b", "ba"} // in the order of bytes: '-' before '1'
	for _, i := range []int{3, 0, 4, 2, 1} {
		must(t, s.SaveAccount(ctx, change(ids[i], 1)))
	}
	var got []city.AccountID
	for after := city.AccountID(""); ; {
		page, err := s.Accounts(ctx, after, 2)
		must(t, err)
		for _, a := range page {
			got = append(got, a.ID)
			if len(a.Posts) != 2 {
				t.Errorf("%s has lost its posts: %v", a.ID, a.Posts)
			}
		}
		if len(page) < 2 {
			break
		}
		after = page[1].ID
	}
	if !slices.Equal(got, ids) {
		t.Errorf("the pages hold %v, want %v", got, ids)
	}
}

func sessionsRoundTrip(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.SaveAccount(ctx, change("auditor", 1)))
	want := session("auditor", 1)
	_, err := s.Session(ctx, want.Key)
	wants(t, city.NotFound, err)
	must(t, s.AddSession(ctx, want, 1))
	must(t, s.AddSession(ctx, session("auditor", 2), 1))
	must(t, s.SeeSession(ctx, want.Key, at+99))
	want.SeenAt = at + 99
	got, err := s.Session(ctx, want.Key)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the session came back otherwise:\n%s", diff)
	}
	must(t, s.EndSession(ctx, want.Key))
	must(t, s.EndSession(ctx, want.Key))
	must(t, s.SeeSession(ctx, want.Key, at+100))
	_, err = s.Session(ctx, want.Key)
	wants(t, city.NotFound, err)
	_, err = s.Session(ctx, session("auditor", 2).Key)
	must(t, err)
}

func sessionsNeedTheirAccount(t *testing.T, s Store) {
	ctx := t.Context()
	wants(t, city.Conflict, s.AddSession(ctx, session("auditor", 1), 0))
	must(t, s.SaveAccount(ctx, change("auditor", 1)))
	must(t, s.SaveAccount(ctx, change("auditor", 2)))
	wants(t, city.Conflict, s.AddSession(ctx, session("auditor", 1), 1))
	_, err := s.Session(ctx, session("auditor", 1).Key)
	wants(t, city.NotFound, err)
	must(t, s.AddSession(ctx, session("auditor", 1), 2))
}

func changesEndSessions(t *testing.T, s Store) {
	ctx := t.Context()
	for n, id := range []city.AccountID{"auditor", "dispatcher"} {
		must(t, s.SaveAccount(ctx, change(id, 1)))
		must(t, s.AddSession(ctx, session(id, byte(n)), 1))
	}
	must(t, s.SaveAccount(ctx, change("auditor", 2)))
	_, err := s.Session(ctx, session("auditor", 0).Key)
	must(t, err) // a change that does not say so ends nothing
	ending := change("auditor", 3)
	ending.EndSessions = true
	must(t, s.SaveAccount(ctx, ending))
	_, err = s.Session(ctx, session("auditor", 0).Key)
	wants(t, city.NotFound, err)
	_, err = s.Session(ctx, session("dispatcher", 1).Key)
	must(t, err)
}

func oldSessionsAreSwept(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.SaveAccount(ctx, change("auditor", 1)))
	for n, times := range [][2]city.Instant{{at, at}, {at, at + 50}, {at + 40, at + 50}} { // opened, last used
		one := session("auditor", byte(n))
		one.StartedAt, one.SeenAt = times[0], times[1]
		must(t, s.AddSession(ctx, one, 1))
	}
	for _, step := range []struct {
		seen, started city.Instant
		gone          int
	}{{at, at, 0}, {at + 1, at, 1}, {at + 50, at + 40, 1}, {at + 50, at + 40, 0}} {
		n, err := s.SweepSessions(ctx, step.seen, step.started)
		must(t, err)
		if n != step.gone {
			t.Errorf("sweeping at %d, %d removed %d sessions, want %d", step.seen-at, step.started-at, n, step.gone)
		}
	}
	_, err := s.Session(ctx, session("auditor", 2).Key)
	must(t, err)
}

func theSecretWorksOnce(t *testing.T, s Store) {
	ctx := t.Context()
	none, err := s.SetupSecret(ctx)
	must(t, err)
	if none != nil {
		t.Error("a new store has a secret")
	}
	must(t, s.SetSetupSecret(ctx, &identity.SecretHash{1}))
	must(t, s.SetSetupSecret(ctx, &identity.SecretHash{2}))
	stored, err := s.SetupSecret(ctx)
	must(t, err)
	if stored == nil || *stored != (identity.SecretHash{2}) {
		t.Errorf("the secret is %v", stored)
	}
	c := change("administrator", 1)
	c.Secret = &identity.SecretHash{2}
	must(t, s.SaveAccount(ctx, c))
	c = change("another", 1)
	c.Secret = &identity.SecretHash{2}
	wants(t, city.Denied, s.SaveAccount(ctx, c))
	if stored, err = s.SetupSecret(ctx); err != nil || stored != nil {
		t.Errorf("the secret is not used up: %v, %v", stored, err)
	}
	must(t, s.SetSetupSecret(ctx, &identity.SecretHash{3}))
	must(t, s.SetSetupSecret(ctx, nil))
	if stored, err = s.SetupSecret(ctx); err != nil || stored != nil {
		t.Errorf("the secret is not removed: %v, %v", stored, err)
	}
}

func aRefusedSecretSavesNothing(t *testing.T, s Store) {
	ctx := t.Context()
	must(t, s.SetSetupSecret(ctx, &identity.SecretHash{1}))
	c := change("administrator", 1)
	c.Secret = &identity.SecretHash{9}
	wants(t, city.Denied, s.SaveAccount(ctx, c))
	_, err := s.Account(ctx, "administrator")
	wants(t, city.NotFound, err)
	_, err = s.Record(ctx, c.Record.ID)
	wants(t, city.NotFound, err)
	taken := change("auditor", 1)
	must(t, s.SaveAccount(ctx, taken))
	taken.Secret = &identity.SecretHash{1}
	wants(t, city.Conflict, s.SaveAccount(ctx, taken))
	if stored, err := s.SetupSecret(ctx); err != nil || stored == nil {
		t.Errorf("a refused change used up the secret: %v, %v", stored, err)
	}
}
