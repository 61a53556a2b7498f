package filestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"citybrain/city"
)

// Store is a folder of evidence. It is safe for concurrent use; two processes
// must not open the same folder.
type Store struct {
	dir    string
	create func(dir string) (*os.File, error) // a new file for what is coming in
}

// incoming is where files are written before they have a name.
const incoming = "incoming"

// retry is when to try again after the folder could not be written.
const retry = 30 * time.Second

// Open opens the folder, making it where it is missing, and removes what a
// crash left half-written. Unavailable if the folder cannot be written.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir, create: func(dir string) (*os.File, error) { return os.CreateTemp(dir, "file-*") }}
	in := filepath.Join(dir, incoming)
	if err := os.RemoveAll(in); err != nil {
		return nil, s.unavailable("filestore.Open", err)
	}
	if err := os.MkdirAll(in, 0o750); err != nil {
		return nil, s.unavailable("filestore.Open", err)
	}
	return s, nil
}

// Reading is the folder of a city that may be running, to be read only: it
// changes nothing there. A folder that is missing has no files.
func Reading(dir string) *Store {
	return &Store{dir: dir, create: func(string) (*os.File, error) { return nil, fs.ErrPermission }}
}

// Ready says why files cannot be kept now (Unavailable), or nil: it writes a
// file and removes it.
func (s *Store) Ready() error {
	f, err := s.create(filepath.Join(s.dir, incoming))
	if err != nil {
		return s.unavailable("filestore.Ready", err)
	}
	defer discard(f)
	if _, err := f.WriteString("ready\n"); err != nil {
		return s.unavailable("filestore.Ready", err)
	}
	if err := f.Sync(); err != nil {
		return s.unavailable("filestore.Ready", err)
	}
	return nil
}

// Put keeps what r gives, at most limit bytes, and answers with its hash
// (SHA-256 in hex), length and media type. The file is durable when it returns;
// putting the same content again is no error. It refuses a file that is empty or
// of a type that is not taken (Invalid), too large (TooLarge), and says so if the
// folder cannot be written or is full (Unavailable); then nothing is kept.
func (s *Store) Put(ctx context.Context, r io.Reader, limit int64) (hash string, bytes int64, media string, err error) {
	return s.PutAs(ctx, "", r, limit)
}

// PutAs is Put of a file that somebody says is of a media type: it is refused
// (Invalid) if its content is of another.
func (s *Store) PutAs(ctx context.Context, declared string, r io.Reader, limit int64) (hash string, bytes int64, media string, err error) {
	f, err := s.create(filepath.Join(s.dir, incoming))
	if err != nil {
		return "", 0, "", s.unavailable("filestore.Put", err)
	}
	defer discard(f)
	sum := sha256.New()
	bytes, err = s.receive(ctx, io.MultiWriter(f, sum), r, limit)
	if err != nil {
		return "", 0, "", err
	}
	if media, err = examine(f, bytes); err != nil {
		return "", 0, "", err
	}
	if err := checkDeclared(declared, media); err != nil {
		return "", 0, "", err
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	if err := s.name(f, hash); err != nil {
		return "", 0, "", s.unavailable("filestore.Put", err)
	}
	return hash, bytes, media, nil
}

// receive copies at most limit bytes.
func (s *Store) receive(ctx context.Context, to io.Writer, r io.Reader, limit int64) (int64, error) {
	in := &source{ctx: ctx, r: r}
	n, err := io.Copy(to, io.LimitReader(in, limit+1))
	switch {
	case in.err != nil:
		return 0, &city.Error{Kind: city.Invalid, Op: "filestore.Put", Detail: "the file did not arrive in full; send it again", Err: in.err}
	case err != nil:
		return 0, s.unavailable("filestore.Put", err)
	case n > limit:
		return 0, city.Errorf(city.TooLarge, "filestore.Put", "the file is larger than %s", sizeText(limit))
	case n == 0:
		return 0, city.Errorf(city.Invalid, "filestore.Put", "the file is empty")
	}
	return n, nil
}

// source remembers whether reading failed, to tell the sender's faults from the
// disk's.
type source struct {
	ctx context.Context
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		s.err = err
		return 0, err
	}
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// name gives a complete file its name. The content is synced before, the folder
// after, so that the name never stands for less.
func (s *Store) name(f *os.File, hash string) error {
	if err := f.Sync(); err != nil {
		return err
	}
	path := s.path(hash)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncFolder(filepath.Dir(path)), syncFolder(s.dir))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// discard closes a file and removes it if it has no name of its own yet.
func discard(f *os.File) {
	f.Close()
	os.Remove(f.Name())
}

func (s *Store) path(hash string) string { return filepath.Join(s.dir, hash[:2], hash) }

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Open opens a file by its hash; the caller closes it. Invalid if hash is not
// the form of one, NotFound if there is no such file.
func (s *Store) Open(hash string) (*os.File, error) {
	if !hashForm.MatchString(hash) {
		return nil, city.InvalidField("filestore.Open", "hash", "a hash is 64 hexadecimal digits in lower case")
	}
	f, err := os.Open(s.path(hash))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, city.Errorf(city.NotFound, "filestore.Open", "there is no file %s", hash)
	case err != nil:
		return nil, s.unavailable("filestore.Open", err)
	}
	return f, nil
}

// OpenVerified is Open of a file whose content was held against its hash:
// Internal if somebody changed it.
func (s *Store) OpenVerified(ctx context.Context, hash string) (*os.File, error) {
	f, err := s.Open(hash)
	if err != nil {
		return nil, err
	}
	if err = s.compare(ctx, f, hash); err == nil {
		if _, seekErr := f.Seek(0, io.SeekStart); seekErr != nil {
			err = s.unavailable("filestore.OpenVerified", seekErr)
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Verify says whether a file is there and still has the content of its hash:
// NotFound, or Internal if somebody changed it.
func (s *Store) Verify(ctx context.Context, hash string) error {
	f, err := s.OpenVerified(ctx, hash)
	if err == nil {
		f.Close()
	}
	return err
}

// compare reads a file to its end.
func (s *Store) compare(ctx context.Context, f *os.File, hash string) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, &source{ctx: ctx, r: f}); err != nil {
		return s.unavailable("filestore.Verify", err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != hash {
		return city.Errorf(city.Internal, "filestore.Verify", "the file %s has been changed: its content has the hash %s", hash, got)
	}
	return nil
}

func (s *Store) unavailable(op string, err error) error {
	detail := "the evidence folder " + s.dir + " cannot be used; see that it exists and can be written"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		detail = "the disk of the evidence folder " + s.dir + " is full; free space on it"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		detail = "the evidence folder " + s.dir + " cannot be written; give this program the right to write there"
	}
	return &city.Error{Kind: city.Unavailable, Op: op, Detail: detail, Retry: retry, Err: err}
}
