package replay

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/internal/clock"
)

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 600 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}

func TestLiveFollowsAndStartsAnewAfterReplacement(t *testing.T) {
	a := observed(t, "a", row("11T00:00:00", 1)+row("11T03:00:00", 2)) // the second lies ahead of the clock
	ref := reference(t, "r", "1,x\n")
	g := newGate()
	now := clock.NewManual(from.Add(time.Hour))
	l := NewLive(g, []Feed{a, ref}, LiveOptions{Clock: now})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- l.Follow(ctx) }()
	ops := func(op city.Op) int64 {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.rows[op]
	}
	eventually(t, "the first rows", func() bool { return ops(city.OpObserve) == 2 && ops(city.OpQuarantine) == 1 })
	f, err := os.OpenFile(a.Path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString(row("11T00:10:00", 3))
	f.Close()
	eventually(t, "the row appended", func() bool { return ops(city.OpObserve) == 3 })
	before := l.Status()[0].Run
	os.WriteFile(a.Path, []byte("at,id,n\n"+row("11T00:20:00", 1)), 0o644)
	eventually(t, "the row of the new file", func() bool { return ops(city.OpObserve) == 4 })
	eventually(t, "the status", func() bool { s := l.Status()[0]; return s.Run != before && s.Rows == 4 && s.State == Running })
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.check(t)
}

func TestLiveFeedsFailAlone(t *testing.T) {
	bad, good := observed(t, "bad", row("11T00:00:00", 1)), observed(t, "good", row("11T00:00:00", 1))
	os.WriteFile(bad.Path, []byte("at,id,n,new\n1,2,3,4\n"), 0o644)
	l := NewLive(newGate(), []Feed{bad, good}, LiveOptions{Clock: clock.NewManual(from)})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go l.Follow(ctx)
	eventually(t, "one failed, one running", func() bool {
		s := l.Status()
		return s[0].State == Failed && s[1].State == Running && s[1].Rows == 1
	})
}
