package alarm

import (
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/internal/wire"
)

// at is a moment of the tests, in minutes.
func at(minutes float64) city.Instant { return start + city.Instant(minutes*60e6) }

// course drives a panel by hand. What it says is written as "id: way…".
type course struct {
	t      *testing.T
	p      *Panel
	change uint64
	up     map[string]city.Situation
}

func newCourse(t *testing.T, files string) *course {
	t.Helper()
	f, _, faults := Parse("p", "alarms/x.yaml", []byte(files))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	c, faults := Compile([]File{f}, testRules, testAreas)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return &course{t: t, p: New(c), up: map[string]city.Situation{}}
}

// tick is a tick at a minute with changes: "a1" raises a1 of rule p/a on the
// entity 1, "-a1" clears it.
func (c *course) tick(minute float64, changes ...string) string {
	c.t.Helper()
	var list []city.Situation
	for _, name := range changes {
		c.change++
		name, clears := strings.CutPrefix(name, "-")
		s := c.up[name]
		if clears {
			s.ClearedAt = at(minute)
			delete(c.up, name)
		} else {
			s = city.Situation{ID: city.SituationID(name), Rule: city.RuleID("p/" + name[:1]), Entity: city.EntityID("urn:x:" + name[1:2]), Severity: city.Major, RaisedAt: at(minute),
				Place: city.PointPlace(city.Point{Lon: 0.001 * float64(name[1]-'0'), Lat: 0.001})}
			s.Change = c.change
			c.up[name] = s
		}
		s.Change = c.change
		list = append(list, s)
	}
	return written(c.p.Apply(at(minute), list))
}

func written(said []city.Situation) string {
	var out []string
	for _, s := range said {
		text := string(s.ID)
		if !s.Up() {
			text = "-" + text
		}
		switch {
		case s.Standing.Quiet():
			for _, x := range s.Standing.Suppressed {
				text += " " + string(x.Way)
			}
		case s.Standing.Reminders > 0:
			text += " again"
		case s.Standing.Flapping:
			text += " flaps"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func (c *course) want(got, want string) {
	c.t.Helper()
	if got != want {
		c.t.Errorf("said %q, want %q", got, want)
	}
}

const title = "title: {zh: 测, en: Test}"

func TestInhibition(t *testing.T) {
	c := newCourse(t, "inhibit: [{name: x, "+title+", parent: [a], children: [b], where: {same: entity}}]")
	c.want(c.tick(0, "b1", "b2"), "b1, b2")
	c.want(c.tick(1, "a1"), "a1, b1 inhibited")                         // told before, explained now
	c.want(c.tick(2, "b1x"), "b1x inhibited")                           // never told
	c.want(c.tick(3), "")                                               // nothing is said twice
	c.want(c.tick(4, "-b1x"), "-b1x inhibited")                         // was never told, nor is its end
	c.want(c.tick(5, "-a1"), "-a1, b1")                                 // let go
	c.want(c.tick(6, "b1y", "a1y"), "b1y inhibited, a1y, b1 inhibited") // in one round the order does not matter
	c.want(c.tick(7, "a1z", "-a1z"), "a1z, -a1z")                       // a parent that is gone at once explains nothing new
	c.want(c.tick(8, "-a1y"), "-a1y, b1, b1y")
}

func TestGrouping(t *testing.T) {
	c := newCourse(t, "groups: [{name: x, "+title+", situations: [a], by: [area], wait: 1m, interval: 10m}]")
	c.want(c.tick(0, "a1"), "a1 grouped")
	c.want(c.tick(0.5, "a2", "b1"), "a2 grouped, b1")
	c.want(c.tick(1), "a1, a2")
	c.want(c.tick(2, "a3"), "a3 grouped")
	c.want(c.tick(10.9), "")
	c.want(c.tick(11), "a3")
	c.want(c.tick(12, "a4", "-a1"), "a4 grouped, -a1") // the end of what was told is told at once
	c.want(c.tick(13, "-a4"), "-a4 grouped")
	c.want(c.tick(21), "")
	c.want(c.tick(30, "a5"), "a5 grouped")
	c.want(c.tick(31), "a5")
}

func TestFlapping(t *testing.T) {
	c := newCourse(t, "flapping: [{name: x, "+title+", situations: [a], changes: 3, within: 10m, stable: 5m}]")
	c.want(c.tick(0, "a1p"), "a1p")
	c.want(c.tick(1, "-a1p"), "-a1p")
	c.want(c.tick(2, "a1q"), "a1q")
	c.want(c.tick(3, "-a1q"), "-a1q") // the fourth change: flapping
	c.want(c.tick(4, "a1r"), "a1r flaps")
	c.want(c.tick(5, "-a1r"), "-a1r flaps")
	c.want(c.tick(6, "a1s", "a2p"), "a1s flapping, a2p")
	c.want(c.tick(7, "-a1s"), "-a1s flapping")
	c.want(c.tick(8, "a1t"), "a1t flapping")
	c.want(c.tick(12.9), "")
	c.want(c.tick(13), "a1t") // stable for five minutes, and still up
	c.want(c.tick(14, "-a1t"), "-a1t")
	c.want(c.tick(15, "a1u"), "a1u") // counted from the beginning
}

func TestReminders(t *testing.T) {
	c := newCourse(t, "reminders: [{name: x, "+title+", situations: [\"*\"], every: 10m}]")
	c.want(c.tick(0, "a1"), "a1")
	c.want(c.tick(9.9), "")
	c.want(c.tick(10), "a1 again")
	c.want(c.tick(20), "a1 again")
	c.want(c.tick(21, "-a1"), "-a1 again")
	c.want(c.tick(40), "")
}

func TestSilencesHold(t *testing.T) {
	c := newCourse(t, "groups: [{name: x, "+title+", situations: [c], wait: 1m, interval: 1m}]")
	c.want(c.tick(0, "a1", "a2", "b1"), "a1, a2, b1")
	silence := func(number uint64, minute float64, s Silence) string {
		s.ID, s.Made = SilenceIDOf(number), Place{Number: number}
		s.CreatedAt = at(minute)
		return written(c.p.Do(Command{Place: s.Made, At: at(minute), Make: &s}))
	}
	c.want(silence(1, 1, Silence{Begin: at(1), End: at(5), Match: Matchers{Rules: []city.RuleID{"p/a"}, Entities: []city.EntityID{"urn:x:1"}}}), "a1 silenced")
	c.want(silence(2, 1, Silence{Begin: at(3), End: at(4), Match: Matchers{Areas: []string{"old"}, Severities: []city.Severity{city.Major}}}), "")
	c.want(silence(2, 1, Silence{Begin: at(1), End: at(4), Match: Matchers{Areas: []string{"old"}}}), "") // taken before
	c.want(c.tick(2, "a1x"), "a1x silenced")
	c.want(c.tick(3), "a2 silenced, b1 silenced")
	c.want(c.tick(3.5, "c1"), "c1 silenced")
	c.want(c.tick(4), "a2, b1, c1 grouped")
	c.want(written(c.p.Do(Command{Place: Place{Number: 3}, At: at(4.5), End: SilenceIDOf(1)})), "a1, a1x")
	c.want(c.tick(5), "c1")
	c.want(c.tick(6), "")
}

// TestASnapshotOfOtherFilesIsDecidedAnew restores under files that say other
// things.
func TestASnapshotOfOtherFilesIsDecidedAnew(t *testing.T) {
	c := newCourse(t, "inhibit: [{name: x, "+title+", parent: [a], children: [b], where: {same: entity}}]\nflapping: [{name: y, "+title+", situations: [a], changes: 2, within: 1h, stable: 1h}]")
	c.want(c.tick(0, "a1", "b1", "b2"), "a1, b1 inhibited, b2")
	state, up := c.p.Snapshot(), []city.Situation{c.up["a1"], c.up["b1"], c.up["b2"]}
	other := newCourse(t, "inhibit: [{name: x, "+title+", parent: [a], children: [b], where: {within: 10 km}}]")
	if err := other.p.Restore(state, up[1:]); err != nil { // the rule of a1 is gone
		t.Fatal(err)
	}
	other.want(other.tick(1), "b1")
	gone := up[0]
	gone.ClearedAt, gone.Change = at(2), 9
	other.want(written(other.p.Apply(at(2), []city.Situation{gone})), "-a1")
	// From before there were panels: what is up was told.
	old := newCourse(t, "reminders: [{name: x, "+title+", situations: [\"*\"], every: 10m}]")
	if err := old.p.Restore(nil, up); err != nil {
		t.Fatal(err)
	}
	old.p.ContinueAfter(40)
	old.want(old.tick(1), "")
	said := old.p.Apply(at(10), nil)
	old.want(written(said), "a1 again, b1 again, b2 again")
	if said[0].Standing.Notice != 41 || said[0].Standing.Announced != up[0].Change {
		t.Errorf("numbered %+v", said[0].Standing)
	}
}

func TestDamagedSnapshots(t *testing.T) {
	c := newCourse(t, "groups: [{name: x, "+title+", situations: [a], by: [area], wait: 1m, interval: 10m}]")
	c.tick(0, "a1", "b1")
	state := c.p.Snapshot()
	for n := 1; n < len(state); n++ {
		if err := New(c.p.c).Restore(state[:n], nil); err == nil {
			t.Fatalf("%d of %d bytes are taken", n, len(state))
		}
	}
}

func FuzzRestore(f *testing.F) {
	c, _ := Compile(nil, testRules, testAreas)
	f.Add(New(c).Snapshot())
	f.Fuzz(func(t *testing.T, state []byte) { _ = New(c).Restore(state, nil) })
}

func FuzzParse(f *testing.F) {
	f.Add("groups:\n  - {name: x, title: {zh: 测, en: T}, situations: [a], by: [area], wait: 1m, interval: 10m}\n")
	f.Add("inhibit: [{name: x, title: {zh: 测, en: T}, parent: [a], children: [b], where: {within: 1e999 km}}]")
	f.Add("flapping: [{name: x, title: {zh: 测, en: T}, situations: ['*'], changes: 3, within: 1h, stable: 1h}]\nreminders: []")
	f.Fuzz(func(t *testing.T, text string) {
		file, _, faults := Parse("p", "x.yaml", []byte(text))
		for _, x := range faults {
			if x.File != "x.yaml" || x.Rule == "" || x.Text == "" {
				t.Fatalf("a fault without place or reason: %+v", x)
			}
		}
		Compile([]File{file}, testRules, nil)
	})
}

func TestWhoMaySilence(t *testing.T) {
	known := Known{Rules: testRules, Areas: testAreas}
	officer := &city.Actor{Account: "duty-officer", Posts: []city.Post{{ID: "roads", Duty: city.Dispatcher}, {ID: "night-watch", Duty: city.DutyOfficer}}}
	good := Silence{Reason: " <script>alert(1)</script>\r\nroad works ", End: at(60), Match: Matchers{Rules: []city.RuleID{"p/b", "p/a", "p/a"}}}
	got, err := NewSilence(officer, good, at(0), known)
	if err != nil {
		t.Fatal(err)
	}
	want := Silence{Match: Matchers{Rules: []city.RuleID{"p/a", "p/b"}}, Author: "duty-officer", Post: "night-watch", Reason: "<script>alert(1)</script>\nroad works",
		Begin: at(0), End: at(60), CreatedAt: at(0), Version: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, d := range city.Duties {
		if _, err := NewSilence(&city.Actor{Posts: []city.Post{{Duty: d}}}, good, at(0), known); (err == nil) != (d == city.DutyOfficer) || err != nil && city.KindOf(err) != city.Denied {
			t.Errorf("%s: %v", d, err)
		}
	}
	for field, change := range map[string]func(*Silence){
		"reason":    func(s *Silence) { s.Reason = " \n" },
		"reason ":   func(s *Silence) { s.Reason = strings.Repeat("字", MaxReason+1) },
		"reason  ":  func(s *Silence) { s.Reason = "a\u202Eb" },
		"reason   ": func(s *Silence) { s.Reason = "a\x00b" },
		"end":       func(s *Silence) { s.End = 0 },
		"end ":      func(s *Silence) { s.End = at(-1) },
		"end  ":     func(s *Silence) { s.End = at(0).Add(MaxSilence + time.Second) },
		"begin":     func(s *Silence) { s.Begin = at(-10) },
		"begin ":    func(s *Silence) { s.Begin, s.End = at(0).Add(MaxAhead+time.Hour), at(0).Add(MaxAhead+2*time.Hour) },
		"rules":     func(s *Silence) { s.Match.Rules = nil },
		"rules ":    func(s *Silence) { s.Match.Rules = []city.RuleID{"p/none"} },
		"rules  ":   func(s *Silence) { s.Match.Rules = nil; s.Match.Severities = []city.Severity{city.Minor} },
		"entities":  func(s *Silence) { s.Match.Entities = []city.EntityID{"no uri"} },
		"entities ": func(s *Silence) {
			s.Match.Entities = make([]city.EntityID, MaxListed+1)
			for i := range s.Match.Entities {
				s.Match.Entities[i] = city.EntityID("urn:x:" + string(rune('A'+i)))
			}
		},
		"areas":      func(s *Silence) { s.Match.Areas = []string{"nowhere"} },
		"severities": func(s *Silence) { s.Match.Severities = []city.Severity{9} },
	} {
		s := good
		change(&s)
		_, err := NewSilence(officer, s, at(0), known)
		if e, ok := err.(*city.Error); !ok || e.Kind != city.Invalid || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestEndingASilence(t *testing.T) {
	officer := &city.Actor{Account: "o", Posts: []city.Post{{ID: "o", Duty: city.DutyOfficer}}}
	s := Silence{ID: "00000001", Begin: at(5), End: at(10), Version: 1}
	for minute, want := range map[float64]State{0: Waiting, 5: Active, 9.9: Active, 10: Over} {
		if got := s.StateAt(at(minute)); got != want {
			t.Errorf("at minute %v it is %s", minute, got)
		}
	}
	ended, err := EndSilence(officer, s, at(6))
	if err != nil || ended.StateAt(at(20)) != Lifted || ended.Version != 2 || ended.EndedBy != "o" {
		t.Errorf("%+v, %v", ended, err)
	}
	if _, err := EndSilence(officer, ended, at(7)); city.KindOf(err) != city.Conflict {
		t.Errorf("ended twice: %v", err)
	}
	if _, err := EndSilence(officer, s, at(10)); city.KindOf(err) != city.Conflict {
		t.Errorf("ended after its end: %v", err)
	}
	if _, err := EndSilence(&city.Actor{}, s, at(6)); city.KindOf(err) != city.Denied {
		t.Errorf("ended by nobody: %v", err)
	}
}

// TestRecordsProveSilences holds that a record has the whole command and that the
// digest changes with everything.
func TestRecordsProveSilences(t *testing.T) {
	s := Silence{ID: "00000001", Author: "a", Post: "p", Reason: "r", Begin: at(0), End: at(1), CreatedAt: at(0), Version: 1, Made: Place{1, 7}, Match: Matchers{Areas: []string{"old"}, Severities: []city.Severity{city.Minor}}}
	r, err := RecordOf(&s)
	if err != nil || r.ID != "silence.00000001.1" || r.Seq != 1 || r.At != at(0) || !strings.Contains(string(r.Body), Digest(&s)) {
		t.Fatalf("%+v %v", r, err)
	}
	var body struct {
		What string `json:"what"`
		By   string `json:"by"`
	}
	if err := wire.Unmarshal(r.Body, &body); err != nil || body.What != "silence" || body.By != "a" {
		t.Errorf("%+v %v", body, err)
	}
	seen := map[string]bool{Digest(&s): true}
	for i, change := range []func(*Silence){
		func(s *Silence) { s.Reason = "x" }, func(s *Silence) { s.Author = "x" }, func(s *Silence) { s.Post = "x" }, func(s *Silence) { s.Begin++ }, func(s *Silence) { s.End++ },
		func(s *Silence) { s.CreatedAt++ }, func(s *Silence) { s.Made.Number++ }, func(s *Silence) { s.Made.After++ }, func(s *Silence) { s.Ended.Number++ }, func(s *Silence) { s.Ended.After++ },
		func(s *Silence) { s.EndedAt++ }, func(s *Silence) { s.EndedBy = "x" }, func(s *Silence) { s.EndPost = "x" }, func(s *Silence) { s.Version++ }, func(s *Silence) { s.Match.Areas = nil },
		func(s *Silence) { s.Match.Severities = nil }, func(s *Silence) { s.Match.Rules = []city.RuleID{"x"} }, func(s *Silence) { s.Match.Entities = []city.EntityID{"x"} }, func(s *Silence) { s.ID = "x" },
	} {
		other := s
		change(&other)
		if d := Digest(&other); seen[d] {
			t.Errorf("change %d does not show in the digest", i)
		} else {
			seen[d] = true
		}
	}
}

// TestCirclesSpareNothingNear holds that what is near by the lines of two places is
// near by their circles.
func TestCirclesSpareNothingNear(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	place := func() *city.Place {
		p := &city.Place{Kind: []city.PlaceKind{city.PlacePoint, city.PlaceLineString, city.PlacePolygon}[r.IntN(3)]}
		for range 1 + r.IntN(5) {
			p.Points = append(p.Points, city.Point{Lon: 122 + r.Float64()*0.2, Lat: 33 + r.Float64()*0.2})
		}
		return p
	}
	near, far := 0, 0
	for range 20_000 {
		a, b := place(), place()
		x, y := &entry{round: circleOf(a)}, &entry{round: circleOf(b)}
		within := r.Float64() * 8000
		switch maybe := x.mayBeWithin(y, within); {
		case gap(a, b) > within:
			if !maybe {
				far++
			}
		case !maybe:
			t.Fatalf("%v and %v are %v m apart and not looked at for %v m", a, b, gap(a, b), within)
		default:
			near++
		}
	}
	if near < 1000 || far < 1000 {
		t.Errorf("%d near, %d spared: the test does not test", near, far)
	}
}

// TestManualsExamplesLoad reads every example of docs/alarms.md.
func TestManualsExamplesLoad(t *testing.T) {
	text, err := os.ReadFile("../docs/alarms.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) == 0 {
		t.Fatal("no example")
	}
	for _, m := range examples {
		f, named, faults := Parse("parking-relief", "alarms/x.yaml", []byte(m[1]))
		if len(faults) > 0 {
			t.Error(faults)
		}
		if f.Inhibits[0].Where.Within != 800 || f.Groups[0].Wait != time.Minute || len(named) != 5 {
			t.Errorf("%+v %v", f, named)
		}
	}
}
