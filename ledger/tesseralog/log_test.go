package tesseralog_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
	"citybrain/ledger/tesseralog"
)

const origin = "example.org/shili"

func options() tesseralog.Options {
	return tesseralog.Options{Origin: origin, Patience: 3 * time.Second, Retry: 200 * time.Millisecond,
		CheckpointEvery: 100 * time.Millisecond, Poll: 20 * time.Millisecond, MinRoom: 1,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func open(t testing.TB, dir string) *tesseralog.Log {
	t.Helper()
	l, err := tesseralog.Open(context.Background(), dir, options())
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// run lets the log work until stop is called.
func run(t testing.TB, l *tesseralog.Log, outbox ledger.Outbox) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, outbox) }()
	return func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Fatalf("run: %v", err)
		}
	}
}

// within waits until what must become true is.
func within(t testing.TB, d time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(d); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", d, what)
		}
	}
}

func nothingWaits(t testing.TB, o ledger.Outbox) func() bool {
	return func() bool {
		n, err := o.WaitingCount(t.Context())
		return err == nil && n == 0
	}
}

func put(t testing.TB, m *ledgertest.Memory, from, to int) {
	t.Helper()
	if err := m.Put(t.Context(), ledgertest.Examples(from, to)...); err != nil {
		t.Fatal(err)
	}
}

// wantSound verifies everything and expects n records, each with one leaf.
func wantSound(t testing.TB, l *tesseralog.Log, records ledger.Records, n int64, saved []byte) {
	t.Helper()
	r, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Folder: l.Folder(), Records: records, Key: l.Key(), Saved: saved})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if !r.Sound() || r.Leaves != n || r.Records != n || r.Waiting != 0 {
		t.Fatalf("want %d records with a leaf each, got %d leaves, %d records, %d waiting, damages %v", n, r.Leaves, r.Records, r.Waiting, r.Damages)
	}
}

func TestARecordHasItsLeafWithinASecond(t *testing.T) {
	l, err := tesseralog.Open(t.Context(), t.TempDir(), tesseralog.Options{Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	m := new(ledgertest.Memory)
	defer run(t, l, m)()
	for n := range 5 {
		put(t, m, n, n+1)
		begin := time.Now()
		within(t, time.Second, "the record has its leaf under a checkpoint", nothingWaits(t, m))
		t.Logf("record %d: %v", n, time.Since(begin).Round(time.Millisecond))
	}
	wantSound(t, l, m, 5, nil)
}

func TestTheLogGrowsAcrossStarts(t *testing.T) {
	dir, m := t.TempDir(), new(ledgertest.Memory)
	var saved []byte
	total := 0
	for _, more := range []int{1, 254, 1, 1, 700, 3} {
		l := open(t, dir)
		stop := run(t, l, m)
		put(t, m, total, total+more)
		total += more
		l.Wake()
		within(t, 5*time.Second, "all records have their leaves", nothingWaits(t, m))
		stop()
		wantSound(t, l, m, int64(total), saved)
		c, err := l.Checkpoint()
		if err != nil {
			t.Fatal(err)
		}
		saved = c.Raw
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// The leaves stand in the order of the outbox.
	first, _ := m.Record(t.Context(), ledgertest.Example(0).ID)
	last, _ := m.Record(t.Context(), ledgertest.Example(total-1).ID)
	if first.Leaf != 0 || last.Leaf != int64(total-1) {
		t.Fatalf("first at %d, last at %d of %d", first.Leaf, last.Leaf, total)
	}
}

func TestProofsOfTheLogVerifyElsewhere(t *testing.T) {
	l, m := open(t, t.TempDir()), new(ledgertest.Memory)
	put(t, m, 0, 600)
	defer run(t, l, m)()
	within(t, 5*time.Second, "all records have their leaves", nothingWaits(t, m))
	for _, n := range []int{0, 255, 256, 511, 599} {
		r, _ := m.Record(t.Context(), ledgertest.Example(n).ID)
		p, err := l.Proof(&r)
		if err != nil {
			t.Fatal(err)
		}
		proven, err := ledger.VerifyProof(ledger.WriteProof(p), l.Key())
		if err != nil || proven.Record.ID != r.ID || proven.Record.Leaf != r.Leaf || string(proven.Record.Body) != string(r.Body) {
			t.Fatalf("%v: %+v", err, proven)
		}
	}
	waiting := ledgertest.Example(601)
	if _, err := l.Proof(&waiting); city.KindOf(err) != city.NotFound {
		t.Fatalf("a record that waits: %v", err)
	}
}

func TestOnlyOneProgramWrites(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if _, err := tesseralog.Open(t.Context(), dir, options()); city.KindOf(err) != city.Conflict {
		t.Fatalf("opened twice: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestTheKeyBelongsToTheLog(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	key := l.Key()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, ledger.KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the private key: %v %v", info.Mode(), err)
	}
	if info, err := os.Stat(filepath.Join(dir, ledger.PublicKeyFile)); err != nil || info.Mode().Perm() != 0o644 {
		t.Fatalf("the public key: %v %v", info.Mode(), err)
	}
	o := options()
	o.Origin = "example.org/other"
	if _, err := tesseralog.Open(t.Context(), dir, o); city.KindOf(err) != city.Invalid {
		t.Fatalf("another name: %v", err)
	}
	o.Origin = ""
	again, err := tesseralog.Open(t.Context(), dir, o)
	if err != nil || again.Key() != key {
		t.Fatalf("the same log: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, ledger.KeyFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := tesseralog.Open(t.Context(), dir, options()); city.KindOf(err) != city.Invalid || !strings.Contains(err.Error(), "private key") {
		t.Fatalf("a log without its key: %v", err)
	}
	for _, bad := range []string{"", "a b", "a+b"} {
		o.Origin = bad
		if _, err := tesseralog.Open(t.Context(), t.TempDir(), o); city.KindOf(err) != city.Invalid {
			t.Errorf("a log called %q: %v", bad, err)
		}
	}
}

func TestARecordThatCannotBeSealedHoldsNothingUp(t *testing.T) {
	l, m := open(t, t.TempDir()), new(ledgertest.Memory)
	put(t, m, 0, 10)
	m.Change(ledgertest.Example(4).ID, func(r *ledger.Sealed) { r.Subject = "two\nlines" })
	defer run(t, l, m)()
	within(t, 5*time.Second, "nine have their leaves", func() bool {
		n, _ := m.WaitingCount(t.Context())
		return n == 1
	})
	if err := l.Health(); err == nil || !strings.Contains(err.Error(), string(ledgertest.Example(4).ID)) {
		t.Fatalf("health: %v", err)
	}
}

// TestVerifyingBesideTheProgramFindsNothing verifies again and again while
// records come.
func TestVerifyingBesideTheProgramFindsNothing(t *testing.T) {
	l, m := open(t, t.TempDir()), new(ledgertest.Memory)
	defer run(t, l, m)()
	var saved []byte
	next, later := 0, int64(0)
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		put(t, m, next, next+30)
		next += 30
		l.Wake()
		r, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Folder: l.Folder(), Records: m, Key: l.Key(), Saved: saved})
		if err != nil || !r.Sound() {
			t.Fatalf("%v, damages %v", err, r.Damages)
		}
		saved, later = r.Checkpoint.Raw, later+r.Later+r.Unplaced
	}
	t.Logf("%d records, %d met on their way", next, later)
}
