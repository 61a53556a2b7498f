package ekuiper

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/rule"
)

// feed maps the rows, as a city's file of a feed does.
const feed = `id: rows
agency: road-authority
kind: observed
type: RoadSegment
format: json
file: rows.json
entity: RoadSegment:{id}
time: {column: ts, formats: [unix-ms]}
attributes:
  - {name: averageVehicleSpeed, column: speed, unit: KMH}
  - {name: vehicleCount, column: vehicles, unit: C62}
`

// tableFeed maps the table: what a sensor knows. The segment points to it.
const tableFeed = `id: table
agency: road-authority
kind: reference
type: %s
format: json
file: table.json
entity: "%s:{id}"
attributes:
  - %s
ignore: [%s]
`

// standard is the data standard of both types.
type standard map[city.AttributeName]struct {
	kind city.ValueKind
	unit city.Unit
}

// Field implements mapping.Standard.
func (s standard) Field(n city.AttributeName) (city.ValueKind, city.Unit, bool) {
	f, ok := s[n]
	return f.kind, f.unit, ok
}

var fields = standard{
	"averageVehicleSpeed": {city.Number, "KMH"}, "vehicleCount": {city.Number, "C62"},
	"freeFlowSpeed": {city.Number, "KMH"}, "sensor": {city.Relation, ""},
}

func compile(text string) (*mapping.Mapping, error) {
	s, faults := mapping.Parse("feed.yaml", []byte(text))
	if err := faults.Err(); err != nil {
		return nil, err
	}
	m, faults := mapping.Compile(s, fields)
	return m, faults.Err()
}

// batch is how many rows go to the engine at once.
const batch = 1024

// measure does a task with the rules of City Brain. With found it keeps what comes
// out; otherwise each output row is made and thrown away, as eKuiper's nop does.
func (t *task) measure(in *input, found map[string]int) (c cost, err error) {
	specs, faults := rule.Parse(t.name+".yaml", []byte(t.rules))
	if err := faults.Err(); err != nil {
		return c, err
	}
	rules, faults := rule.Compile("bench", specs)
	if err := faults.Err(); err != nil {
		return c, err
	}
	if err := rule.Check(rules).Err(); err != nil {
		return c, err
	}
	x := &through{engine: rule.New(rules, rule.Options{}), now: city.Instant(base-1) * 1000}
	if err := x.table(in); err != nil {
		return c, err
	}
	last := ""
	x.engine.Observe(func(h rule.Holding) {
		line := t.ours(&h)
		if line == "" || line == last {
			return
		}
		last = line
		c.Output++
		if found != nil && (t.counts == nil || t.counts(in, line)) {
			found[line] = 1
		}
	})
	m, err := compile(feed)
	if err != nil {
		return c, err
	}
	file := rowsFile
	if t.few {
		file = fewFile
	}
	runtime.GC()
	before, begun := processor(), time.Now()
	c.Rows, err = x.file(m, filepath.Join(in.dir, file))
	c.Wall, c.Processor = time.Since(begun), processor()-before
	return c, err
}

// processor is the time that this process has had of the processors.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for the process itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// through takes the rows of files through an engine.
type through struct {
	engine *rule.Engine
	pos    city.Position
	now    city.Instant // of the clock
}

// table loads what is known of the sensors before the rows begin.
func (x *through) table(in *input) error {
	for _, text := range []string{
		fmt.Sprintf(tableFeed, "Sensor", "Sensor", "{name: freeFlowSpeed, column: free, unit: KMH}", "road"),
		fmt.Sprintf(tableFeed, "RoadSegment", "RoadSegment", "{name: sensor, relation: \"Sensor:{id}\"}", "road, free"),
	} {
		m, err := compile(text)
		if err != nil {
			return err
		}
		if _, err := x.file(m, filepath.Join(in.dir, tableFile)); err != nil {
			return err
		}
	}
	return nil
}

// file reads rows, maps them and hands them to the engine; after each batch the
// clock stands just past its last row.
func (x *through) file(m *mapping.Mapping, path string) (rows int, err error) {
	r, err := rowfile.Open(path, rowfile.FormatOf(m), rowfile.Options{})
	if err != nil {
		return 0, err
	}
	defer r.Close()
	mapper, err := r.Bind(m)
	if err != nil {
		return 0, err
	}
	b := &city.Batch{Changes: make([]city.Change, 0, batch), Tick: true}
	var row mapping.Row
	var bounds mapping.Bounds
	for {
		err := r.Next(&row)
		if err != nil && !errors.Is(err, io.EOF) {
			return rows, err
		}
		if err == nil {
			b.Changes = b.Changes[:len(b.Changes)+1]
			c := &b.Changes[len(b.Changes)-1]
			mapper.Map(&row, &bounds, x.now, c)
			if c.Op == city.OpQuarantine {
				return rows, fmt.Errorf("row %d: %s", row.Number, c.Reason)
			}
			x.now = max(x.now, c.At)
			rows++
		}
		if len(b.Changes) == batch || err != nil {
			x.pos++
			b.Clock = x.now + 1
			x.engine.Apply(x.pos, b)
			b.Changes = b.Changes[:0]
		}
		if err != nil {
			return rows, nil
		}
	}
}
