package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/identity"
	"citybrain/internal/wire"
	"citybrain/ledger"
	"citybrain/ledger/tesseralog"
)

// accountChange is a change of an account with a record as identity makes it.
func accountChange(id city.AccountID, version int64) identity.Change {
	at := opened.Add(1) + city.Instant(version)*1e6
	a := identity.Account{ID: id, Name: city.Names{ZH: "值班长", EN: "Duty officer"}, Posts: []city.PostID{"duty-officer", "auditor"},
		Password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", Version: version, CreatedAt: opened, ChangedAt: at}
	body, err := wire.Marshal(map[string]string{"what": "create", "accountDigest": identity.Digest(&a)})
	if err != nil {
		panic(err)
	}
	return identity.Change{Account: a, Record: ledger.Record{ID: identity.RecordID(id, version), Kind: ledger.AccountChange, Subject: string(id),
		Seq: version, At: at, Body: body}}
}

// evidence is a store with cases, moves, accounts and a pack.
func evidence(t *testing.T, s *Store) {
	t.Helper()
	for n := 1; n <= 3; n++ {
		c := newCase(n)
		c.Case.Situation = casework.SituationNote{ID: city.SituationID(fmt.Sprint("s", n)), Rule: "p/r", Type: "r", RaisedAt: 5}
		c.Case.Procedure, c.Case.Entity = "p/q", "urn:x:1"
		saveOne(t, s, note(saveOne(t, s, c), "moved"))
	}
	for _, id := range []city.AccountID{"auditor", "duty-officer"} {
		must(t, s.SaveAccount(ctx, accountChange(id, 1)))
		must(t, s.SaveAccount(ctx, accountChange(id, 2)))
	}
	must(t, s.AddRecord(ctx, ledger.Record{ID: "pack.p.0123456789abcdef", Kind: ledger.PackChange, Subject: "p", Seq: 1, At: opened, Body: []byte(`{}`)}))
}

// Every way of changing what is stored that the leaves do not show is found,
// and the case, account or record is named.
func TestTamperingIsFound(t *testing.T) {
	second := fmt.Sprintf("%032x", 2)
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		evidence(t, s)
		sound(t, s)
		of := map[string]string{ // statement → what must be named
			`DELETE FROM casefile WHERE id = '` + second + `'`:                                                              second,
			`DELETE FROM record WHERE id = 'case.` + second + `.1'`:                                                         second,
			`DELETE FROM record WHERE id = 'case.` + second + `.2'`:                                                         second,
			`DELETE FROM record WHERE subject = '` + second + `'`:                                                           second,
			`UPDATE record SET seq = 3 WHERE id = 'case.` + second + `.2'`:                                                  second,
			`UPDATE record SET at = at + 1 WHERE id = 'case.` + second + `.2'`:                                              "case." + second + ".2",
			`UPDATE record SET id = 'case.x.2' WHERE id = 'case.` + second + `.2'`:                                          "case.x.2",
			`UPDATE record SET subject = 'other' WHERE id = 'case.` + second + `.2'`:                                        "other",
			`UPDATE record SET kind = 'pack-change' WHERE id = 'case.` + second + `.2'`:                                     second,
			`UPDATE casefile SET body = (SELECT body FROM record WHERE seq = 1 LIMIT 1) WHERE number LIKE '%2'`:             second,
			`UPDATE casefile SET body = (SELECT c.body FROM casefile AS c WHERE c.number LIKE '%3') WHERE number LIKE '%2'`: second,
			`DELETE FROM case_task WHERE case_id = '` + second + `' AND agency = 'road-authority'`:                          second,
			`DELETE FROM case_task WHERE case_id = '` + second + `'`:                                                        second,
			`INSERT INTO case_task SELECT case_id, 'police', state, before, case_state, severity, kind, opened_at, deadline, due FROM case_task WHERE case_id = '` + second + `' AND agency = 'road-authority'`: second,
			`INSERT INTO case_task SELECT 'none', agency, state, before, case_state, severity, kind, opened_at, deadline, due FROM case_task WHERE case_id = '` + second + `'`:                                  "none",
			`DELETE FROM case_word WHERE case_id = '` + second + `'`:                                          second,
			`UPDATE case_word SET word = word || 'x' WHERE case_id = '` + second + `' AND word = 'garage'`:    second,
			`UPDATE case_word SET opened_at = opened_at - 1 WHERE case_id = '` + second + `' AND word = '车库'`: second,
			`INSERT INTO case_word (word, opened_at, case_id) VALUES ('garage', 1, 'none')`:                   "none",
			`DELETE FROM account WHERE id = 'auditor'`:                                                        "auditor",
			`UPDATE account SET id = 'other' WHERE id = 'auditor'`:                                            "other",
			`DELETE FROM record WHERE id = 'account.auditor.2'`:                                               "auditor",
			`UPDATE account SET password = (SELECT body FROM record LIMIT 1) WHERE id = 'auditor'`:            "auditor",
			`UPDATE counter SET value = value - 1 WHERE name = 'change'`:                                      "counter change",
			`UPDATE case_total SET n = n + 1 WHERE agency = 'road-authority'`:                                 "total of cases",
			`DELETE FROM case_total WHERE agency = ''`:                                                        "total of cases",
			`DELETE FROM counter WHERE name = 'entry'`:                                                        "counter entry",
		}
		if s.path == "" {
			delete(of, `UPDATE account SET password = (SELECT body FROM record LIMIT 1) WHERE id = 'auditor'`) // PostgreSQL has types
		} else {
			of[`UPDATE casefile SET severity = 'three' WHERE number LIKE '%2'`] = second
			of[`UPDATE record SET at = 'then' WHERE id = 'case.`+second+`.2'`] = "case." + second + ".2"
			of[`UPDATE casefile SET id = CAST(id AS BLOB) WHERE number LIKE '%2'`] = second
		}
		for _, column := range []string{"number", "kind", "procedure", "situation", "entity", "state"} {
			of[`UPDATE casefile SET `+column+` = `+column+` || 'x' WHERE id = '`+second+`'`] = second
		}
		for _, column := range []string{"version", "change", "severity", "opened_at", "deadline", "due"} {
			of[`UPDATE casefile SET `+column+` = `+column+` - 1000 WHERE id = '`+second+`'`] = second
		}
		for _, column := range []string{"before", "severity", "opened_at", "deadline", "due"} {
			of[`UPDATE case_task SET `+column+` = `+column+` - 1000 WHERE case_id = '`+second+`' AND agency = 'road-authority'`] = second
		}
		for _, column := range []string{"agency", "state", "case_state", "kind", "case_id"} {
			of[`UPDATE case_task SET `+column+` = `+column+` || 'x' WHERE case_id = '`+second+`' AND agency = 'road-authority'`] = second
		}
		for _, column := range []string{"name_zh", "name_en", "posts", "password"} {
			of[`UPDATE account SET `+column+` = `+column+` || ' x' WHERE id = 'auditor'`] = "auditor"
		}
		for _, column := range []string{"version", "disabled", "created_at", "changed_at"} {
			of[`UPDATE account SET `+column+` = `+column+` + 1 WHERE id = 'auditor'`] = "auditor"
		}
		of[`UPDATE casefile SET due = NULL WHERE id = '`+second+`'`] = second
		for statement, name := range of {
			tamper(t, s, statement, name)
		}
	})
}

// tamper makes a change, looks for the damage and takes the change back.
func tamper(t *testing.T, s *Store, statement, name string) {
	t.Helper()
	tx, err := s.write.Begin()
	must(t, err)
	defer tx.Rollback()
	done, err := tx.Exec(statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, _ := done.RowsAffected(); n == 0 {
		t.Fatalf("%s changes nothing", statement)
	}
	var found []ledger.Damage
	must(t, checkIn(ctx, tx, func(d ledger.Damage) { found = append(found, d) }))
	if !slices.ContainsFunc(found, func(d ledger.Damage) bool { return d.ID == name && len(d.Text) > 10 }) {
		t.Errorf("%s: found %v, want %s named", statement, found, name)
	}
}

// Whichever byte of a case's body is changed, it is found.
func TestEveryByteOfABodyCounts(t *testing.T) {
	s := fresh(t)
	evidence(t, s)
	tx, err := s.write.Begin()
	must(t, err)
	defer tx.Rollback()
	var body []byte
	must(t, tx.QueryRow(`SELECT body FROM casefile WHERE number LIKE '%2'`).Scan(&body))
	for i := range body {
		changed := slices.Clone(body)
		changed[i] ^= 0x20
		_, err := tx.Exec(`UPDATE casefile SET body = $1 WHERE number LIKE '%2'`, changed)
		must(t, err)
		var found []ledger.Damage
		must(t, checkIn(ctx, tx, func(d ledger.Damage) { found = append(found, d) }))
		if len(found) == 0 || found[0].ID != fmt.Sprintf("%032x", 2) || !strings.Contains(found[0].Text, "body") {
			t.Fatalf("byte %d: %v", i, found)
		}
	}
}

// Many cases are walked in pages, and every page is looked at.
func TestCheckWalksEveryPage(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		const n = 2*checkPage + 7
		var changes []casework.Change
		for i := range n {
			changes = append(changes, newCase(i))
		}
		_, err := s.Save(ctx, changes...)
		must(t, err)
		sound(t, s)
		for _, i := range []int{0, checkPage - 1, checkPage, 2*checkPage - 1, n - 1} {
			id := fmt.Sprintf("%032x", i)
			tamper(t, s, `UPDATE casefile SET severity = 1 WHERE id = '`+id+`'`, id)
			tamper(t, s, `DELETE FROM casefile WHERE id = '`+id+`'`, id)
		}
	})
}

// What the rows of records say beyond CheckRecords is found by comparing them
// with their leaves.
func TestTamperingIsFoundByTheLeaves(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		evidence(t, s)
		dir := t.TempDir()
		integrate(t, s, dir)
		verify := func() []ledger.Damage {
			t.Helper()
			report, err := ledger.Verify(ctx, ledger.VerifyOptions{Folder: ledger.Folder(dir), Records: s})
			must(t, err)
			return report.Damages
		}
		if found := verify(); len(found) != 0 {
			t.Fatal(found)
		}
		const id = "pack.p.0123456789abcdef"
		for _, c := range []struct{ change, back string }{
			{`body = salt`, `body = $1`},
			{`salt = $1`, `salt = $2`},
			{`at = at + 1`, `at = at - 1`},
			{`seq = seq + 1`, `seq = seq - 1`},
			{`subject = 'x'`, `subject = 'p'`},
			{`kind = 'x'`, `kind = 'pack-change'`},
			{`leaf = leaf + 1000`, `leaf = leaf - 1000`},
		} {
			old, err := s.Record(ctx, id)
			must(t, err)
			alter(t, s, c.change, id, old)
			if found := verify(); !slices.ContainsFunc(found, func(d ledger.Damage) bool { return d.ID == id }) {
				t.Errorf("%s: found %v", c.change, found)
			}
			alter(t, s, c.back, id, old)
		}
		if found := verify(); len(found) != 0 {
			t.Fatal(found)
		}
	})
}

// alter changes a record; $1 and $2 are its body and salt before.
func alter(t *testing.T, s *Store, set, id string, old ledger.Sealed) {
	t.Helper()
	var args []any
	for i, v := range []any{old.Body, old.Salt} {
		if name := fmt.Sprintf("$%d", i+1); strings.Contains(set, name) {
			set = strings.Replace(set, name, "$1", 1)
			args = []any{v}
		}
	}
	_, err := s.write.Exec(`UPDATE record SET `+set+` WHERE id = $`+fmt.Sprint(len(args)+1), append(args, id)...)
	must(t, err)
}

// integrate gives every record its leaf.
func integrate(t *testing.T, s *Store, dir string) {
	t.Helper()
	log, err := tesseralog.Open(ctx, dir, tesseralog.Options{Origin: "example.org/test"})
	must(t, err)
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- log.Run(running, s) }()
	eventually(t, "no record waits", func() bool {
		n, err := s.WaitingCount(ctx)
		return err == nil && n == 0
	})
	stop()
	<-ended
	must(t, log.Close())
}
