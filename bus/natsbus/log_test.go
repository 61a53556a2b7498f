package natsbus

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/internal/codec"
)

func open(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func batch(n int) *city.Batch {
	return &city.Batch{Clock: city.Instant(n), Changes: []city.Change{{Op: city.OpObserve, Entity: "urn:x:1", Row: int64(n)}}}
}

func rows(t *testing.T, l *Log, from city.Position) []int64 {
	t.Helper()
	var got []int64
	if err := l.Read(context.Background(), from, func(_ city.Position, b *city.Batch) error {
		got = append(got, b.Changes[0].Row)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAppendReadReopenTrim(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	ctx := context.Background()
	l := open(t, Options{Dir: dir})
	if got := rows(t, l, 1); got != nil {
		t.Fatalf("an empty log holds %v", got)
	}
	for i := 1; i <= 10; i++ {
		pos, err := l.Append(ctx, batch(i))
		if err != nil || pos != city.Position(i) {
			t.Fatalf("append %d: position %d, %v", i, pos, err)
		}
	}
	l.Close()
	if _, err := l.Append(ctx, batch(11)); city.KindOf(err) != city.Unavailable {
		t.Errorf("append after close: %v", err)
	}
	l = open(t, Options{Dir: dir})
	if got := rows(t, l, 4); len(got) != 7 || got[0] != 4 || got[6] != 10 {
		t.Errorf("read from 4: %v", got)
	}
	if err := l.Trim(ctx, 6); err != nil {
		t.Fatal(err)
	}
	if s, _ := l.State(ctx); s.First != 7 || s.Last != 10 {
		t.Errorf("state after trim: %+v", s)
	}
	if err := l.Read(ctx, 3, nil); city.KindOf(err) != city.Unavailable {
		t.Errorf("read of what is trimmed: %v", err)
	}
	if err := l.Trim(ctx, 10); err != nil {
		t.Fatal(err)
	}
	l.Close()
	l = open(t, Options{Dir: dir})
	if pos, err := l.Append(ctx, batch(11)); err != nil || pos != 11 {
		t.Errorf("append to a log trimmed to nothing: %d, %v", pos, err)
	}
}

func TestConcurrentAppendsAreDense(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				if _, err := l.Append(context.Background(), batch(1)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := rows(t, l, 1); len(got) != 800 {
		t.Errorf("%d batches, want 800", len(got))
	}
}

func TestFullLogRefusesAndKeeps(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log"), MaxBytes: 64 << 10})
	big := &city.Batch{Changes: []city.Change{{Op: city.OpQuarantine, Raw: strings.Repeat("x", 10<<10), Row: 1}}}
	var accepted int
	for {
		_, err := l.Append(context.Background(), big)
		if err != nil {
			if city.KindOf(err) != city.Overload {
				t.Fatalf("refusal: %v", err)
			}
			break
		}
		accepted++
	}
	if got := rows(t, l, 1); len(got) != accepted {
		t.Errorf("%d batches in the log, %d were accepted", len(got), accepted)
	}
	if err := l.Trim(context.Background(), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(context.Background(), big); err != nil {
		t.Errorf("append after a trim: %v", err)
	}
}

func TestDiskReserveRefuses(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log"), Reserve: 1 << 60})
	_, err := l.Append(context.Background(), batch(1))
	if city.KindOf(err) != city.Unavailable || !strings.Contains(err.Error(), "disk") {
		t.Errorf("append without space: %v", err)
	}
}

func TestForeignFoldersAreRefused(t *testing.T) {
	clustered := t.TempDir()
	if err := os.MkdirAll(filepath.Join(clustered, "jetstream", "$SYS", "_js_", "_meta_"), 0o750); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, word := range map[string]string{clustered: "clustered", foreign: "marker"} {
		_, err := Open(context.Background(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("open %s: %v, want an error with %q", dir, err, word)
		}
	}
}

// TestRestartAfterFailedWrite makes a write fail and expects the next to work
// on a server started anew.
func TestRestartAfterFailedWrite(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	ctx := context.Background()
	if _, err := l.Append(ctx, batch(1)); err != nil {
		t.Fatal(err)
	}
	l.srv.Shutdown()
	if _, err := l.Append(ctx, batch(2)); city.KindOf(err) != city.Unavailable {
		t.Fatalf("append to a dead engine: %v", err)
	}
	if pos, err := l.Append(ctx, batch(3)); err != nil || pos != 2 {
		t.Fatalf("append after restart: %d, %v", pos, err)
	}
	if got := rows(t, l, 1); len(got) != 2 || got[1] != 3 {
		t.Errorf("log holds %v", got)
	}
}

func BenchmarkAppendSmall(b *testing.B) {
	l := open(b, Options{Dir: filepath.Join(b.TempDir(), "log")})
	for b.Loop() {
		if _, err := l.Append(context.Background(), batch(1)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestBeforeFindsThePosition(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	ctx := context.Background()
	start := time.Now()
	if pos, err := l.Before(ctx, start); pos != 0 || err != nil {
		t.Errorf("empty log: %d, %v", pos, err)
	}
	var middle time.Time
	for i := 1; i <= 10; i++ {
		if _, err := l.Append(ctx, batch(i)); err != nil {
			t.Fatal(err)
		}
		if i == 4 {
			time.Sleep(5 * time.Millisecond)
			middle = time.Now()
			time.Sleep(5 * time.Millisecond)
		}
	}
	for want, at := range map[city.Position]time.Time{0: start, 4: middle, 10: time.Now()} {
		if pos, err := l.Before(ctx, at); pos != want || err != nil {
			t.Errorf("before %v: %d, %v, want %d", at, pos, err, want)
		}
	}
}

func TestSync(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	big := &city.Batch{Changes: []city.Change{{Op: city.OpQuarantine, Raw: strings.Repeat("x", 3<<20), Row: 1}}}
	for i := range 8 { // several blocks
		if _, err := l.Append(context.Background(), big); err != nil {
			t.Fatal(err)
		}
		if i%3 == 0 {
			if err := l.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := l.Sync(); err != nil || l.synced != 8 || l.newest == "" {
		t.Errorf("synced to %d in %q: %v", l.synced, l.newest, err)
	}
}

// TestLostAcknowledgement stores a batch behind the log's back, as a write does
// whose acknowledgement is lost.
func TestLostAcknowledgement(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	ctx := context.Background()
	if _, err := l.Append(ctx, batch(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.js.Publish(ctx, subject, codec.AppendBatch(nil, batch(2))); err != nil {
		t.Fatal(err)
	}
	if pos, err := l.Append(ctx, batch(2)); err != nil || pos != 2 {
		t.Fatalf("the batch that was in the log: %d, %v", pos, err)
	}
	if pos, err := l.Append(ctx, batch(3)); err != nil || pos != 3 {
		t.Fatalf("the next: %d, %v", pos, err)
	}
	if _, err := l.js.Publish(ctx, subject, codec.AppendBatch(nil, batch(99))); err != nil {
		t.Fatal(err)
	}
	for range 3 { // and it stays so
		if _, err := l.Append(ctx, batch(4)); city.KindOf(err) != city.Internal {
			t.Fatalf("a foreign batch in the log: %v", err)
		}
	}
}

func TestTooLargeBatch(t *testing.T) {
	l := open(t, Options{Dir: filepath.Join(t.TempDir(), "log")})
	big := &city.Batch{Changes: []city.Change{{Op: city.OpQuarantine, Raw: strings.Repeat("x", maxMessage)}}}
	if _, err := l.Append(context.Background(), big); city.KindOf(err) != city.TooLarge || l.broken {
		t.Errorf("too large a batch: %v, broken %v", err, l.broken)
	}
}
