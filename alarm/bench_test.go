package alarm

import (
	"fmt"
	"testing"
	"time"

	"citybrain/city"
)

// BenchmarkPanel takes ticks of a city in which 400 roads are congested and 20
// garages under pressure: five changes each, with every mechanism at work.
func BenchmarkPanel(b *testing.B) {
	files := []File{{Pack: "p", Inhibits: []Inhibit{{Entry: Entry{Name: "i"}, Parents: []city.RuleID{"p/a"}, Children: []city.RuleID{"p/b"}, Where: Relation{Within: 800}}},
		Groups:    []Group{{Entry: Entry{Name: "g"}, Rules: []city.RuleID{"p/b"}, By: []By{ByArea}, Wait: time.Minute, Interval: 10 * time.Minute}},
		Dampings:  []Damping{{Entry: Entry{Name: "f"}, Rules: []city.RuleID{"p/b"}, Changes: 6, Within: 3 * time.Hour, Stable: 45 * time.Minute}},
		Reminders: []Reminder{{Entry: Entry{Name: "r"}, Rules: []city.RuleID{"p/a"}, Every: 2 * time.Hour}}}}
	c, faults := Compile(files, testRules, testAreas)
	if len(faults) > 0 {
		b.Fatal(faults)
	}
	p := New(c)
	change, now := uint64(0), start
	raise := func(rule city.RuleID, n int) city.Situation {
		change++
		lon := float64(n%100) * 0.0003
		return city.Situation{ID: city.SituationID(fmt.Sprint(rule, change)), Rule: rule, Entity: city.EntityID(fmt.Sprint("urn:x:", n)), Severity: city.Moderate, RaisedAt: now, Change: change,
			Place: city.LinePlace(city.Point{Lon: lon, Lat: 0.001}, city.Point{Lon: lon + 0.001, Lat: 0.002}, city.Point{Lon: lon + 0.002, Lat: 0.002})}
	}
	var up []city.Situation
	for n := range 420 {
		rule := city.RuleID("p/b")
		if n < 20 {
			rule = "p/a"
		}
		up = append(up, raise(rule, n))
	}
	p.Apply(now, up)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		now = now.Add(time.Minute)
		var list []city.Situation
		for k := range 5 {
			n := (i*5 + k) % len(up)
			s := up[n]
			change++
			s.ClearedAt, s.Change = now, change
			up[n] = raise(s.Rule, n)
			list = append(list, s, up[n])
		}
		p.Apply(now, list)
	}
}

// BenchmarkPanelIdle takes ticks that change nothing.
func BenchmarkPanelIdle(b *testing.B) {
	c, _ := Compile(nil, testRules, testAreas)
	p, now := New(c), start
	for b.Loop() {
		now = now.Add(time.Second)
		p.Apply(now, nil)
	}
}
