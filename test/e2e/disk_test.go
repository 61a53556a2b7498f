package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"citybrain/test/driver"
)

// TestFullDisk fills the disk below a running server: it refuses with a time
// to try again, loses nothing it acknowledged, applies nothing it refused, and
// goes on when there is space again.
func TestFullDisk(t *testing.T) {
	skipIfShort(t, "fills a small file system")
	s := townSetup(t, append(busyFiles, "--set", "log.reserve=8388608")...)
	mountSmall(t, s.data, 96<<20)
	server := s.start(t)
	l := newLedger("disk", time.Now().UTC().Truncate(time.Second).Add(-10*24*time.Hour), 3)
	l.dropRefused = true
	writeFor(t, l, server, time.Second)
	before := l.acked.Load()
	if before == 0 || l.refused.Load() != 0 {
		t.Fatalf("before: %d acknowledged, %d refused", before, l.refused.Load())
	}
	for _, left := range []int64{4 << 20, 0} { // below the reserve; nothing at all
		filler := fillDisk(t, s.data, left)
		refusedBefore := l.refused.Load()
		writeFor(t, l, server, 2*time.Second)
		if l.refused.Load() == refusedBefore {
			t.Errorf("with %d bytes left nothing was refused", left)
		}
		l.check(t, dial(t, server), l.ids)
		os.Remove(filler)
		eventually(t, "writes are accepted again", 30*time.Second, func() bool {
			acked := l.acked.Load()
			writeFor(t, l, server, 50*time.Millisecond)
			return l.acked.Load() > acked
		})
	}
	t.Logf("%d acknowledged, %d refused", l.acked.Load(), l.refused.Load())
	l.check(t, dial(t, server), l.ids)
	server.Kill()
	again := s.start(t)
	l.check(t, dial(t, again), l.ids)
	if l.noRetry > 0 {
		t.Errorf("%d refusals did not say when to try again", l.noRetry)
	}
}

// TestStartOnFullDisk refuses to start where there is no space, and says so.
func TestStartOnFullDisk(t *testing.T) {
	s := townSetup(t)
	mountSmall(t, s.data, 1<<20)
	fillDisk(t, s.data, 0)
	mentions(t, "the refusal", s.refuses(t), "full")
}

func writeFor(t *testing.T, l *ledger, server *driver.Server, d time.Duration) {
	t.Helper()
	stop := make(chan struct{})
	time.AfterFunc(d, func() { close(stop) })
	if err := l.write(server.Addr, stop); err != nil {
		t.Fatalf("%v\n%s", err, server.Output())
	}
	if l.pending != nil {
		t.Fatalf("the connection broke\n%s", server.Output())
	}
}

// mountSmall mounts a file system in memory; only root may.
func mountSmall(t *testing.T, dir string, size int64) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: cannot mount a small file system")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+sizeText(size)); err != nil {
		t.Skipf("cannot mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

func sizeText(size int64) string { return strconv.FormatInt(size>>10, 10) + "k" }

// fillDisk writes a file until only so many bytes are left.
func fillDisk(t *testing.T, dir string, left int64) string {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	piece := make([]byte, 64<<10)
	for {
		var fs syscall.Statfs_t
		if err := syscall.Statfs(dir, &fs); err != nil {
			t.Fatal(err)
		}
		free := int64(fs.Bavail) * fs.Bsize
		if free <= left {
			return path
		}
		if _, err := f.Write(piece[:min(int64(len(piece)), free-left)]); err != nil {
			return path // full
		}
	}
}
