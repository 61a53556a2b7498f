package rule

import (
	"encoding/binary"
	"hash/crc32"
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// slowCompiled are the slow reference's rules under another pack's name, so that
// they can stand beside the oracle's.
func slowCompiled(t testing.TB) []*Rule {
	t.Helper()
	specs, faults := Parse("slow.yaml", []byte(slowRules))
	rules, more := Compile("slow", specs)
	if faults = append(faults, more...); len(faults) > 0 {
		t.Fatal(faults)
	}
	return rules
}

// slowEngine has something in every part of what rules remember besides rows.
func slowEngine(t testing.TB, rules []*Rule) *Engine {
	t.Helper()
	known, readings := randomSlow(rand.New(rand.NewSource(3))).changes()
	e := New(rules, Options{})
	e.Apply(1, &city.Batch{Changes: append(known, readings...)})
	e.Apply(2, tick(minutes(150)))
	if len(e.Up()) == 0 || !e.Pending() {
		t.Fatal("the engine is not busy")
	}
	return e
}

// However often an engine is saved and restored, it ends in the same state, to
// the byte.
func TestRestartsLeaveNoTrace(t *testing.T) {
	rules := slowCompiled(t)
	for seed := range 4 {
		known, readings := randomSlow(rand.New(rand.NewSource(int64(seed)))).changes()
		play := func(restart func(*Engine) *Engine) ([]string, []byte) {
			e := New(rules, Options{})
			e.Apply(1, &city.Batch{Changes: known})
			var out []city.Situation
			for i := range readings {
				e = restart(e)
				out = append(out, e.Apply(e.Position()+1, &city.Batch{Changes: readings[i : i+1]})...)
				if i%3 == 0 {
					out = append(out, e.Apply(e.Position()+1, tick(readings[i].At))...)
				}
			}
			data, _ := e.Snapshot()
			return show(out), data
		}
		want, bytes := play(func(e *Engine) *Engine { return e })
		got, again := play(func(e *Engine) *Engine { return again(t, e, rules) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if string(bytes) != string(again) {
			t.Errorf("seed %d: the state has other bytes after restarts", seed)
		}
	}
}

// A snapshot of the version before named values is still read.
func TestOldSnapshot(t *testing.T) {
	rules := compile(t, high)
	e := New(rules, Options{Undo: -1})
	run(e, []city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, a(1, 9))}, minutes(2))
	data, _ := e.Snapshot()
	// Version 1 had no mark of more after the row, and no groups after the entities.
	old := append([]byte{}, data[:len(data)-4]...)
	old[len(snapshotHead)-1] = 1
	tail := []byte{0, 0, 0, 0, 0, 0, 0, 1, 0} // no more, no groups, nothing waits, no orphans, no accounts, nothing placed, nothing said, no readings from number 1 on
	if n := len(old) - len(tail); string(old[n:]) != string(tail) {
		t.Fatalf("the snapshot ends with %v", old[n:])
	} else {
		old = append(old[:n], 0, 0)
	}
	old = binary.LittleEndian.AppendUint32(old, crc32.Checksum(old, castagnoli))
	fresh := New(append(rules, slowCompiled(t)...), Options{})
	if err := fresh.Restore(old); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e.Up(), fresh.Up()); diff != "" || len(fresh.Up()) != 1 {
		t.Error(diff)
	}
}

// Rules that are the same keep their windows and groups when others come and go.
func TestUnchangedRulesKeepMore(t *testing.T) {
	rules := slowCompiled(t)
	e := slowEngine(t, rules)
	data, _ := e.Snapshot()
	var after []*Rule
	gone := map[string]bool{"answered": true, "zonal": true}
	for _, r := range rules {
		if !gone[r.Name()] {
			after = append(after, r)
		}
	}
	fresh := New(after, Options{})
	if err := fresh.Restore(data); err != nil {
		t.Fatal(err)
	}
	keep := func(list []city.Situation) []string {
		var out []city.Situation
		for _, s := range list {
			if s.Change = 0; !gone[s.Type] {
				out = append(out, s)
			}
		}
		return show(out)
	}
	removed := 0
	for _, s := range fresh.Apply(3, &city.Batch{}) {
		if !gone[s.Type] || s.ClearedReason != ReasonRemoved {
			t.Error(show([]city.Situation{s}))
		}
		removed++
	}
	e.Apply(3, &city.Batch{})
	if diff := cmp.Diff(keep(e.Apply(4, tick(minutes(290)))), keep(fresh.Apply(4, tick(minutes(290))))); diff != "" || removed == 0 {
		t.Error(removed, diff)
	}
}
