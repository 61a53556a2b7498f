package rowfile

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"citybrain/feed/mapping"
)

// following reads a followed file in the background of a test.
type following struct {
	t *testing.T
	r *Reader
}

func follow(t *testing.T, path string) following {
	t.Helper()
	r, err := Open(path, Format{}, Options{Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return following{t, r}
}

// next waits for the next row or the end.
func (f following) next() (string, error) {
	f.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
	defer stop()
	var row mapping.Row
	for {
		err := f.r.Next(&row)
		if errors.Is(err, ErrIdle) {
			if err = f.r.Wait(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			return "", err
		}
		return string(row.Fields[0]), nil
	}
}

func (f following) want(value string) {
	f.t.Helper()
	if got, err := f.next(); got != value || err != nil {
		f.t.Fatalf("%q %v, want %q", got, err, value)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
}

func TestFollowGrowth(t *testing.T) {
	path := write(t, "a.csv", []byte("a\n1\n"))
	f := follow(t, path)
	f.want("1")
	appendTo(t, path, "2\n3") // the second row is not complete
	f.want("2")
	var row mapping.Row
	if err := f.r.Next(&row); !errors.Is(err, ErrIdle) {
		t.Fatalf("a partial line was delivered: %v %q", err, row.Raw)
	}
	appendTo(t, path, "4\n")
	f.want("34")
}

func TestFollowTruncation(t *testing.T) {
	path := write(t, "a.csv", []byte("a\n1\n2\n"))
	f := follow(t, path)
	f.want("1")
	f.want("2")
	if err := os.Truncate(path, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := f.next(); !errors.Is(err, ErrReplaced) {
		t.Errorf("after truncation: %v", err)
	}
}

func TestFollowRotation(t *testing.T) {
	path := write(t, "a.csv", []byte("a\n1\n"))
	f := follow(t, path)
	f.want("1")
	if err := os.Rename(path, filepath.Join(filepath.Dir(path), "a.1")); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(filepath.Dir(path), "a.1"), "2\n") // the writer still has the old file open
	if err := os.WriteFile(path, []byte("a\n3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	f.want("2")
	if _, err := f.next(); !errors.Is(err, ErrReplaced) {
		t.Errorf("after rotation: %v", err)
	}
}

func TestCloseEndsTheGoroutine(t *testing.T) {
	f := follow(t, write(t, "a.csv", []byte("a\n1\n")))
	f.want("1")
	done := make(chan struct{})
	go func() { f.r.Close(); close(done) }()
	select {
	case <-done:
	case <-time.After(2 * time.Second):
		t.Error("Close waits for a file that does not grow")
	}
}
