package rule

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"citybrain/city"
)

// t0 is when the tests of this package start.
const t0 = city.Instant(1_407_744_000_000_000) // 2014-08-11T08:00:00Z

func minutes(n int) city.Instant { return t0.Add(time.Duration(n) * time.Minute) }

func compile(t testing.TB, texts ...string) []*Rule {
	t.Helper()
	var specs []Spec
	for i, text := range texts {
		list, faults := Parse(fmt.Sprintf("rule%d.yaml", i), []byte(text))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		specs = append(specs, list...)
	}
	rules, faults := Compile("test", specs)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return rules
}

func packRules(t testing.TB) []*Rule {
	t.Helper()
	files, err := filepath.Glob("../packs/parking-relief/rules/*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatal("the rules of parking-relief are not there", files, err)
	}
	var texts []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	return compile(t, texts...)
}

// number is an observed attribute, static one that the source gave no time.
func number(name city.AttributeName, v float64, at city.Instant) city.Attribute {
	return city.Attribute{Name: name, Value: city.NumberOf(v), ObservedAt: at, ReceivedAt: at, Source: "feed"}
}

func static(name city.AttributeName, v city.Value, at city.Instant) city.Attribute {
	return city.Attribute{Name: name, Value: v, ReceivedAt: at, Source: "reference"}
}

func reading(kind city.EntityType, id city.EntityID, at city.Instant, attrs ...city.Attribute) city.Change {
	return city.Change{Op: city.OpObserve, Entity: id, Type: kind, Source: "feed", At: at, ReceivedAt: at, Attributes: attrs}
}

func reference(kind city.EntityType, id city.EntityID, at city.Instant, attrs ...city.Attribute) city.Change {
	return city.Change{Op: city.OpObserve, Entity: id, Type: kind, Source: "reference", At: at, ReceivedAt: at, Attributes: attrs}
}

func tick(at city.Instant) *city.Batch { return &city.Batch{Clock: at, Tick: true} }

// run is what an engine says to changes and one tick after all of them.
func run(e *Engine, changes []city.Change, clock city.Instant) []city.Situation {
	out := e.Apply(e.Position()+1, &city.Batch{Changes: changes})
	return append(out, e.Apply(e.Position()+1, tick(clock))...)
}

func show(list []city.Situation) []string {
	lines := make([]string, len(list))
	for i, s := range list {
		lines[i] = fmt.Sprintf("%d %s %s %s %s", s.Change, s.Type, s.Entity, s.RaisedAt, s.RaisedReason)
		if !s.Up() {
			lines[i] += fmt.Sprintf(" → %s %s", s.ClearedAt, s.ClearedReason)
		}
	}
	return lines
}
