package tesseralog_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"citybrain/ledger/ledgertest"
	"citybrain/ledger/tesseralog"
)

// TestAFullDiskHoldsRecordsUpAndLosesNone gives the folder a disk of its own,
// fills it, and makes room again: once with the fault found before anything is
// written, once in the middle of a write.
func TestAFullDiskHoldsRecordsUpAndLosesNone(t *testing.T) {
	for _, c := range []struct {
		name    string
		minRoom int64
		says    string
	}{
		{"found before", 64 << 10, "is full"},
		{"found while writing", 1, "no space left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := smallDisk(t)
			o := options()
			o.MinRoom = c.minRoom
			l, err := tesseralog.Open(t.Context(), filepath.Join(dir, "ledger"), o)
			if err != nil {
				t.Fatal(err)
			}
			m := new(ledgertest.Memory)
			stop := run(t, l, m)
			put(t, m, 0, 100)
			within(t, 5*time.Second, "the first have their leaves", nothingWaits(t, m))
			if free := fill(t, filepath.Join(dir, "fill")); c.minRoom == 1 {
				free(4096) // the first file of a write fits, the next does not
			}
			put(t, m, 100, 400)
			within(t, 8*time.Second, "the fault shows", func() bool { return l.Health() != nil })
			if !strings.Contains(l.Health().Error(), c.says) {
				t.Errorf("health does not say %q: %v", c.says, l.Health())
			}
			time.Sleep(500 * time.Millisecond)
			if err := os.Remove(filepath.Join(dir, "fill")); err != nil {
				t.Fatal(err)
			}
			within(t, 10*time.Second, "all have their leaves", nothingWaits(t, m))
			within(t, time.Second, "health is back", func() bool { return l.Health() == nil })
			stop()
			wantSound(t, l, m, 400, nil)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			wantSwept(t, filepath.Join(dir, "ledger"))
		})
	}
}

// wantSwept opens the log again and expects no file that was never finished.
func wantSwept(t *testing.T, dir string) {
	t.Helper()
	l := open(t, dir)
	defer l.Close()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && len(strings.Trim(entry.Name(), "0123456789")) < len(entry.Name())-3 {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("a small disk cannot be mounted here (%v): run as root to test a full one", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all room that is left, and gives a way to free some.
func fill(t *testing.T, name string) (free func(bytes int64)) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for err == nil {
		var n int
		n, err = f.Write(make([]byte, 4096))
		size += int64(n)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return func(bytes int64) {
		if err := os.Truncate(name, size-bytes); err != nil {
			t.Fatal(err)
		}
	}
}
