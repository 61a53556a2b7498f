package rowfile

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"citybrain/city"
)

// ErrReplaced ends the reading of a followed file that was cut or in whose
// place another file stands. The rows before are complete; what is there now is
// a new reading of the feed from row 1.
var ErrReplaced = errors.New("rowfile: the file was cut or replaced")

// pollEvery is how often a followed file is looked at.
const pollEvery = time.Second

// Packed says whether a file is packed with gzip, going by its name.
func Packed(path string) bool { return strings.EqualFold(filepath.Ext(path), ".gz") }

func openInput(path string, follow bool) (input, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	if Packed(path) {
		z, err := gzip.NewReader(bufio.NewReaderSize(f, 64<<10))
		if err != nil {
			f.Close()
			return nil, city.Errorf(city.Invalid, "rowfile.Open", "%s is not a gzip file: %v", filepath.Base(path), err)
		}
		return &gzipInput{z, f}, nil
	}
	if follow {
		return &tail{file: f, path: path}, nil
	}
	return plainInput{f}, nil
}

func fileError(path string, err error) error {
	kind, what := city.Unavailable, "cannot be read: "+cause(err)
	if errors.Is(err, os.ErrNotExist) {
		kind, what = city.NotFound, "is not in the feeds folder"
	}
	return &city.Error{Kind: kind, Op: "rowfile.Open", Detail: filepath.Base(path) + " " + what, Err: err}
}

// cause says why without the path, which belongs to the machine.
func cause(err error) string {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

type plainInput struct{ *os.File }

func (plainInput) wait(<-chan struct{}) error { return io.EOF }

type gzipInput struct {
	*gzip.Reader
	file *os.File
}

func (g *gzipInput) wait(<-chan struct{}) error { return io.EOF }

func (g *gzipInput) Close() error { return errors.Join(g.Reader.Close(), g.file.Close()) }

// tail reads a file that others append to.
type tail struct {
	file *os.File
	path string
	read int64
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := t.file.Read(p)
	t.read += int64(n)
	if err == io.EOF {
		err = errPause
		if n > 0 {
			err = nil
		}
	}
	return n, err
}

func (t *tail) Close() error { return t.file.Close() }

func (t *tail) wait(stop <-chan struct{}) error {
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	for {
		replaced, grown := t.look()
		if grown {
			return nil
		}
		if replaced {
			return ErrReplaced
		}
		timer.Reset(pollEvery)
		select {
		case <-timer.C:
		case <-stop:
			return io.EOF
		}
	}
}

// look says whether the open file has grown, and else whether it is no longer
// the one at its path. A file moved away is read to its end first; a path that
// is empty for a moment is not yet a replacement.
func (t *tail) look() (replaced, grown bool) {
	mine, err := t.file.Stat()
	if err != nil || mine.Size() < t.read {
		return true, false
	}
	if mine.Size() > t.read {
		return false, true
	}
	now, err := os.Stat(t.path)
	if err != nil || os.SameFile(mine, now) {
		return false, false
	}
	if mine, err = t.file.Stat(); err == nil && mine.Size() > t.read { // the last words of the writer
		return false, true
	}
	return true, false
}
