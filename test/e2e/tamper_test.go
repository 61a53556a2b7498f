package e2e

import (
	"cmp"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// evidenceOf is a stopped city with enough leaves for a full tile, cases that
// people have worked, and accounts. Of is the case that tampering aims at.
type evidenceOf struct {
	setup
	of caseBody
}

// gatesBlocked gives three leaves each: more than the 256 of a full tile.
const gatesBlocked = 90

// provenHarbour fills a city with evidence and stops it.
func provenHarbour(t *testing.T) evidenceOf {
	t.Helper()
	s := harbourSetup(t)
	server := s.start(t)
	p := nobody(t, server)
	begin := time.Now().UTC().Add(-5 * time.Minute).Truncate(time.Second)
	var rows []string
	for i := range gatesBlocked {
		gate := "g" + string(rune('A'+i/26)) + string(rune('a'+i%26))
		rows = append(rows, gateRow(gate, begin.Add(time.Duration(i)*time.Second), 20, 0))
	}
	p.push(rows...)
	eventually(t, "every situation has its case", patience, func() bool { return len(p.cases("kind=gate-blocked")) == gatesBlocked })
	c := p.report("A tree on the rails")
	p.move(&c, "file", nil)
	p.move(&c, "dispatch", fields{"agency": "roads", "assists": []string{"fleet"}, "order": "Saw it up."})
	p.move(&c, "accept", fields{"agency": "roads"})
	p.must(201, "POST", "/api/v1/accounts", fields{"id": "night-officer", "name": fields{"en": "Night officer", "zh": "夜班值班长"},
		"posts": []string{"duty-officer"}, "password": "seven gates by night"}, nil)
	p.sealed()
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	return evidenceOf{s, c}
}

// copied is the same city in another folder, to be harmed.
func (e *evidenceOf) copied(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	copyFolder(t, e.data, data)
	return data
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// change runs a statement on the records of a stopped city; it must change one
// row or more.
func change(t *testing.T, data, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(data, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r, err := db.ExecContext(context.Background(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
}

// flip changes one byte of a file.
func flip(t *testing.T, path string, share float64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[int(share*float64(len(text)-1))] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inLedger is the file below ledger/log whose path matches a pattern; of several,
// which are partial tiles, the widest.
func inLedger(t *testing.T, data, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(data, "ledger", "log", filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	width := func(path string) int { n, _ := strconv.Atoi(filepath.Base(path)); return n }
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(width(a), width(b)) })
}

func rewrite(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replaceIn(t, path, string(text), old, new)
}

// checkpointLine is a line of the checkpoint, from 0.
func checkpointLine(t *testing.T, data string, n int) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data, "ledger", "log", "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")[n]
}

// tampering is one thing that somebody with access to the folder could do, and
// what verification must call it.
type tampering struct {
	name string
	do   func(t *testing.T, data string, e *evidenceOf)
	says []string
}

func onRow(statement string) func(*testing.T, string, *evidenceOf) {
	return func(t *testing.T, data string, e *evidenceOf) { change(t, data, statement, e.of.ID) }
}

func onRecord(statement string) func(*testing.T, string, *evidenceOf) {
	return func(t *testing.T, data string, e *evidenceOf) { change(t, data, statement, "case."+e.of.ID+".2") }
}

func onFile(pattern string, share float64) func(*testing.T, string, *evidenceOf) {
	return func(t *testing.T, data string, _ *evidenceOf) { flip(t, inLedger(t, data, pattern), share) }
}

func tamperings() []tampering {
	const record, id = "record case.CASE.2", "CASE"
	return []tampering{
		{"a byte of a full bundle of leaves", onFile("tile/entries/000", 0.5), []string{"tile/entries/000"}},
		{"a byte of a partial bundle", onFile("tile/entries/001.p/*", 0.5), []string{"tile/entries/001.p/"}},
		{"a byte of a full tile", onFile("tile/0/000", 0.5), []string{"tile tile/0/000"}},
		{"a byte of a partial tile", onFile("tile/0/001.p/*", 0.3), []string{"tile tile/0/001.p/"}},
		{"a byte of an upper tile", onFile("tile/1/000.p/*", 0.3), []string{"tile tile/1/000.p/"}},
		{"the size in the checkpoint", func(t *testing.T, data string, _ *evidenceOf) {
			path, size := inLedger(t, data, "checkpoint"), checkpointLine(t, data, 1)
			rewrite(t, path, "\n"+size+"\n", "\n"+size[:len(size)-1]+string('0'+(size[len(size)-1]-'0'+9)%10)+"\n")
		}, []string{"checkpoint log/checkpoint"}},
		{"the root in the checkpoint", func(t *testing.T, data string, _ *evidenceOf) {
			root := checkpointLine(t, data, 2)
			other := "A" + root[1:]
			if root[0] == 'A' {
				other = "B" + root[1:]
			}
			rewrite(t, inLedger(t, data, "checkpoint"), root, other)
		}, []string{"checkpoint log/checkpoint"}},
		{"the signature", onFile("checkpoint", 0.97), []string{"checkpoint log/checkpoint"}},
		{"the body of a record", onRecord(`UPDATE record SET body = CAST(replace(CAST(body AS TEXT), '"to":"filed"', '"to":"fiLed"') AS BLOB) WHERE id = $1`), []string{record}},
		{"the time of a record", onRecord(`UPDATE record SET at = at + 1 WHERE id = $1`), []string{record}},
		{"the salt of a record", onRecord(`UPDATE record SET salt = zeroblob(16) WHERE id = $1`), []string{record}},
		{"the subject of a record", onRecord(`UPDATE record SET subject = replace(subject, '0', '1') || 'a' WHERE id = $1`), []string{record}},
		{"the leaf of a record", onRecord(`UPDATE record SET leaf = 100000 WHERE id = $1`), []string{"case.CASE.2"}},
		{"a record made to wait again", onRecord(`UPDATE record SET leaf = NULL WHERE id = $1`), nil},
		{"two records exchanged", func(t *testing.T, data string, e *evidenceOf) {
			a, b := "case."+e.of.ID+".2", "case."+e.of.ID+".3"
			change(t, data, `UPDATE record SET leaf = -leaf WHERE id IN ($1, $2)`, a, b)
			change(t, data, `UPDATE record SET leaf = (SELECT -leaf FROM record r WHERE r.id = CASE record.id WHEN $1 THEN $2 ELSE $1 END) WHERE id IN ($1, $2)`, a, b)
		}, []string{record, "record case.CASE.3"}},
		{"a deleted record", onRecord(`DELETE FROM record WHERE id = $1`), []string{id}},
		{"the last record of a case deleted", onRow(`DELETE FROM record WHERE subject = $1 AND seq = (SELECT max(seq) FROM record r WHERE r.subject = record.subject)`), []string{"subject CASE"}},
		{"the body of a case", onRow(`UPDATE casefile SET body = CAST(replace(CAST(body AS TEXT), 'A tree', 'A twig') AS BLOB) WHERE id = $1`), []string{"subject CASE"}},
		{"a column of a case", onRow(`UPDATE casefile SET state = 'closed' WHERE id = $1`), []string{"subject CASE", "state"}},
		{"the number of a case", onRow(`UPDATE casefile SET number = '20200101-0001' WHERE id = $1`), []string{"subject CASE", "number"}},
		{"the deadline in the worklists", onRow(`UPDATE case_task SET due = due + 1 WHERE case_id = $1`), []string{"subject CASE", "due"}},
		{"a task deleted", onRow(`DELETE FROM case_task WHERE case_id = $1 AND agency = 'fleet'`), []string{"subject CASE", "fleet"}},
		{"a task added", onRow(`INSERT INTO case_task SELECT case_id, 'gates', state, before, case_state, severity, kind, opened_at, deadline, due FROM case_task WHERE case_id = $1 AND agency = 'fleet'`),
			[]string{"subject CASE", "gates"}},
		{"a deleted case", onRow(`DELETE FROM casefile WHERE id = $1`), []string{"subject CASE", "gone"}},
		{"the posts of an account", func(t *testing.T, data string, _ *evidenceOf) {
			change(t, data, `UPDATE account SET posts = 'administrator' WHERE id = 'night-officer'`)
		}, []string{"subject night-officer"}},
		{"the password of an account", func(t *testing.T, data string, _ *evidenceOf) {
			change(t, data, `UPDATE account SET password = password || 'x' WHERE id = 'night-officer'`)
		}, []string{"subject night-officer"}},
		{"an account added", func(t *testing.T, data string, _ *evidenceOf) {
			change(t, data, `INSERT INTO account SELECT 'ghost', version, name_zh, name_en, posts, password, disabled, created_at, changed_at FROM account WHERE id = 'night-officer'`)
		}, []string{"subject ghost"}},
		{"an account deleted", func(t *testing.T, data string, _ *evidenceOf) {
			change(t, data, `DELETE FROM account WHERE id = 'night-officer'`)
		}, []string{"subject night-officer"}},
		{"a bundle of leaves deleted", func(t *testing.T, data string, _ *evidenceOf) { os.Remove(inLedger(t, data, "tile/entries/000")) }, []string{"tile/entries/000"}},
		{"another public key", func(t *testing.T, data string, _ *evidenceOf) { swapKey(t, data, otherKey(t)) }, []string{"checkpoint log/checkpoint"}},
	}
}

// otherKey is the public key of another city's ledger.
func otherKey(t *testing.T) string {
	t.Helper()
	s := harbourSetup(t)
	if err := s.start(t).Stop(patience); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(s.data, "ledger", "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func swapKey(t *testing.T, data, key string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(data, "ledger", "key.pub"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTamperingIsNamed harms one thing at a time in a copy of a stopped city:
// verification ends with status 1 and names it.
func TestTamperingIsNamed(t *testing.T) {
	e := provenHarbour(t)
	if said, sound := verify(t, "--data", e.data); !sound || !strings.Contains(said, "verified") {
		t.Fatalf("an untouched city: %s", said)
	}
	for _, x := range tamperings() {
		t.Run(strings.ReplaceAll(x.name, " ", "-"), func(t *testing.T) {
			data := e.copied(t)
			x.do(t, data, &e)
			out, errs, err := command(t, "verify", "--data", data)
			if x.says == nil { // nothing is lost or changed: the log knows the leaf
				if err != nil {
					t.Errorf("%v\n%s%s", err, out, errs)
				}
				return
			}
			if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
				t.Fatalf("%v, want exit status 1:\n%s%s", err, out, errs)
			}
			for _, w := range x.says {
				mentions(t, "verification", out, strings.ReplaceAll(w, "CASE", e.of.ID))
			}
			mentions(t, "verification", out, "NOT VERIFIED", "DAMAGED")
		})
	}
	t.Run("history", func(t *testing.T) { rolledBack(t, e) })
	t.Run("proof", func(t *testing.T) { proofTravels(t, e) })
}
