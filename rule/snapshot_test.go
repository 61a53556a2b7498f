package rule

import (
	"encoding/binary"
	"hash/crc32"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// busy is an engine with something in every part of its state.
func busy(t testing.TB, rules []*Rule) *Engine {
	w := randomWorld(rand.New(rand.NewSource(7)))
	known, readings := w.changes()
	e := New(rules, Options{Wait: time.Minute})
	e.Apply(1, &city.Batch{Changes: append(known, readings...)})
	e.Apply(2, tick(minutes(300)))
	if len(e.Up()) == 0 || !e.Pending() {
		t.Fatal("the engine is not busy")
	}
	return e
}

func TestSnapshotIsWhole(t *testing.T) {
	rules := compile(t, oracleRules)
	e := busy(t, rules)
	fresh := again(t, e, rules)
	want, got := e.Apply(3, tick(minutes(900))), fresh.Apply(3, tick(minutes(900)))
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("%d changes, %s", len(want), diff)
	}
	if diff := cmp.Diff(e.Late(), fresh.Late()); diff != "" {
		t.Error(diff)
	}
}

func TestRestoreRefuses(t *testing.T) {
	rules := compile(t, oracleRules)
	data, _ := busy(t, rules).Snapshot()
	damage := func(i int, v byte) []byte {
		d := append([]byte{}, data...)
		d[i] ^= v
		return d
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "short": data[:20], "cut": data[:len(data)-9], "other version": damage(len(snapshotHead)-1, 2),
		"other file": damage(0, 1), "one bit": damage(len(data)/2, 4),
	} {
		e := New(rules, Options{})
		if err := e.Restore(bad); city.KindOf(err) != city.Invalid || err == nil {
			t.Errorf("%s: %v", name, err)
		}
		if e.Position() != 0 || len(e.list) != 0 {
			t.Errorf("%s: half restored", name)
		}
	}
}

func TestRulesChange(t *testing.T) {
	before := compile(t, oracleRules)
	e := busy(t, before)
	up := map[city.RuleID]int{}
	for _, s := range e.Up() {
		up[s.Rule]++
	}
	data, _ := e.Snapshot()
	var after []*Rule
	for _, r := range before {
		switch r.Name() {
		case "hot":
			spec := r.Spec()
			spec.For = 20 * time.Minute
			list, faults := Compile("test", []Spec{spec})
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			after = append(after, list[0])
		case "fault":
		default:
			after = append(after, r)
		}
	}
	fresh := New(after, Options{})
	if err := fresh.Restore(data); err != nil {
		t.Fatal(err)
	}
	fresh = again(t, fresh, after) // what must be cleared survives another restart
	reasons := map[string]int{}
	for _, s := range fresh.Apply(3, &city.Batch{}) {
		if s.Up() || s.ClearedAt < s.RaisedAt || s.Change <= uint64(len(up)) {
			t.Error(show([]city.Situation{s}))
		}
		reasons[string(s.Rule)+" "+s.ClearedReason]++
	}
	want := map[string]int{"test/hot rule-changed": up["test/hot"], "test/fault rule-removed": up["test/fault"]}
	for k, n := range want {
		if n == 0 {
			delete(want, k)
		}
	}
	if diff := cmp.Diff(want, reasons); diff != "" || len(want) == 0 {
		t.Error(up, diff)
	}
	left := map[city.RuleID]int{}
	for _, s := range fresh.Up() {
		left[s.Rule]++
	}
	delete(up, "test/hot")
	delete(up, "test/fault")
	if diff := cmp.Diff(up, left); diff != "" {
		t.Error("unchanged rules lost or won situations:", diff)
	}
}

func TestFill(t *testing.T) {
	e := New(compile(t, "rule: high\nentity: X\nseverity: minor\nwhen: a > 1\n"), Options{})
	run(e, []city.Change{xs(city.OpObserve, 0, a(0, 0), static("limit", city.NumberOf(4), t0))}, minutes(1))
	data, _ := e.Snapshot()
	e = New(compile(t, high), Options{})
	if err := e.Restore(data); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Use{{Type: "X", Attribute: "limit"}}, e.Unfilled()); diff != "" {
		t.Error(diff)
	}
	e.Fill(&city.Entity{ID: "x", Type: "X", Attributes: []city.Attribute{static("limit", city.NumberOf(4), t0), number("a", 99, t0)}})
	if got := run(e, []city.Change{xs(city.OpObserve, 5, a(5, 9))}, minutes(6)); len(got) != 1 {
		t.Error("the filled attribute is not seen")
	}
}

// FuzzRestore tries damaged snapshots with a right checksum.
func FuzzRestore(f *testing.F) {
	rules := compile(f, oracleRules)
	data, _ := busy(f, rules).Snapshot()
	f.Add(data[len(snapshotHead) : len(data)-4])
	small, _ := New(rules, Options{}).Snapshot()
	f.Add(small[len(snapshotHead) : len(small)-4])
	rules = append(rules, slowCompiled(f)...)
	more := slowEngine(f, rules)
	whole, _ := more.Snapshot()
	f.Add(whole[len(snapshotHead) : len(whole)-4])
	f.Fuzz(func(t *testing.T, body []byte) {
		whole := append([]byte(snapshotHead), body...)
		whole = binary.LittleEndian.AppendUint32(whole, crc32.Checksum(whole, castagnoli))
		e := New(rules, Options{})
		if e.Restore(whole) != nil {
			return
		}
		e.Apply(e.Position()+1, &city.Batch{Changes: speeds("S1", 20, 20, 20), Clock: minutes(60), Tick: true})
		if _, err := e.Snapshot(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(oracleRules))
	f.Add([]byte(high))
	f.Add([]byte(slowRules))
	files, _ := filepath.Glob("testdata/faults/*.txt")
	for _, name := range files {
		data, _ := os.ReadFile(name)
		text, _, _ := strings.Cut(string(data), faultsBelow)
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		specs, faults := Parse("f.yaml", data)
		if len(faults) > 0 {
			return
		}
		rules, faults := Compile("p", specs)
		if len(faults) > 0 {
			return
		}
		if faults := Check(rules); len(faults) > 0 {
			return
		}
		e := New(rules, Options{})
		place := city.Attribute{Name: "location", Value: city.GeoOf(city.PointPlace(city.Point{Lon: 10, Lat: 56})), ObservedAt: t0, ReceivedAt: t0, Source: "feed"}
		run(e, []city.Change{reading("S", "s", t0, number("a", 1, t0), place), reading("S", "t", t0, number("a", 9, t0), place)}, minutes(1))
		run(e, []city.Change{reading("S", "s", minutes(2), number("a", 8, minutes(2))), reading("U", "u", minutes(2), number("b", 4, minutes(2)), place)}, minutes(90))
		for _, r := range rules {
			if b := r.Bound(); b.Bytes <= 0 || b.String() == "" {
				t.Fatal("no bound", r.ID())
			}
		}
		state, _ := e.Snapshot()
		if err := New(rules, Options{}).Restore(state); err != nil {
			t.Fatal(err)
		}
	})
}
