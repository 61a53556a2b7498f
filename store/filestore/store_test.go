package filestore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"citybrain/city"
)

const limit = 1 << 20

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "evidence"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// files lists everything in the store's folder that is a file.
func files(t *testing.T, s *Store) (names []string) {
	t.Helper()
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func wantKind(t *testing.T, err error, want city.ErrorKind, words ...string) {
	t.Helper()
	if err == nil || city.KindOf(err) != want {
		t.Errorf("the error is %v, want one of kind %s", err, want)
		return
	}
	for _, word := range words {
		if !strings.Contains(city.Detail(err), word) {
			t.Errorf("the error says %q, want it to say %q", city.Detail(err), word)
		}
	}
}

// TestPutKeepsWhatItGot holds that a file comes back byte for byte, also after
// the store was opened anew, and that the same content is kept once.
func TestPutKeepsWhatItGot(t *testing.T) {
	s := open(t)
	content := []byte("现场：<script>alert(1)</script>\n")
	for range 2 {
		hash, n, media, err := s.Put(context.Background(), bytes.NewReader(content), limit)
		if err != nil || hash != hashOf(content) || n != int64(len(content)) || media != Text {
			t.Fatalf("put: %s, %d, %s, %v", hash, n, media, err)
		}
	}
	if list := files(t, s); len(list) != 1 || list[0] != s.path(hashOf(content)) {
		t.Errorf("files: %v", list)
	}
	again, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := again.Open(hashOf(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, content) {
		t.Errorf("came back as %q, %v", got, err)
	}
	if err := again.Verify(context.Background(), hashOf(content)); err != nil {
		t.Error(err)
	}
}

func TestOpenWantsAHash(t *testing.T) {
	s := open(t)
	for _, hash := range []string{"", "abc", "../../../../etc/passwd", strings.Repeat("AB", 32), strings.Repeat("g", 64), strings.Repeat("a", 63) + "\n"} {
		_, err := s.Open(hash)
		wantKind(t, err, city.Invalid)
	}
	_, err := s.Open(strings.Repeat("a", 64))
	wantKind(t, err, city.NotFound)
}

// TestChangedFileIsFound holds that evidence cannot be exchanged unnoticed, and
// that putting the true content again heals it.
func TestChangedFileIsFound(t *testing.T) {
	s := open(t)
	content := []byte("before")
	hash, _, _, err := s.Put(context.Background(), bytes.NewReader(content), limit)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(hash), []byte("after!"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantKind(t, s.Verify(context.Background(), hash), city.Internal, "has been changed")
	if _, _, _, err := s.Put(context.Background(), bytes.NewReader(content), limit); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(context.Background(), hash); err != nil {
		t.Error(err)
	}
}

// TestRefusedFilesLeaveNothing holds that what is refused is not kept.
func TestRefusedFilesLeaveNothing(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    io.Reader
		kind city.ErrorKind
		say  string
	}{
		{"too large", context.Background(), strings.NewReader(strings.Repeat("x", limit+1)), city.TooLarge, "1 MiB"},
		{"empty", context.Background(), strings.NewReader(""), city.Invalid, "empty"},
		{"binary", context.Background(), strings.NewReader("MZ\x90\x00\x03"), city.Invalid, "not taken"},
		{"the line broke", context.Background(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(io.ErrUnexpectedEOF)), city.Invalid, "in full"},
		{"cancelled", ctx, strings.NewReader("text"), city.Invalid, "in full"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, _, err := s.Put(c.ctx, c.r, limit)
			wantKind(t, err, c.kind, c.say)
			if list := files(t, s); len(list) != 0 {
				t.Errorf("left behind: %v", list)
			}
		})
	}
	if _, n, _, err := s.Put(context.Background(), strings.NewReader(strings.Repeat("x", limit)), limit); err != nil || n != limit {
		t.Errorf("as large as the limit: %d, %v", n, err)
	}
}

// TestCrashLeavesNothing holds that what was coming in when the program died is
// gone when the folder is opened again.
func TestCrashLeavesNothing(t *testing.T) {
	s := open(t)
	f, err := s.create(filepath.Join(s.dir, incoming))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("half a photo"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if _, err := Open(s.dir); err != nil {
		t.Fatal(err)
	}
	if list := files(t, s); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}

// TestFullDiskIsSaid writes to the kernel's device that is always full.
func TestFullDiskIsSaid(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full")
	}
	s := open(t)
	s.create = func(dir string) (*os.File, error) {
		path := filepath.Join(dir, "full") // a link, so that discarding the file removes only that
		if err := os.Symlink("/dev/full", path); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_RDWR, 0)
	}
	_, _, _, err := s.Put(context.Background(), strings.NewReader("text"), limit)
	wantKind(t, err, city.Unavailable, "is full", s.dir)
	wantKind(t, s.Ready(), city.Unavailable, "is full")
}

// TestUnwritableFolderIsSaid puts a file where the folder should be.
func TestUnwritableFolderIsSaid(t *testing.T) {
	s := open(t)
	if err := s.Ready(); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(s.dir, incoming)
	if err := errors.Join(os.Remove(in), os.WriteFile(in, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	_, _, _, err := s.Put(context.Background(), strings.NewReader("text"), limit)
	wantKind(t, err, city.Unavailable, s.dir)
	wantKind(t, s.Ready(), city.Unavailable, s.dir)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Open(filepath.Join(file, "evidence"))
	wantKind(t, err, city.Unavailable)
	wantKind(t, s.unavailable("x", fs.ErrPermission), city.Unavailable, "right to write")
}

// TestManyAtOnce puts the same and different contents at the same time.
func TestManyAtOnce(t *testing.T) {
	s := open(t)
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			content := []byte(strings.Repeat("x", 1+i%4))
			hash, _, _, err := s.Put(context.Background(), bytes.NewReader(content), limit)
			if err != nil || hash != hashOf(content) {
				t.Errorf("put %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if list := files(t, s); len(list) != 4 {
		t.Errorf("files: %v", list)
	}
}

// TestReadingChangesNothing looks at the folder of a city that runs.
func TestReadingChangesNothing(t *testing.T) {
	s := open(t)
	hash, _, _, err := s.Put(context.Background(), strings.NewReader("a text"), limit)
	if err != nil {
		t.Fatal(err)
	}
	coming := filepath.Join(s.dir, incoming, "file-1")
	if err := os.WriteFile(coming, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := Reading(s.dir)
	if err := r.Verify(context.Background(), hash); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(coming); err != nil {
		t.Errorf("what is coming in was removed: %v", err)
	}
	if _, _, _, err := r.Put(context.Background(), strings.NewReader("a text"), limit); err == nil {
		t.Error("a file was put")
	}
	f, err := r.OpenVerified(context.Background(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if text, err := io.ReadAll(f); err != nil || string(text) != "a text" {
		t.Errorf("the file reads %q, %v", text, err)
	}
	wantKind(t, Reading(filepath.Join(s.dir, "none")).Verify(context.Background(), hash), city.NotFound)
}
