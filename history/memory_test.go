package history_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
)

// A sealed day leaves memory: what stays does not grow with the days.
func TestSealedDaysLeaveMemory(t *testing.T) {
	const days, entities, each = 6, 100, 200
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	changes := make([]city.Change, entities)
	heap() // twice: the first collection leaves what pools hold of tests before
	before := heap()
	var one int64 // what an open day takes
	for d := range days {
		for k := range each {
			at := august.Add(time.Duration(d)*day + time.Duration(k)*7*time.Minute)
			for i := range changes {
				changes[i] = reading(city.EntityID(fmt.Sprintf("urn:x:%d", i)), at, float64(k))
			}
			p.Apply(city.Position(d+1), changes)
		}
		if d == 0 {
			one = heap() - before
		}
		if n := seal(t, p, city.Position(d+1), august.Add(time.Duration(d+1)*day+time.Hour)); n != 1 {
			t.Fatalf("sealed %d, want 1", n)
		}
	}
	heap()
	if grown := heap() - before; grown > 2*max(one, 1<<20) {
		t.Fatalf("%d sealed days keep %d bytes, an open one takes %d", days, grown, one)
	}
	runtime.KeepAlive(p)
}
