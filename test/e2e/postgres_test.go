package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/internal/testkit/postgres"
)

// onPostgres is s with its records in a database.
func onPostgres(s setup, address string) setup {
	s.args = append(append([]string{}, s.args...), "--set", "records="+address)
	return s
}

// TestWholeProgramOnPostgreSQL replays a day with the records in PostgreSQL,
// killing the program on the way: the cases are those of SQLite. People then
// work a case, the program is killed once more, and everything verifies.
func TestWholeProgramOnPostgreSQL(t *testing.T) {
	skipIfShort(t, "replays with a database server")
	db := postgres.Private(t)
	if err := db.Create("harbour"); err != nil {
		t.Fatal(err)
	}
	address := db.Address("harbour")
	want := judged(t, gatesReplay(t, "--until", "2024-03-01T04:00:00Z"))
	s := onPostgres(gatesReplay(t, append(busyFiles, "--until", "2024-03-01T04:00:00Z")...), address)
	random := rand.New(rand.NewPCG(seed, 6))
	for range 4 {
		server, err := s.listen(t)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		server.Kill()
	}
	server := s.start(t)
	p := nobody(t, server)
	if diff := cmp.Diff(want, oneCaseEach(t, p, p.caught(server))); diff != "" {
		t.Errorf("cases (-SQLite +PostgreSQL)\n%.3000s", diff)
	}
	staff := map[string]*person{}
	for _, post := range harbourPosts {
		staff[post] = p
	}
	c := dispatched(staff, "By hand")
	worked(staff, &c)
	server.Kill()
	server = s.start(t)
	p = nobody(t, server)
	d := p.detail(c.ID)
	if d.Case.State != "closed" || d.Case.Outcome != "solved" || d.Case.Version != c.Version {
		t.Errorf("after a kill: %+v", d.Case)
	}
	p.sealed()
	for _, running := range []bool{true, false} {
		if said, sound := verify(t, "--data", s.data, "--records", address); !sound {
			t.Errorf("running %v: %s", running, said)
		}
		if running {
			if err := server.Stop(patience); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestDatabaseAway stops the database below a running city for some seconds,
// once in order and once by a crash: requests get clear errors, the program
// stays, and goes on by itself when the database is back. Nothing that was
// acknowledged is lost.
func TestDatabaseAway(t *testing.T) {
	skipIfShort(t, "stops and starts a database server")
	db := postgres.Private(t)
	if err := db.Create("harbour"); err != nil {
		t.Fatal(err)
	}
	s := onPostgres(harbourSetup(t, busyFiles...), db.Address("harbour"))
	server := s.start(t)
	p := nobody(t, server)
	c := p.report("Before")
	for n, away := range []func() error{db.Stop, db.Kill} {
		if err := away(); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); time.Since(begun) < 3*time.Second; time.Sleep(300 * time.Millisecond) {
			a := p.tryMove(&c, "note", fields{"text": "Meanwhile."})
			r := a.refusal(t, "a move without the database", 503)
			mentions(t, "the reason", r.Detail, "database")
			p.ask("GET", "/api/v1/cases", nil).refusal(t, "reading without the database", 503)
			if a := p.ask("GET", "/healthz", nil); a.status != 200 {
				t.Errorf("/healthz: %d", a.status)
			}
		}
		p.push(gateRow("away", time.Now().Add(time.Duration(n-3)*time.Minute), 20-18*n, 0)) // raised without a database, cleared the next time
		if err := db.Restart(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "moves go on", patience, func() bool {
			a := p.tryMove(&c, "note", fields{"text": "After."})
			var d caseDetail
			if a.status == 200 && json.Unmarshal(a.body, &d) == nil {
				c = d.Case
			}
			return a.status == 200
		})
		if c.Version != int64(n)+2 {
			t.Errorf("version %d: a refused move was made", c.Version)
		}
		eventually(t, "the situation and its clearing reach their case", patience, func() bool {
			list := p.cases("kind=gate-blocked")
			return len(list) == 1 && (list[0].Situation.ClearedAt != "") == (n == 1)
		})
		p.sealed()
	}
	if err := server.Stop(patience); err != nil {
		t.Errorf("%v\n%s", err, server.Output())
	}
	if said, sound := verify(t, "--data", s.data, "--records", db.Address("harbour")); !sound {
		t.Errorf("afterwards: %s", said)
	}
}
