package e2e

import (
	"bufio"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/test/driver"
)

const (
	gates      = 30
	gateHours  = 24 // of readings, one each ten minutes
	gatesFrom  = "2024-03-01T00:00:00Z"
	gatesUntil = "2024-03-03T00:00:00Z"
)

// writeGates writes a file in which every gate is blocked, cleared, crowded,
// idle and cannot be trusted again and again, in an order of its own.
func writeGates(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprint(w, gateHeader)
	random := rand.New(rand.NewPCG(seed, 3))
	begin := mustTime(t, gatesFrom)
	for i := range gateHours * 6 {
		for g := range gates {
			queue, visitors := 7, 0
			switch roll := random.IntN(12); {
			case roll < 2:
				queue = 20
			case roll < 4:
				queue = 2
			case roll == 4:
				queue = 120 // more than its capacity
			case roll == 5:
				queue = 0
			case roll == 6:
				visitors = 300
			}
			fmt.Fprint(w, gateRow(fmt.Sprintf("g%02d", g), begin.Add(time.Duration(i)*10*time.Minute+time.Duration(g)*time.Second), queue, visitors))
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustTime(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// gatesReplay replays the file of writeGates.
func gatesReplay(t *testing.T, args ...string) setup {
	t.Helper()
	feeds := t.TempDir()
	writeGates(t, filepath.Join(feeds, "gates.csv"))
	return harbourSetup(t, append(args, "--feeds", feeds, "--replay", "0", "--from", gatesFrom, "--until", gatesUntil)...)
}

// caught waits until the file has been read to its end, every situation with a procedure has
// its case in its last state, and every record its leaf.
func (p *person) caught(server *driver.Server) (situations []situation) {
	p.t.Helper()
	c := dial(p.t, server)
	eventually(p.t, "the file is read", patience, func() bool { return feedsOf(p.t, c)["gates"].State == "ended" })
	// Rows that are read have still to pass the rules: wait until nothing moves.
	still, newest := 0, uint64(0)
	eventually(p.t, "the rules have taken everything", patience, func() bool {
		situations = situationsOf(p.t, c)
		latest := uint64(0)
		for i := range situations {
			latest = max(latest, situations[i].Change)
		}
		if still++; latest != newest {
			still, newest = 0, latest
		}
		return still >= 20
	})
	up, down := 0, 0
	for _, s := range situations {
		switch {
		case s.Type == "gate-idle":
		case s.ClearedAt.IsZero():
			up++
		default:
			down++
		}
	}
	eventually(p.t, "every situation has its case", 2*time.Minute, func() bool {
		noted := 0
		all := p.cases("")
		for _, c := range all {
			if c.Situation != nil && c.Situation.ClearedAt != "" {
				noted++
			}
		}
		return len(all) >= up+down && noted >= down
	})
	p.sealed()
	return situations
}

// procedureOf is the kind of the case that a type of situation opens.
var procedureOf = map[string]string{"gate-blocked": "gate-blocked", "gate-fault": "data-fault", "gate-crowd": "gate-crowd"}

// oneCaseEach holds that every situation with a procedure has exactly one case,
// with the moves that its procedure makes, and no other situation has one.
func oneCaseEach(t *testing.T, p *person, situations []situation) (lines []string) {
	t.Helper()
	of := map[string]caseBody{}
	for _, c := range p.cases("order=opened") {
		if c.Situation == nil {
			t.Fatalf("case %s has no situation", c.ID)
		}
		if other, twice := of[c.Situation.ID]; twice {
			t.Errorf("situation %s has the cases %s and %s", c.Situation.ID, other.Number, c.Number)
		}
		of[c.Situation.ID] = c
		lines = append(lines, caseLine(&c))
	}
	faults := 0
	for _, s := range situations {
		c, found := of[s.ID]
		delete(of, s.ID)
		if kind, wanted := procedureOf[s.Type]; found != wanted || c.Kind != kind {
			t.Errorf("situation %s of type %s: case %q of kind %q, want kind %q", s.ID, s.Type, c.ID, c.Kind, kind)
		} else if found {
			faults += checkCase(t, &c, &s)
		}
	}
	if len(of) > 0 {
		t.Errorf("%d cases of no situation", len(of))
	}
	if faults == 0 {
		t.Error("no situation was cleared as data-fault: the test tests less than it says")
	}
	slices.Sort(lines)
	return lines
}

// checkCase compares a case that nobody touched with its situation. It answers 1
// if it was closed as data-fault.
func checkCase(t *testing.T, c *caseBody, s *situation) int {
	t.Helper()
	version, state := int64(3), "dispatched" // reported, filed, dispatched
	if s.Type == "gate-crowd" {              // waits for the duty officer
		version, state = 2, "filed"
	}
	cleared := ""
	if !s.ClearedAt.IsZero() {
		version++
		cleared = s.ClearedAt.UTC().Format(time.RFC3339)
	}
	fault := s.ClearedReason == "data-fault"
	outcome := ""
	if fault {
		state, outcome = "closed", "data-fault"
	}
	if c.Version != version || c.State != state || c.Outcome != outcome || !sameTime(c.OpenedAt, s.RaisedAt.UTC().Format(time.RFC3339)) ||
		!sameTime(c.Situation.ClearedAt, cleared) || c.Situation.ClearedReason != s.ClearedReason || fault && !sameTime(c.ClosedAt, cleared) {
		t.Errorf("%s %s raised %s cleared %q (%s): case %+v %+v", s.Type, s.ID, s.RaisedAt, cleared, s.ClearedReason, c, c.Situation)
	}
	if fault {
		return 1
	}
	return 0
}

func sameTime(a, b string) bool {
	x, err1 := time.Parse(time.RFC3339, a)
	y, err2 := time.Parse(time.RFC3339, b)
	return err1 == nil && err2 == nil && x.Equal(y) || a == b
}

// caseLine is what must be the same in every replay.
func caseLine(c *caseBody) string {
	line := fmt.Sprintf("%s %s %s %s v%d %s opened %s changed %s closed %s", c.Number, c.ID, c.Kind, c.State, c.Version, c.Severity, c.OpenedAt, c.ChangedAt, c.ClosedAt)
	for _, x := range c.Tasks {
		line += fmt.Sprintf(" %s:%s:%s", x.Agency, x.State, x.Deadline)
	}
	return line
}

// movesWithoutGaps looks into the records of a stopped city: the moves of every
// case count 1, 2, 3…, and every record has one leaf of its own.
func movesWithoutGaps(t *testing.T, s setup) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []struct{ fault, query string }{
		{"cases whose moves have gaps", `SELECT count(*) FROM (SELECT c.version FROM casefile c LEFT JOIN record r ON r.subject = c.id AND r.kind = 'case-move'
			GROUP BY c.id HAVING count(r.id) <> c.version OR min(r.seq) <> 1 OR max(r.seq) <> c.version)`},
		{"records without a leaf", `SELECT count(*) FROM record WHERE leaf IS NULL`},
		{"leaves of no record or of several", `SELECT abs(max(leaf) + 1 - count(DISTINCT leaf)) FROM record`},
	} {
		var n int
		if err := db.QueryRow(q.query).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d %s (%v)", n, q.fault, err)
		}
	}
	if said, sound := verify(t, "--data", s.data); !sound {
		t.Errorf("not sound: %s", said)
	}
}

// judged catches up, checks every case and record, stops the city, and answers
// what must be the same in every replay.
func judged(t *testing.T, s setup) []string {
	t.Helper()
	server := s.start(t)
	p := nobody(t, server)
	lines := oneCaseEach(t, p, p.caught(server))
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	movesWithoutGaps(t, s)
	return lines
}

// TestOneCaseForEachSituation replays a day in which thousands of situations
// come and go, in one piece; then kills it again and again on the way. Then it
// puts the stored position of casework back: to what it was before the last
// case was saved, and to the very beginning, as if the process had been killed
// between the situation, its case and the position. The cases stay the same.
func TestOneCaseForEachSituation(t *testing.T) {
	skipIfShort(t, "replays of a day and many restarts")
	want := judged(t, gatesReplay(t))
	s := gatesReplay(t, busyFiles...)
	random := rand.New(rand.NewPCG(seed, 4))
	within := 0
	for range 8 {
		if killedWhileTaking(t, s, random) {
			within++
		}
	}
	if within < 3 {
		t.Errorf("only %d of 8 kills came while cases were opened", within)
	}
	t.Logf("%d cases; %d of 8 kills while cases were opened", len(want), within)
	if diff := cmp.Diff(want, judged(t, s)); diff != "" {
		t.Errorf("cases (-in one piece +killed on the way)\n%.3000s", diff)
	}
	for _, back := range []string{"max(0, position - 1)", "position / 2", "0"} {
		change(t, s.data, `UPDATE consumer SET position = `+back+` WHERE name LIKE 'casework%'`)
		if diff := cmp.Diff(want, judged(t, s)); diff != "" {
			t.Errorf("position put back to %s (-before +after)\n%.3000s", back, diff)
		}
	}
}

// killedWhileTaking starts the city, kills it at a random moment, and says
// whether situations were still without a case then.
func killedWhileTaking(t *testing.T, s setup, random *rand.Rand) bool {
	t.Helper()
	server, err := s.listen(t)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(random.IntN(250)) * time.Millisecond)
	server.Kill()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var behind int
	if err := db.QueryRow(`SELECT count(*) FROM situation s WHERE s.type <> 'gate-idle' AND NOT EXISTS (SELECT 1 FROM casefile c WHERE c.situation = s.id)`).Scan(&behind); err != nil {
		t.Fatal(err)
	}
	return behind > 0
}
