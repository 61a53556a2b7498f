package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
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
	before = l.Status()[0].Run
	os.WriteFile(a.Path+".new", []byte("at,id,n\n"+row("11T00:20:00", 1)+row("11T00:25:00", 2)), 0o644) // begins alike
	os.Rename(a.Path+".new", a.Path)
	eventually(t, "the rows of a file that begins like the one before", func() bool { return ops(city.OpObserve) == 6 })
	eventually(t, "a run of its own", func() bool { return l.Status()[0].Run != before })
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.check(t)
}

// TestLiveWaitsForFiles starts without the files of a followed, a packed and a
// reference feed. Each waits, says so once, and runs when its file comes; the
// feed whose file is there is not held up.
func TestLiveWaitsForFiles(t *testing.T) {
	here, followed := observed(t, "here", row("11T00:00:00", 1)), observed(t, "later", row("11T00:00:00", 1))
	packed, ref := observed(t, "packed", row("11T00:00:00", 1)), reference(t, "ref", "1,x\n")
	packed.Path += ".gz"
	text, err := os.ReadFile(followed.Path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(followed.Path)
	lines, err := os.ReadFile(ref.Path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(ref.Path)
	var log syncBuffer
	g := newGate()
	l := NewLive(g, []Feed{here, followed, packed, ref}, LiveOptions{
		Clock: clock.NewManual(from.Add(time.Hour)), Log: slog.New(slog.NewTextHandler(&log, nil)),
		Sleep: func(ctx context.Context, d time.Duration) error { return sleepFor(ctx, d/50) },
	})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- l.Follow(ctx) }()
	states := func(want ...State) func() bool {
		return func() bool {
			for i, s := range l.Status() {
				if s.State != want[i] || s.Err != nil {
					return false
				}
			}
			return true
		}
	}
	eventually(t, "one runs, three wait", states(Running, Waiting, Waiting, Waiting))
	eventually(t, "the row of the one", func() bool { return l.Status()[0].Rows == 1 })
	time.Sleep(100 * time.Millisecond) // several polls
	if n := strings.Count(log.String(), "a feed waits for its file"); n != 3 || strings.Contains(log.String(), filepath.Dir(ref.Path)) {
		t.Errorf("said %d times that a feed waits:\n%s", n, log.String())
	}
	os.WriteFile(followed.Path, text[:10], 0o644) // half a header
	os.WriteFile(ref.Path, lines, 0o644)
	writePacked(t, packed.Path, text)
	eventually(t, "the file that is read once has been", states(Running, Waiting, Ended, Ended))
	os.WriteFile(followed.Path, text, 0o644)
	eventually(t, "the followed file runs", states(Running, Running, Ended, Ended))
	eventually(t, "all rows", func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.rows[city.OpObserve] == 4
	})
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	g.check(t)
}

func writePacked(t *testing.T, path string, text []byte) {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(text)
	z.Close()
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// syncBuffer is a log that a test reads while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
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
