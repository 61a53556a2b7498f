package tesseralog_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
	"citybrain/ledger/tesseralog"
)

// TestTheFolderMayFailAndComeBack takes away what the log writes to, while
// records come: nothing is lost, nothing is added twice, and it goes on by itself.
func TestTheFolderMayFailAndComeBack(t *testing.T) {
	for _, name := range []string{".state", "tile", "tile/entries", "tile/0"} {
		t.Run(name, func(t *testing.T) {
			l, m := open(t, t.TempDir()), new(ledgertest.Memory)
			defer run(t, l, m)()
			put(t, m, 0, 300)
			within(t, 5*time.Second, "the first have their leaves", nothingWaits(t, m))
			place := l.Folder().Path(name)
			if err := os.Rename(place, place+".away"); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(place, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			put(t, m, 300, 350)
			within(t, 5*time.Second, "the fault shows", func() bool { return l.Health() != nil })
			if n, _ := m.WaitingCount(t.Context()); n != 50 || city.KindOf(l.Health()) != city.Unavailable {
				t.Fatalf("%d wait, health %v", n, l.Health())
			}
			put(t, m, 350, 360)
			if err := errors.Join(os.Remove(place), os.Rename(place+".away", place)); err != nil {
				t.Fatal(err)
			}
			within(t, 5*time.Second, "all have their leaves", nothingWaits(t, m))
			within(t, time.Second, "health is back", func() bool { return l.Health() == nil })
			wantSound(t, l, m, 360, nil)
		})
	}
}

// flaky fails every third call, sometimes after it has done what it was asked.
type flaky struct {
	*ledgertest.Memory
	calls atomic.Int64
}

var errFlaky = city.Errorf(city.Unavailable, "flaky", "the records cannot be reached")

func (f *flaky) fails() bool { return f.calls.Add(1)%3 == 0 }

func (f *flaky) Waiting(ctx context.Context, limit int) ([]ledger.Sealed, error) {
	if f.fails() {
		return nil, errFlaky
	}
	return f.Memory.Waiting(ctx, limit)
}

func (f *flaky) Place(ctx context.Context, placed []ledger.Placed) error {
	if f.fails() {
		return errFlaky
	}
	err := f.Memory.Place(ctx, placed)
	if f.fails() {
		return errFlaky
	}
	return err
}

func (f *flaky) Record(ctx context.Context, id ledger.RecordID) (ledger.Sealed, error) {
	if f.calls.Add(1)%97 == 0 {
		return ledger.Sealed{}, errFlaky
	}
	return f.Memory.Record(ctx, id)
}

func TestTheRecordsMayFailAndComeBack(t *testing.T) {
	o := options()
	o.Group, o.Retry = 40, 10*time.Millisecond
	l, err := tesseralog.Open(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f := &flaky{Memory: new(ledgertest.Memory)}
	put(t, f.Memory, 0, 300)
	stop := run(t, l, f)
	within(t, 20*time.Second, "all have their leaves", nothingWaits(t, f.Memory))
	stop()
	wantSound(t, l, f, 300, nil)
}

// TestAnOlderFolderIsNotContinued puts a copy back that lacks leaves which
// records have: the log must not sign a second history.
func TestAnOlderFolderIsNotContinued(t *testing.T) {
	dir, m := t.TempDir(), new(ledgertest.Memory)
	old := t.TempDir()
	for i, n := range []int{0, 100} {
		l := open(t, dir)
		stop := run(t, l, m)
		put(t, m, n, n+100)
		within(t, 5*time.Second, "all have their leaves", nothingWaits(t, m))
		stop()
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.CopyFS(old+"/copy", os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(t, m, 200, 210)
	l := open(t, old+"/copy")
	stop := run(t, l, m)
	within(t, 2*time.Second, "it is refused", func() bool { return l.Health() != nil })
	time.Sleep(300 * time.Millisecond)
	c, _ := l.Checkpoint()
	if n, _ := m.WaitingCount(t.Context()); n != 10 || c.Size != 100 || !strings.Contains(l.Health().Error(), "older copy") {
		t.Fatalf("%d wait, %d leaves, health %v", n, c.Size, l.Health())
	}
	stop()
	stop = run(t, open(t, dir), m)
	within(t, 5*time.Second, "the newer folder goes on", nothingWaits(t, m))
	stop()
}

// TestADamagedLogIsNotContinued changes what the next leaf would build on.
func TestADamagedLogIsNotContinued(t *testing.T) {
	dir, m := t.TempDir(), new(ledgertest.Memory)
	l := open(t, dir)
	stop := run(t, l, m)
	put(t, m, 0, 300)
	within(t, 5*time.Second, "all have their leaves", nothingWaits(t, m))
	stop()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tile/0/001.p/44", "tile/1/000.p/1", "checkpoint", ".state/treeState"} {
		place := l.Folder().Path(name)
		sound, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		changed := append([]byte(nil), sound...)
		changed[len(changed)/2] ^= 1
		for _, bad := range [][]byte{changed, nil} {
			if err := os.WriteFile(place, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			if l, err := tesseralog.Open(t.Context(), dir, options()); err == nil {
				t.Errorf("%s: opened though damaged: %v", name, l.Close())
			}
		}
		if err := os.WriteFile(place, sound, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	open(t, dir)
}

// TestRecordsFromAnOlderCopyAreNamed puts records back that know less than the
// log: what the log has more is named, and what is done anew gets its own leaf.
func TestRecordsFromAnOlderCopyAreNamed(t *testing.T) {
	l, m := open(t, t.TempDir()), new(ledgertest.Memory)
	stop := run(t, l, m)
	put(t, m, 0, 20)
	within(t, 5*time.Second, "all have their leaves", nothingWaits(t, m))
	stop()
	for n := 15; n < 20; n++ {
		m.Remove(ledgertest.Example(n).ID)
	}
	again := ledgertest.Example(15)
	again.Body = []byte(`{"verb":"done anew"}`)
	if err := m.Put(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	stop = run(t, l, m)
	within(t, 5*time.Second, "it has its leaf", nothingWaits(t, m))
	stop()
	if err := l.Health(); err == nil || !strings.Contains(err.Error(), "no record") {
		t.Fatalf("health: %v", err)
	}
	r, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Folder: l.Folder(), Records: m, Key: l.Key()})
	if err != nil || len(r.Damages) != 5 {
		t.Fatalf("%v, damages %v", err, r.Damages)
	}
	if got, _ := m.Record(t.Context(), again.ID); got.Leaf != 20 {
		t.Fatalf("done anew at leaf %d", got.Leaf)
	}
}
