package rule

import (
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"citybrain/city"
)

// slowAreas is the area that the rules of tests name.
func slowAreas() []Area {
	return []Area{{ID: "west", Kind: "district", Place: &city.Place{Kind: city.PlacePolygon, Rings: []int32{5},
		Points: []city.Point{{Lon: 9, Lat: 55}, {Lon: 10, Lat: 55}, {Lon: 10, Lat: 57}, {Lon: 9, Lat: 57}, {Lon: 9, Lat: 55}}}}}
}

// explained is what the engine says of an entity, and fails if that changes the
// engine.
func explained(t *testing.T, e *Engine, rule city.RuleID, id city.EntityID) *Explanation {
	t.Helper()
	before, _ := e.Snapshot()
	x, err := e.Explain(rule, id)
	if err != nil {
		t.Fatal(rule, id, err)
	}
	if after, _ := e.Snapshot(); string(before) != string(after) {
		t.Fatalf("explaining %s of %s changes the engine", rule, id)
	}
	if x.Verdict.ZH == "" || x.Verdict.EN == "" {
		t.Errorf("%s of %s: no verdict\n%s", rule, id, x.Text("en"))
	}
	x.Walk(func(f *Finding) {
		if f.Text.ZH == "" || f.Text.EN == "" || f.Part == "" || strings.Contains(f.Text.EN+f.Text.ZH, "%!") {
			t.Errorf("%s of %s: a finding without words: %+v", rule, id, f)
		}
	})
	return &x
}

const head = "rule: it\nentity: S\nseverity: minor\n"

func spot(kind city.EntityType, id city.EntityID, lon, lat float64, more ...city.Attribute) city.Change {
	return reference(kind, id, t0, append([]city.Attribute{static("location", city.GeoOf(city.PointPlace(city.Point{Lon: lon, Lat: lat})), t0)}, more...)...)
}

func reads(id city.EntityID, m int, v float64) city.Change {
	return reading("S", id, minutes(m), number("a", v, minutes(m)))
}

func TestExplainSaysWhy(t *testing.T) {
	tests := []struct {
		name, rule string
		changes    []city.Change
		until      int
		entity     city.EntityID
		verdict    string   // begins with
		lines      []string // are somewhere in the text
	}{
		{"raised", "when: a > 5", []city.Change{reads("S1", 1, 7)}, 2, "S1", "raised: up since 2014-08-11T08:01:00Z, because: condition", []string{"+ when a > 5: holds", "+ a = 7 (2014-08-11T08:01:00Z)", "evidence: S1 a = 7"}},
		{"condition", "when: a > 5 && b < 3", []city.Change{reads("S1", 1, 4)}, 2, "S1", "the condition does not hold: a > 5; a = 4", []string{"- when a > 5: does not hold", "? when b < 3: unknown", "? b is missing"}},
		{"missing", "when: a > 5 && b < 3", []city.Change{reads("S1", 1, 7)}, 2, "S1", "the condition cannot be told; missing: b", nil},
		{"macro", "when: '[1.0, 2.0].exists(x, x * a > 9.0)'", []city.Change{reads("S1", 1, 4)}, 2, "S1", "the condition does not hold: [1.0, 2.0].exists(x, x * a > 9.0); a = 4", nil},
		{"macro in part", "when: \"a > 1 && [1.0, 2.0].exists(x, x * a > 9.0)\"", []city.Change{reads("S1", 1, 4)}, 2, "S1", "the condition does not hold: ", []string{"+ when a > 1: holds"}},
		{"unknown entity", "when: a > 5", nil, 2, "S1", "nothing was received of S1", nil},
		{"other type", "when: a > 5\nnear: {type: U, within: 1 km}", []city.Change{spot("U", "U1", 10, 56)}, 2, "U1", "the rule looks at entities of type S, and U1 is a U", nil},
		{"no reading", "when: a > 5", []city.Change{spot("S", "S1", 10, 56)}, 2, "S1", "no reading has come", nil},
		{"where", "where: id != \"S1\"\nwhen: a > 5", []city.Change{reads("S1", 1, 7)}, 2, "S1", "the rule does not look at this entity", []string{"- where id != \"S1\": does not hold", "+ id = S1"}},
		{"area", "area: [west]\nwhen: a > 5", []city.Change{spot("S", "S1", 11, 56), reads("S1", 1, 7)}, 2, "S1", "the rule does not look at this entity", []string{"- its place does not lie in west"}},
		{"inside", "when: a > 5 && inside(\"west\")", []city.Change{spot("S", "S1", 11, 56), reads("S1", 1, 7)}, 2, "S1", "the condition does not hold: inside(\"west\")", []string{"inside(\"west\") = false"}},
		{"unless", "when: a > 5\nunless: faulty || a > 6", []city.Change{reads("S1", 1, 7)}, 2, "S1", "unless holds", []string{"+ unless faulty || a > 6: holds"}},
		{"hold", "when: a > 5\nfor: 10m", []city.Change{reads("S1", 1, 7), reads("S1", 5, 7)}, 6, "S1", "the condition has not held for long enough: 2 of 1 readings, 4m of 10m, 6m are missing", nil},
		{"readings", "when: a > 5\nreadings: 3", []city.Change{reads("S1", 1, 7), reads("S1", 5, 7)}, 6, "S1", "the condition has not held for long enough: 2 of 3 readings", nil},
		{"except", "when: a > 5\nexcept: [other]\n---\nrule: other\nentity: S\nseverity: minor\nwhen: a > 6", []city.Change{reads("S1", 1, 7)}, 2, "S1", "test/other is up since", nil},
		{"join", "when: a > 5\nnear: {type: U, within: 1 km}", []city.Change{spot("S", "S1", 10, 56), spot("U", "U1", 10, 56.05), reads("S1", 1, 7)}, 2, "S1",
			"the joins do not hold: there is no U within 1000 m; the nearest is U1 at 5560 m", nil},
		{"starts", "when: a > 5\nnear: {type: U, within: 1 km, starts: {attribute: begin, until: 1h}}",
			[]city.Change{spot("S", "S1", 10, 56), spot("U", "U1", 10, 56, static("begin", city.TimeOf(minutes(90)), t0)), reads("S1", 1, 7)}, 2, "S1",
			"the joins do not hold: the nearest, U1 at 0 m, has begin = 2014-08-11T09:30:00Z, which is not from 2014-08-11T08:01:00Z until 2014-08-11T09:01:00Z", nil},
		{"related", "when: a > 5\nrelated: {through: of, situation: other}\n---\nrule: other\nentity: S\nseverity: minor\nwhen: a > 8",
			[]city.Change{reads("S1", 1, 7), reference("S", "S1", t0, static("of", city.RelationOf("S2"), t0)), reads("S2", 1, 2)}, 2, "S1", "the joins do not hold: test/other is not up on S2, to which of points", nil},
		{"window", "let: {avg: {window: 10m, of: a, fold: avg}}\nwhen: avg > 5.0", []city.Change{reads("S1", 1, 7), reads("S1", 5, 7)}, 6, "S1", "the condition cannot be told; missing: avg",
			[]string{"? avg has no value", "from 2014-08-11T07:55:00Z until 2014-08-11T08:05:00Z; it keeps 2 readings", "the window is not covered yet"}},
		{"others", "let: {n: {count: {type: U, within: 1 km, where: b > 3.0}}}\nwhen: n > 1.0",
			[]city.Change{spot("S", "S1", 10, 56), spot("U", "U1", 10, 56.001, static("b", city.NumberOf(2), t0)), spot("U", "U2", 10, 56.002, static("b", city.NumberOf(5), t0)), reads("S1", 1, 7)}, 2, "S1",
			"the condition does not hold: n > 1.0; n = 1", []string{"2 could count, 1 of them do", "- U1 111 m b = 2: b > 3.0 does not hold, does not count", "+ U2 222 m b = 5: counts"}},
		{"nobody", "let: {n: {count: {type: U, within: 1 km}}}\nwhen: n > 1.0", []city.Change{spot("S", "S1", 10, 56), spot("U", "U1", 10, 56.05), reads("S1", 1, 7)}, 2, "S1",
			"the condition does not hold: n > 1.0; n = 0", []string{"the nearest is U1 at 5560 m"}},
		{"detector", "let: {z: {detector: robust-z, of: a, window: 20}}\nwhen: z > 5.0", []city.Change{reads("S1", 1, 7)}, 2, "S1", "the condition cannot be told; missing: z", []string{"there is not enough history yet"}},
		{"key", "key: {attribute: zone}\nwhen: a > 5\nreadings: 2", []city.Change{reads("S1", 1, 7)}, 2, "S1", "the entity belongs to no group", nil},
		{"group", "key: {attribute: zone}\nwhen: a > 5\nreadings: 3", []city.Change{reference("S", "S1", t0, static("zone", city.TextOf("x"), t0)), reads("S1", 1, 7)}, 2, "S1", "the condition has not held for long enough: 1 of 3", []string{"group: urn:ngsi-ld:Group:S:zone:x"}},
		{"no group yet", "key: {attribute: zone}\nwhere: a > 10\nlet: {n: {count: {type: U, within: 1 km}}}\nwhen: n > 5.0", []city.Change{reference("S", "S1", t0, static("zone", city.TextOf("x"), t0)), reads("S1", 1, 7)}, 2, "S1", "the rule does not look", nil},
		{"absence", "absent: 30m", []city.Change{reads("S1", 1, 7)}, 11, "S1", "readings have not stopped", []string{"it raises at 2014-08-11T08:31:00Z, in 20m"}},
		{"absent", "absent: 30m", []city.Change{reads("S1", 1, 7)}, 60, "S1", "raised: up since 2014-08-11T08:31:00Z, because: absent", nil},
		{"sequence", "sequence:\n  - {when: a > 5}\n  - {type: U, near: 1 km, when: b > 3.0, not: true, within: 8m}\nexpires: 1h", []city.Change{spot("S", "S1", 10, 56), reads("S1", 1, 7)}, 3, "S1",
			"the sequence is not complete: it raises if step 2, b > 3.0, does not come", []string{"of 2 steps, step 1 is reached; the clock decides at 2014-08-11T08:09:00Z", "+ step 1: at 2014-08-11T08:01:00Z, from S1"}},
		{"no sequence", "sequence:\n  - {when: a > 5}\n  - {when: a < 2, within: 8m}\nexpires: 1h", []city.Change{reads("S1", 1, 4)}, 3, "S1", "the sequence has not begun: step 1 is awaited, a > 5", nil},
		{"repeat", "when: a > 5\nrepeat: {times: 3, within: 10m}", []city.Change{reads("S1", 1, 7), reads("S1", 5, 7)}, 6, "S1", "within 10m the condition was met 2 times, 3 are wanted", nil},
		{"dwell", "dwell: {area: west, for: 10m}", []city.Change{reading("S", "S1", minutes(1), city.Attribute{Name: "location", ObservedAt: minutes(1), ReceivedAt: minutes(1), Source: "feed", Value: city.GeoOf(city.PointPlace(city.Point{Lon: 9.5, Lat: 56}))})}, 5, "S1",
			"it is in west since 2014-08-11T08:01:00Z: for 4m of 10m", nil},
	}
	for _, tt := range tests {
		var texts []string
		for i, text := range strings.Split(tt.rule, "\n---\n") {
			if i == 0 {
				text = head + text
			}
			texts = append(texts, text+"\n")
		}
		e := New(compile(t, texts...), Options{Areas: slowAreas()})
		run(e, tt.changes, minutes(tt.until))
		x := explained(t, e, "test/it", tt.entity)
		if !strings.HasPrefix(x.Verdict.EN, tt.verdict) {
			t.Errorf("%s: %s, want %s", tt.name, x.Verdict.EN, tt.verdict)
		}
		for _, want := range tt.lines {
			if text := x.Text("en"); !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", tt.name, want, text)
			}
		}
	}
}

func TestExplainThrottled(t *testing.T) {
	known, readings, _ := crowded(rand.New(rand.NewSource(3)), 30)
	e := New(compile(t, costlyRules), Options{Budget: 1})
	run(e, append(known, readings...), minutes(180))
	x := explained(t, e, "test/crowd", "S0001")
	if f := x.Findings[0]; f.Part != PartThrottled || !strings.Contains(f.Text.EN, "the rule is throttled since") {
		t.Error(x.Text("en"))
	}
}

func TestExplainRefusesRulesThatAreNotThere(t *testing.T) {
	e := New(compile(t, cheapRules), Options{})
	if _, err := e.Explain("test/none", "S1"); city.KindOf(err) != city.NotFound {
		t.Error(err)
	}
}

// Every rule of the tests and packs, on every entity at random moments: words for
// everything, nothing changed, and the engine finds what it would have found.
func TestExplainChangesNothing(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	known, readings, end := crowded(r, 8)
	w := randomSlow(r)
	more, events := w.changes()
	rules := compile(t, cheapRules, costlyRules, strings.ReplaceAll(slowRules, "rule: ", "rule: slow-"))
	asked, plain := New(rules, Options{Areas: slowAreas()}), New(rules, Options{Areas: slowAreas()})
	all := append(known, more...)
	ids := []city.EntityID{"", "nobody"}
	for _, c := range all {
		ids = append(ids, c.Entity)
	}
	readings = append(readings, events...)
	slices.SortStableFunc(readings, func(a, b city.Change) int { return int(a.At - b.At) })
	for _, e := range []*Engine{asked, plain} {
		e.Apply(1, &city.Batch{Changes: slices.Clone(all)})
	}
	for k := 0; k < 6; k++ {
		part := readings[len(readings)*k/6 : len(readings)*(k+1)/6]
		clock := part[len(part)-1].At
		if k == 5 {
			clock = end
		}
		got := show(run(asked, slices.Clone(part), clock))
		want := show(run(plain, slices.Clone(part), clock))
		if !slices.Equal(got, want) {
			t.Fatal("explaining changes what is found")
		}
		for _, p := range asked.runners {
			for _, id := range ids {
				explained(t, asked, p.rule.id, id)
			}
			p.groups.each(func(g *group) { explained(t, asked, p.rule.id, g.id) })
		}
	}
}

// FuzzExplain explains whatever compiles.
func FuzzExplain(f *testing.F) {
	files, _ := filepath.Glob("../packs/*/rules/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data), int64(1))
	}
	for _, text := range []string{cheapRules, costlyRules, slowRules, oracleRules} {
		f.Add(text, int64(2))
	}
	f.Fuzz(func(t *testing.T, text string, seed int64) {
		specs, faults := Parse("fuzz.yaml", []byte(text))
		if len(faults) > 0 || len(specs) > 20 {
			return
		}
		rules, faults := Compile("test", specs)
		if len(faults) > 0 || len(Check(rules)) > 0 {
			return
		}
		e := New(rules, Options{Budget: 100, Areas: slowAreas()})
		var changes []city.Change
		r := rand.New(rand.NewSource(seed))
		for _, s := range e.shapes {
			for i := range 3 {
				id := city.EntityID(string(s.kind) + string(rune('0'+i)))
				changes = append(changes, spot(s.kind, id, 10+float64(i)/1000, 56))
				for m := range 5 {
					c := reading(s.kind, id, minutes(m))
					for _, n := range s.names[1:] {
						c.Attributes = append(c.Attributes, number(n, float64(r.Intn(100)), minutes(m)))
					}
					changes = append(changes, c)
				}
			}
		}
		run(e, changes, minutes(10))
		for _, p := range e.runners {
			for _, x := range e.list {
				explained(t, e, p.rule.id, x.id)
			}
		}
	})
}
