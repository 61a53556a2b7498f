package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"time"

	"citybrain/city"
)

// The folder of the past holds a folder for each type and in it the segments.
// Files of other names are nobody's business here.
var (
	segmentName = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\d\.\d+\.parquet$`)
	tempName    = regexp.MustCompile(`^-?\d{4,}-\d\d-\d\d\.\d+\.parquet\.tmp$`)
)

const (
	maxFolderName = 200
	retryFull     = 30 * time.Second
)

func hashName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// checkFolder holds the folder against the manifest and removes what a crash
// left unfinished.
func checkFolder(dir string, segments []Segment) error {
	named := map[string]bool{}
	for i := range segments {
		if err := checkFile(dir, &segments[i]); err != nil {
			return err
		}
		named[segments[i].File()] = true
	}
	temporary, unnamed, err := strays(dir, named)
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "history.Open", Detail: "the folder " + dir + " cannot be read", Err: err}
	}
	// Sealing enters one file in the manifest before it names the next, so a
	// crash leaves one. More means that this is not the manifest of this folder.
	if len(unnamed) > 1 {
		return city.Errorf(city.Unavailable, "history.Open", "the folder %s holds %d segments that the manifest does not name, such as %s: "+
			"the database is older than the folder or another one; restore the database that belongs to it, "+
			"or, if the log still starts at message 1, move the folder and the database away and everything is rebuilt from the log", dir, len(unnamed), unnamed[0])
	}
	for _, file := range append(temporary, unnamed...) {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			return &city.Error{Kind: city.Unavailable, Op: "history.Open", Detail: "the unfinished file " + file + " in " + dir + " cannot be removed", Err: err}
		}
	}
	return nil
}

func checkFile(dir string, s *Segment) error {
	path := filepath.Join(dir, filepath.FromSlash(s.File()))
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return unusable("history.Open", path, "is missing", nil)
	case err != nil:
		return unusable("history.Open", path, "cannot be read", err)
	case info.Size() != s.Bytes:
		return unusable("history.Open", path, fmt.Sprintf("has %d bytes and should have %d", info.Size(), s.Bytes), nil)
	}
	return nil
}

// unusable is the error for a segment that is not what was written.
func unusable(op, path, what string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: op, Err: err, Detail: fmt.Sprintf("the segment %s %s: restore this file from a backup; "+
		"or, if the log still starts at message 1, move the folder of the past and the database away and everything is rebuilt from the log", path, what)}
}

// strays lists, relative to dir and sorted, unfinished files and segments that
// are not named.
func strays(dir string, named map[string]bool) (temporary, unnamed []string, err error) {
	folders, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, folder.Name()))
		if err != nil {
			return nil, nil, err
		}
		for _, f := range files {
			name := folder.Name() + "/" + f.Name()
			switch {
			case tempName.MatchString(f.Name()):
				temporary = append(temporary, name)
			case segmentName.MatchString(f.Name()) && !named[name]:
				unnamed = append(unnamed, name)
			}
		}
	}
	return temporary, unnamed, err
}

// write makes the file of f, complete, under its name.
func (p *Past) write(ctx context.Context, f *frozen) error {
	s := Segment{Type: f.day.typ, Day: f.day.day, Part: p.nextPart(f.day), UpTo: f.upTo}
	path := p.path(&s)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return cannotWrite(path, err)
	}
	temp := path + ".tmp"
	if err := p.writeFile(ctx, temp, f, &s); err != nil {
		if errors.As(err, new(*stopped)) {
			return err
		}
		return errors.Join(cannotWrite(path, err), ignoreMissing(os.Remove(temp)))
	}
	if err := p.at(BeforeRename); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return cannotWrite(path, err)
	}
	f.written = &s
	return p.at(AfterRename)
}

// settle makes the name of a written file survive a power cut.
func (p *Past) settle(f *frozen) error {
	path := p.path(f.written)
	for _, dir := range []string{filepath.Dir(path), p.dir} {
		if err := syncFolder(dir); err != nil {
			return cannotWrite(path, err)
		}
	}
	return nil
}

func (p *Past) path(s *Segment) string { return filepath.Join(p.dir, filepath.FromSlash(s.File())) }

// stopped is an error of Options.At: what is on disk stays as it is.
type stopped struct {
	at  Point
	err error
}

func (s *stopped) Error() string { return "history: stopped " + string(s.at) + ": " + s.err.Error() }
func (s *stopped) Unwrap() error { return s.err }

func (p *Past) at(point Point) error {
	if err := p.o.At(point); err != nil {
		return &stopped{point, err}
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func cannotWrite(path string, err error) error {
	e := &city.Error{Kind: city.Internal, Op: "history.Seal", Detail: "the segment " + path + " cannot be written", Err: err}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		e.Detail = "the disk is full, the segment " + path + " waits in memory: make room"
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) || errors.As(err, new(*os.LinkError)) || errors.Is(err, syscall.ENOSPC) {
		e.Kind, e.Retry = city.Unavailable, retryFull
	}
	return e
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// frozenDays lists the days with something frozen, in order. It needs mu.
func (p *Past) frozenDays() []day {
	var days []day
	for d, s := range p.days {
		if len(s.frozen) > 0 {
			days = append(days, d)
		}
	}
	slices.SortFunc(days, compareDays)
	return days
}
