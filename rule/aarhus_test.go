package rule

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// aarhus is the window of August 2014: rows of segments and garages in the
// order of their times, and what stands where. First of duplicates wins.
type aarhus struct {
	free   map[string]float64
	place  map[string][]city.Point
	starts map[string]city.Instant
	rows   []aarhusRow
}

type aarhusRow struct {
	at         city.Instant
	id         string
	a, b       float64 // speed and vehicles, or cars and places
	garage     bool
	faulty     bool
	fault      string
	congestion bool // meets the condition
}

func loadAarhus(t *testing.T) *aarhus {
	dir := os.Getenv("CITYBRAIN_DATA")
	if dir == "" || testing.Short() {
		t.Skip("CITYBRAIN_DATA is not set, or -short: not run on the real feeds")
	}
	dir = filepath.Join(dir, "aarhus")
	w := &aarhus{free: map[string]float64{}, place: map[string][]city.Point{}, starts: map[string]city.Instant{}}
	num := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return math.NaN()
		}
		return f
	}
	eachRow(t, dir, "traffic_sensors.csv", func(get func(string) string) {
		id := strings.Clone(get("REPORT_ID"))
		w.free[id] = num(get("NDT_IN_KMH"))
		w.place[id] = []city.Point{{Lon: num(get("POINT_1_LNG")), Lat: num(get("POINT_1_LAT"))}, {Lon: num(get("POINT_2_LNG")), Lat: num(get("POINT_2_LAT"))}}
	})
	eachRow(t, dir, "garages.csv", func(get func(string) string) {
		w.place[strings.Clone(get("garagecode"))] = []city.Point{{Lon: num(get("longitude")), Lat: num(get("latitude"))}}
	})
	local, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"library_events.json", "cultural_events.json"} {
		w.addEvents(t, filepath.Join(dir, name), local)
	}
	from, _ := city.ParseInstant("2014-08-11T00:00:00Z")
	until, _ := city.ParseInstant("2014-09-01T00:00:00Z")
	type instance struct {
		id string
		at city.Instant
	}
	seen, ids := map[instance]bool{}, map[string]string{}
	add := func(r aarhusRow) {
		if ids[r.id] == "" {
			ids[r.id] = strings.Clone(r.id)
		}
		r.id = ids[r.id]
		if key := (instance{r.id, r.at}); r.at >= from && r.at < until && !seen[key] {
			seen[key] = true
			w.rows = append(w.rows, r)
		}
	}
	eachRow(t, dir, "traffic.csv.gz", func(get func(string) string) {
		at, _ := time.Parse("2006-01-02T15:04:05", get("TIMESTAMP"))
		add(aarhusRow{at: city.InstantOf(at), id: get("REPORT_ID"), a: num(get("avgSpeed")), b: num(get("vehicleCount"))})
	})
	eachRow(t, dir, "parking.csv.gz", func(get func(string) string) {
		at, _ := time.ParseInLocation("2006-01-02 15:04:05", get("updatetime"), local)
		add(aarhusRow{at: city.InstantOf(at), id: get("garagecode"), a: num(get("vehiclecount")), b: num(get("totalspaces")), garage: true})
	})
	sort.SliceStable(w.rows, func(i, j int) bool {
		a, b := &w.rows[i], &w.rows[j]
		return a.at < b.at || a.at == b.at && a.id < b.id
	})
	w.judge()
	return w
}

func eachRow(t *testing.T, dir, name string, row func(get func(string) string)) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	c := csv.NewReader(r)
	c.ReuseRecord, c.LazyQuotes = true, true
	head, err := c.Read()
	if err != nil {
		t.Fatal(err)
	}
	col := map[string]int{}
	for i, h := range head {
		col[strings.Clone(strings.TrimSpace(h))] = i
	}
	for {
		rec, err := c.Read()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(name, err)
		}
		row(func(h string) string { return strings.TrimSpace(rec[col[h]]) })
	}
}

func (w *aarhus) addEvents(t *testing.T, name string, local *time.Location) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		ID, Starts          string
		Latitude, Longitude float64
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		at, err := time.ParseInLocation("2006-01-02T15:04:05", e.Starts, local)
		if err != nil {
			t.Fatal(err)
		}
		w.starts[e.ID] = city.InstantOf(at)
		w.place[e.ID] = []city.Point{{Lon: e.Longitude, Lat: e.Latitude}}
	}
}

// judge marks the garages' rows by the fault rules of the issue: over capacity,
// or the same non-zero value over at least 12 readings and 12 hours; sound again
// from the third sound reading in a row on.
func (w *aarhus) judge() {
	type health struct {
		faulty     bool
		sound, run int
		value      float64
		from       city.Instant
	}
	of := map[string]*health{}
	for i := range w.rows {
		r := &w.rows[i]
		if !r.garage {
			r.congestion = r.b > 0 && r.a < 0.5*w.free[r.id]
			continue
		}
		h := of[r.id]
		if h == nil {
			h = &health{}
			of[r.id] = h
		}
		if h.run == 0 || h.value != r.a {
			h.run, h.value, h.from = 0, r.a, r.at
		}
		h.run++
		r.fault = ""
		if r.a > r.b {
			r.fault = "capacity"
		} else if r.a != 0 && h.run >= 12 && r.at.Sub(h.from) >= 12*time.Hour {
			r.fault = "stuck"
		}
		switch {
		case r.fault != "":
			h.faulty, h.sound = true, 0
		case h.faulty:
			if h.sound++; h.sound == 3 {
				h.faulty = false
			}
		}
		r.faulty = h.faulty
	}
}

// expect finds the situations by walking over the rows once. With faultyCounts a
// reading taken while faulty still counts as the one before.
func (w *aarhus) expect(faultyCounts bool) []string {
	type state struct {
		since  city.Instant
		rowing bool
		full   bool // the reading before was at or over 80 %
		up     map[string]city.Instant
	}
	all := map[string]*state{}
	congested := map[string]bool{}
	var lines []string
	for i := 0; i < len(w.rows); {
		k := i
		for k < len(w.rows) && w.rows[k].at == w.rows[i].at {
			k++
		}
		for _, garages := range []bool{false, true} {
			for _, r := range w.rows[i:k] {
				if r.garage != garages {
					continue
				}
				s := all[r.id]
				if s == nil {
					s = &state{up: map[string]city.Instant{}}
					all[r.id] = s
				}
				set := func(kind string, on bool, why string) {
					at, was := s.up[kind]
					switch {
					case on && !was:
						s.up[kind] = r.at
					case !on && was:
						lines = append(lines, fmt.Sprintf("%s %s %s → %s %s", kind, r.id, at, r.at, why))
						delete(s.up, kind)
					}
				}
				if !r.garage {
					if r.congestion && !s.rowing {
						s.since = r.at
					}
					s.rowing = r.congestion
					_, was := s.up["road-congestion"]
					on := r.congestion && (was || r.at.Sub(s.since) >= 10*time.Minute)
					set("road-congestion", on, "condition-ended")
					congested[r.id] = on
					continue
				}
				set("data-fault", r.faulty, "sound")
				full := r.a >= 0.8*r.b
				if _, up := s.up["garage-pressure"]; up {
					if r.faulty {
						set("garage-pressure", false, "data-fault")
					} else if r.a < 0.75*r.b {
						set("garage-pressure", false, "below-75-percent")
					}
				} else if full && s.full && !r.faulty && w.crowded(r, congested) {
					set("garage-pressure", true, "")
				}
				s.full = full && (!r.faulty || faultyCounts)
			}
		}
		i = k
	}
	for id, s := range all {
		for kind, at := range s.up {
			lines = append(lines, fmt.Sprintf("%s %s %s up", kind, id, at))
		}
	}
	sort.Strings(lines)
	return lines
}

func (w *aarhus) crowded(r aarhusRow, congested map[string]bool) bool {
	at := w.place[r.id][0]
	for id, on := range congested {
		if p := w.place[id]; on && (at.Distance(p[0]) <= 800 || at.Distance(p[1]) <= 800) {
			return true
		}
	}
	for id, start := range w.starts {
		if start >= r.at && start < r.at.Add(3*time.Hour) && at.Distance(w.place[id][0]) <= 1000 {
			return true
		}
	}
	return false
}

func (w *aarhus) engine(t *testing.T) *Engine {
	e := New(packRules(t), Options{})
	var known []city.Change
	t0 := w.rows[0].at
	for id, p := range w.place {
		kind, attrs := city.EntityType("OffStreetParking"), []city.Attribute{static("location", city.GeoOf(city.PointPlace(p[0])), t0)}
		if free, ok := w.free[id]; ok {
			kind = "RoadSegment"
			attrs = []city.Attribute{static("location", city.GeoOf(city.LinePlace(p...)), t0), static("freeFlowSpeed", city.NumberOf(free), t0)}
		} else if at, ok := w.starts[id]; ok {
			kind = "Event"
			attrs = append(attrs, static("startDate", city.TimeOf(at), t0))
		}
		known = append(known, reference(kind, city.EntityID(id), t0, attrs...))
	}
	e.Apply(1, &city.Batch{Changes: known})
	return e
}

func (r *aarhusRow) change() city.Change {
	if !r.garage {
		return reading("RoadSegment", city.EntityID(r.id), r.at, number("averageVehicleSpeed", r.a, r.at), number("vehicleCount", r.b, r.at))
	}
	c := reading("OffStreetParking", city.EntityID(r.id), r.at, number("occupiedSpotNumber", r.a, r.at), number("totalSpotNumber", r.b, r.at))
	if r.faulty {
		c.Flags |= city.FlagFaulty
	}
	switch r.fault {
	case "capacity":
		c.Flags |= city.FlagCapacity
	case "stuck":
		c.Flags |= city.FlagStuck
	}
	return c
}

func TestAarhus(t *testing.T) {
	w := loadAarhus(t)
	e := w.engine(t)
	last := map[city.SituationID]city.Situation{}
	batch := city.Batch{}
	var used time.Duration
	apply := func(b *city.Batch) {
		before := time.Now()
		for _, s := range e.Apply(e.Position()+1, b) {
			last[s.ID] = s
		}
		used += time.Since(before)
	}
	for i := range w.rows {
		batch.Changes = append(batch.Changes, w.rows[i].change())
		if len(batch.Changes) == 5000 || i == len(w.rows)-1 {
			apply(&batch)
			apply(tick(w.rows[i].at))
			batch.Changes = batch.Changes[:0]
		}
	}
	apply(tick(w.rows[len(w.rows)-1].at + 1))
	var got []string
	count := map[string]int{}
	for _, s := range last {
		line := fmt.Sprintf("%s %s %s up", s.Type, s.Entity, s.RaisedAt)
		if !s.Up() {
			line = fmt.Sprintf("%s %s %s → %s %s", s.Type, s.Entity, s.RaisedAt, s.ClearedAt, s.ClearedReason)
		}
		got = append(got, line)
		count[s.Type]++
	}
	sort.Strings(got)
	if diff := cmp.Diff(w.expect(false), got); diff != "" {
		t.Errorf("(-brute force +engine):\n%s", diff)
	}
	if n := e.Late()["feed"]; n != 0 {
		t.Errorf("%d late readings in a feed without", n)
	}
	other := w.expect(true)
	t.Logf("%d rows in %s: %v; if faulty readings counted in a row: %d situations instead of %d, %q instead of %q",
		len(w.rows), used, count, len(other), len(got), differing(got, other), differing(other, got))
}

func differing(a, b []string) (out []string) {
	in := map[string]bool{}
	for _, s := range a {
		in[s] = true
	}
	for _, s := range b {
		if !in[s] {
			out = append(out, s)
		}
	}
	return out
}
