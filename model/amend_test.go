package model

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"citybrain/city"
)

// TestAmendmentsAtOnceLoseNothing holds that what an amendment keeps is that of
// the attribute just before it, whoever amends it at the same time.
func TestAmendmentsAtOnceLoseNothing(t *testing.T) {
	w := newWorld(t, 2, false)
	const id, writers = "urn:x:1", 20
	first := reading(city.OpCreate, id, "T", "api", 1, "n", 1)
	first.Attributes[0].Unit = "KMH"
	w.write(t, first)
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			c := reading(city.OpAmend, id, "", "api", 2, "n", n)
			c.Attributes[0].Sub = []city.Attribute{{Name: city.AttributeName(fmt.Sprint("s", n)), Value: city.NumberOf(1)}}
			if r, err := w.Write(t.Context(), []city.Change{c}); err != nil || r[0].Err != nil {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
	all.Wait()
	e, _ := w.present.Get(id)
	if a := e.Attribute("n"); a.Unit != "KMH" || len(a.Sub) != writers {
		t.Errorf("unit %q and %d of %d attributes", a.Unit, len(a.Sub), writers)
	}
}

func TestAmend(t *testing.T) {
	w := newWorld(t, 1, false)
	const id = "urn:x:1"
	first := reading(city.OpCreate, id, "T", "api", 1, "n", 1)
	first.Attributes[0].Unit = "KMH"
	first.Attributes[0].Sub = []city.Attribute{{Name: "a", Value: city.NumberOf(1)}, {Name: "b", Value: city.NumberOf(1)}}
	change := reading(city.OpAmend, id, "", "api", 2, "n", 2, "absent", 1)
	change.Attributes[0].Sub = []city.Attribute{{Name: "b", Value: city.NumberOf(2)}}
	w.write(t, first)
	r := w.write(t, change)
	if r[0].Err != nil || !slices.Equal(r[0].Missing, []city.AttributeName{"absent"}) {
		t.Errorf("%+v", r[0])
	}
	if len(change.Attributes[0].Sub) != 1 || change.Attributes[0].Unit != "" {
		t.Errorf("the caller's change was altered: %+v", change)
	}
	e, _ := w.present.Get(id)
	a := e.Attribute("n")
	if a.Unit != "KMH" || a.Value.Num != 2 || len(a.Sub) != 2 || a.Sub[0].Name != "b" || a.Sub[0].Value.Num != 2 || a.Sub[1].Name != "a" {
		t.Errorf("%+v", a)
	}
	w.log.read(t, 2, func(_ city.Position, b *city.Batch) {
		if c := b.Changes[0]; c.Op != city.OpPatch || c.Attributes[0].Unit != "KMH" {
			t.Errorf("the log holds %+v", c)
		}
	})
	text := reading(city.OpAmend, id, "", "api", 3, "n", 3)
	text.Attributes[0].Value = city.TextOf("closed")
	w.write(t, text)
	if e, _ := w.present.Get(id); e.Attribute("n").Unit != "" {
		t.Errorf("a text has a unit: %+v", e.Attribute("n"))
	}
}
