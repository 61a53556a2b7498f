package alarm

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/city"
)

const start = city.Instant(1_782_000_000_000_000)

var (
	testRules = []city.RuleID{"p/a", "p/b", "p/c", "q/d", "q/e", "q/f"}
	testAreas = []Area{{"old", box(0, 0, 0.01)}, {"new", box(0.012, 0, 0.011)}, {"all", box(0, 0, 0.03)}}
)

func box(lon, lat, side float64) *city.Place {
	return &city.Place{Kind: city.PlacePolygon, Points: []city.Point{{Lon: lon, Lat: lat}, {Lon: lon + side, Lat: lat}, {Lon: lon + side, Lat: lat + side}, {Lon: lon, Lat: lat + side}, {Lon: lon, Lat: lat}}, Rings: []int32{5}}
}

// some is a random part of list, at least one of it.
func some[T any](r *rand.Rand, list []T) []T {
	var out []T
	for _, x := range list {
		if r.IntN(3) == 0 {
			out = append(out, x)
		}
	}
	if out == nil {
		out = append(out, list[r.IntN(len(list))])
	}
	return out
}

func minutes(r *rand.Rand, most int) time.Duration {
	return time.Duration(r.IntN(most*60)) * time.Second
}

// randomFiles are alarm files in which parents stand before their children.
func randomFiles(r *rand.Rand, with string) []File {
	files := []File{{Pack: "p"}, {Pack: "q"}, {}}
	for i := range files {
		f := &files[i]
		rules := map[string][]city.RuleID{"p": testRules[:3], "q": testRules[3:], "": testRules}[f.Pack]
		entry := func(kind string) Entry { return Entry{Pack: f.Pack, Name: kind} }
		list := func() []city.RuleID {
			if r.IntN(3) == 0 {
				return []city.RuleID{Every}
			}
			return some(r, rules)
		}
		if with == "" || with == "groups" {
			f.Groups = append(f.Groups, Group{entry("group"), list(), some(r, []By{ByRule, ByEntity, ByArea, BySeverity}), minutes(r, 5), time.Second + minutes(r, 20)})
		}
		if with == "" || with == "flapping" {
			f.Dampings = append(f.Dampings, Damping{entry("flap"), list(), 2 + r.IntN(4), time.Minute + minutes(r, 40), time.Minute + minutes(r, 40)})
		}
		if with == "" || with == "reminders" {
			f.Reminders = append(f.Reminders, Reminder{entry("reminder"), list(), time.Minute + minutes(r, 60)})
		}
		if with == "" || with == "inhibit" {
			cut := 1 + r.IntN(len(rules)-1)
			f.Inhibits = append(f.Inhibits, Inhibit{entry("inhibit"), some(r, rules[:cut]), some(r, rules[cut:]), randomRelation(r)})
		}
	}
	return files
}

func randomRelation(r *rand.Rand) Relation {
	return [...]Relation{{SameEntity: true}, {SameArea: true}, {Within: float64(200 + r.IntN(1500))}, {Evidence: true}}[r.IntN(4)]
}

// town makes random inputs.
type town struct {
	r        *rand.Rand
	now      city.Instant
	change   uint64
	up       []city.Situation
	silences []city.SilenceID
	commands uint64
}

// batch is what one batch of the log raised and cleared.
func (w *town) batch() (clock city.Instant, changed []city.Situation) {
	switch w.r.IntN(40) {
	case 0:
		w.now = w.now.Add(-minutes(w.r, 10)) // set right
	case 1:
		w.now = w.now.Add(minutes(w.r, 300))
	default:
		w.now = w.now.Add(minutes(w.r, 4))
	}
	if w.r.IntN(3) > 0 {
		for range w.r.IntN(4) {
			if len(w.up) > 0 && w.r.IntN(2) == 0 {
				i := w.r.IntN(len(w.up))
				s := w.up[i]
				w.up = slices.Delete(w.up, i, i+1)
				s.ClearedAt = max(s.RaisedAt, w.now.Add(-minutes(w.r, 2)))
				changed = append(changed, w.numbered(s))
			} else {
				s := w.numbered(w.situation())
				w.up = append(w.up, s)
				changed = append(changed, s)
			}
		}
	}
	if w.r.IntN(10) == 0 {
		return 0, changed
	}
	return w.now, changed
}

func (w *town) numbered(s city.Situation) city.Situation {
	w.change++
	s.Change = w.change
	return s
}

func (w *town) situation() city.Situation {
	entity := func() city.EntityID { return city.EntityID(fmt.Sprintf("urn:x:%d", w.r.IntN(4))) }
	s := city.Situation{Rule: testRules[w.r.IntN(len(testRules))], Entity: entity(), Severity: city.Severity(1 + w.r.IntN(4)), RaisedAt: w.now.Add(-minutes(w.r, 3))}
	s.ID = city.SituationID(fmt.Sprintf("s%d", w.change+1))
	if w.r.IntN(8) > 0 {
		s.Place = city.PointPlace(city.Point{Lon: w.r.Float64() * 0.03, Lat: w.r.Float64() * 0.012})
	}
	if w.r.IntN(2) == 0 {
		s.Evidence = []city.Evidence{{Entity: entity()}}
	}
	return s
}

func (w *town) command() Command {
	w.commands++
	c := Command{Place: Place{Number: w.commands}, At: w.now}
	if len(w.silences) > 0 && w.r.IntN(3) == 0 {
		c.End = w.silences[w.r.IntN(len(w.silences))]
		return c
	}
	s := Silence{ID: SilenceIDOf(w.commands), Author: "duty-officer", Reason: "works", Begin: w.now.Add(minutes(w.r, 20)), CreatedAt: w.now, Version: 1, Made: c.Place}
	s.End = s.Begin.Add(time.Minute + minutes(w.r, 60))
	if w.r.IntN(2) == 0 {
		s.Match.Rules = some(w.r, testRules)
	}
	if w.r.IntN(3) == 0 {
		s.Match.Areas = []string{testAreas[w.r.IntN(3)].ID}
	}
	if w.r.IntN(3) == 0 {
		s.Match.Severities = []city.Severity{city.Minor, city.Moderate}
	}
	if s.Match.Rules == nil && s.Match.Areas == nil {
		s.Match.Entities = []city.EntityID{"urn:x:1"}
	}
	w.silences = append(w.silences, s.ID)
	c.Make = &s
	return c
}

// TestPanelDecidesAsTheReference holds every mechanism, alone and together, to
// the slow reference, with restarts at any point.
func TestPanelDecidesAsTheReference(t *testing.T) {
	for _, with := range []string{"inhibit", "silences", "flapping", "groups", "reminders", ""} {
		t.Run("with "+with, func(t *testing.T) {
			said := map[city.SuppressedBy]int{}
			for seed := range uint64(60) {
				runAgainstReference(t, rand.New(rand.NewPCG(seed, 7)), with, said)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			for _, way := range city.SuppressedWays {
				if with == "" && said[way] == 0 {
					t.Errorf("nothing was ever %s", way)
				}
			}
		})
	}
}

func runAgainstReference(t *testing.T, r *rand.Rand, with string, said map[city.SuppressedBy]int) {
	files := randomFiles(r, with)
	c, faults := Compile(files, testRules, testAreas)
	if len(faults) > 0 { // two files may close a circle
		return
	}
	fast, ref, w := New(c), newSlow(files, testAreas), &town{r: r, now: start}
	for step := range 150 {
		var got, want []city.Situation
		if (with == "" || with == "silences") && r.IntN(6) == 0 {
			cmd := w.command()
			got, want = fast.Do(cmd), ref.do(cmd)
		} else {
			clock, changed := w.batch()
			got, want = fast.Apply(clock, changed), ref.apply(clock, changed)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("step %d (-reference +panel):\n%s", step, diff)
		}
		for i := range got {
			for _, x := range got[i].Standing.Suppressed {
				said[x.Way]++
			}
		}
		if r.IntN(8) == 0 {
			fast = restarted(t, c, fast, w.up)
		}
	}
}

func restarted(t *testing.T, c *Config, p *Panel, up []city.Situation) *Panel {
	t.Helper()
	state := p.Snapshot()
	again := New(c)
	if err := again.Restore(state, up); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Snapshot(), state) {
		t.Fatal("the snapshot of the restored panel differs")
	}
	return again
}
