package tesseralog_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"citybrain/ledger"
	"citybrain/ledger/tesseralog"
)

const victimFolder = "CITYBRAIN_TEST_VICTIM"

// TestMain lets the test binary be the program that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(victimFolder); dir != "" {
		fmt.Println(victim(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// victim adds records under load until it is killed.
func victim(dir string) error {
	j, err := openJournal(filepath.Join(dir, "journal"))
	if err != nil {
		return err
	}
	j.late = 20 * time.Millisecond
	l, err := tesseralog.Open(context.Background(), filepath.Join(dir, "ledger"), options())
	if err != nil {
		return err
	}
	go func() {
		for {
			time.Sleep(time.Duration(rand.IntN(8)) * time.Millisecond)
			if err := j.put(1 + rand.IntN(60)); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			l.Wake()
		}
	}()
	return l.Run(context.Background(), j)
}

// TestKilledAtAnyMomentEveryRecordHasOneLeaf kills the program twenty times
// while it adds under load, and goes on, a hundred times at most, until one
// kill has met leaves of which the records do not know yet.
func TestKilledAtAnyMomentEveryRecordHasOneLeaf(t *testing.T) {
	dir := t.TempDir()
	var saved []byte
	unplaced := int64(0)
	for i := 0; i < 20 || unplaced == 0 && i < 100; i++ {
		killOne(t, dir, time.Duration(20+rand.IntN(350))*time.Millisecond)
		j, err := openJournal(filepath.Join(dir, "journal"))
		if err != nil {
			t.Fatal(err)
		}
		// What a person finds who verifies the folder of the dead program.
		folder := ledger.Folder(filepath.Join(dir, "ledger"))
		r, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Folder: folder, Records: j, Saved: saved})
		if err != nil || !r.Sound() {
			t.Fatalf("kill %d: %v, %+v", i, err, r)
		}
		unplaced += r.Unplaced
		saved = r.Checkpoint.Raw
		if err := j.file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	j, err := openJournal(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, filepath.Join(dir, "ledger"))
	stop := run(t, l, j)
	within(t, 10*time.Second, "all have their leaves", nothingWaits(t, j))
	stop()
	wantSound(t, l, j, int64(j.next), saved)
	t.Logf("%d records; kills left %d leaves that were not yet written down", j.next, unplaced)
	if unplaced == 0 || j.next < 1000 {
		t.Errorf("the kills met nothing under way: %d records, %d leaves not written down", j.next, unplaced)
	}
}

func killOne(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), victimFolder+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out writer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The first checkpoint is the sign that it works.
	within(t, 10*time.Second, "the program has begun", func() bool {
		_, err := os.Stat(ledger.Folder(filepath.Join(dir, "ledger")).Path("checkpoint"))
		return err == nil
	})
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatalf("it ended by itself: %v\n%s", err, out)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it was not killed: %v\n%s", err, out)
	}
}

type writer []byte

func (w *writer) Write(b []byte) (int, error) {
	*w = append(*w, b...)
	return len(b), nil
}
