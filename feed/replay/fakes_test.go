package replay

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
)

type anyStandard struct{}

// Field takes every unit as it comes.
func (anyStandard) Field(n city.AttributeName) (city.ValueKind, city.Unit, bool) {
	switch n {
	case "averageVehicleSpeed", "freeFlowSpeed", "windSpeed":
		return city.Number, "KMH", true
	case "vehicleCount", "occupiedSpotNumber", "totalSpotNumber", "n":
		return city.Number, "C62", true
	case "averageTravelTime", "freeFlowTime":
		return city.Number, "SEC", true
	case "length":
		return city.Number, "MTR", true
	case "temperature":
		return city.Number, "CEL", true
	case "relativeHumidity":
		return city.Number, "P1", true
	case "location":
		return city.Geo, "", true
	case "startDate":
		return city.Time, "", true
	case "address":
		return city.JSON, "", true
	case "owner", "refStartJunction", "refEndJunction":
		return city.Relation, "", true
	}
	return city.Text, "", true
}

func compile(t testing.TB, name string, yaml []byte) *mapping.Mapping {
	t.Helper()
	s, faults := mapping.Parse(name, yaml)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	m, faults := mapping.Compile(s, anyStandard{})
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// observed is a feed of a file with the columns at, id, n.
func observed(t testing.TB, id, text string) Feed {
	t.Helper()
	m := compile(t, id+".yaml", []byte(fmt.Sprintf(`
id: %s
agency: roads
kind: observed
type: Thing
file: %s.csv
format: csv
entity: "urn:x:Thing:{id}"
lateness: 10m
time: {column: at, formats: [rfc3339]}
attributes: [{name: n, column: n, unit: C62}]
`, id, id)))
	path := filepath.Join(t.TempDir(), id+".csv")
	if err := os.WriteFile(path, []byte("at,id,n\n"+text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Feed{Mapping: m, Path: path}
}

func reference(t testing.TB, id, text string) Feed {
	t.Helper()
	m := compile(t, id+".yaml", []byte(fmt.Sprintf(`
id: %s
agency: roads
kind: reference
type: Thing
file: %s.csv
format: csv
entity: "urn:x:Thing:{id}"
attributes: [{name: name, column: name}]
`, id, id)))
	path := filepath.Join(t.TempDir(), id+".csv")
	if err := os.WriteFile(path, []byte("id,name\n"+text), 0o644); err != nil {
		t.Fatal(err)
	}
	return Feed{Mapping: m, Path: path}
}

// gate behaves as model.Writer: rows counted in a run are passed over, and from
// the first refused row of a feed everything is refused until Start.
type gate struct {
	mu      sync.Mutex
	log     []string
	counted map[city.SourceID]int64
	runs    map[city.SourceID]uint64
	broken  map[city.SourceID]bool
	refuse  func(call int) error // asked at each send and tick
	calls   int
	rows    map[city.Op]int64
	last    city.Instant // latest ReceivedAt
	tick    city.Instant
	faults  []string
	quiet   bool
}

func newGate() *gate {
	return &gate{counted: map[city.SourceID]int64{}, runs: map[city.SourceID]uint64{}, broken: map[city.SourceID]bool{}, rows: map[city.Op]int64{}}
}

type answer struct{ err error }

func (a *answer) Wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return a.err
}

func (g *gate) Start(_ context.Context, feed city.FeedID, run uint64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.runs[feed.Source()] != run {
		g.runs[feed.Source()], g.counted[feed.Source()] = run, 0
	}
	delete(g.broken, feed.Source())
	return nil
}

func (g *gate) refused() error {
	g.calls++
	if g.refuse != nil {
		return g.refuse(g.calls)
	}
	return nil
}

func (g *gate) Send(changes []city.Change) Ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	err := g.refused()
	out := &answer{err}
	for i := range changes {
		c := &changes[i]
		if err != nil {
			g.broken[c.Source] = true
		}
		if g.broken[c.Source] {
			if err == nil {
				out.err = &city.Error{Kind: city.Overload, Retry: time.Millisecond}
			}
			continue
		}
		if g.runs[c.Source] == 0 {
			g.faults = append(g.faults, "rows before Start of "+string(c.Source))
		}
		if c.Row > g.counted[c.Source] {
			g.take(c)
		}
	}
	return out
}

func (g *gate) take(c *city.Change) {
	if c.Row != g.counted[c.Source]+1 {
		g.faults = append(g.faults, fmt.Sprintf("%s: row %d after %d", c.Source, c.Row, g.counted[c.Source]))
	}
	g.counted[c.Source] = c.Row
	g.rows[c.Op]++
	if c.ReceivedAt < g.last && g.refuse == nil {
		g.faults = append(g.faults, fmt.Sprintf("%s row %d: the clock went back", c.Source, c.Row))
	}
	if c.ReceivedAt < g.tick {
		g.faults = append(g.faults, fmt.Sprintf("%s row %d received at %s behind the tick of %s", c.Source, c.Row, c.ReceivedAt, g.tick))
	}
	if c.At == 0 || c.ReceivedAt == 0 {
		g.faults = append(g.faults, fmt.Sprintf("%s row %d has no time", c.Source, c.Row))
	}
	g.last = c.ReceivedAt
	if !g.quiet {
		g.log = append(g.log, fmt.Sprintf("%s %d %s", c.Source, c.Row, clockOf(c.ReceivedAt)))
	}
}

func (g *gate) Tick(at city.Instant) Ticket {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refused(); err != nil {
		return &answer{err}
	}
	if len(g.broken) > 0 {
		return &answer{city.Errorf(city.Unavailable, "tick", "rows wait")}
	}
	if at < g.tick || at < g.last && g.refuse == nil {
		g.faults = append(g.faults, fmt.Sprintf("tick %s behind %s or row %s", at, g.tick, g.last))
	}
	if at > g.tick {
		g.tick = at
		if !g.quiet {
			g.log = append(g.log, "tick "+clockOf(at))
		}
	}
	return &answer{}
}

func clockOf(i city.Instant) string { return i.Time().Format("02 15:04:05") }

func (g *gate) check(t testing.TB) {
	t.Helper()
	if len(g.faults) > 0 {
		t.Errorf("%d faults:\n%s", len(g.faults), strings.Join(g.faults[:min(10, len(g.faults))], "\n"))
	}
}

func instant(s string) city.Instant {
	i, err := city.ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return i
}
