package filestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Sweep removes the files that nobody needs and that came before an instant:
// those that were put here and then never attached to anything. It says how many.
// A file is kept while it is young, because what attaches it comes after it.
// It may run beside everything else.
func (s *Store) Sweep(ctx context.Context, before time.Time, needed func(hash string) bool) (removed int, err error) {
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil || err != nil {
			return errors.Join(ctx.Err(), err)
		}
		if d.IsDir() {
			if d.Name() == incoming {
				return fs.SkipDir
			}
			return nil
		}
		if !hashForm.MatchString(d.Name()) || needed(d.Name()) {
			return nil
		}
		info, err := d.Info()
		if err != nil || !info.ModTime().Before(before) {
			return err
		}
		removed++
		return os.Remove(path)
	})
	if err != nil && ctx.Err() == nil {
		err = s.unavailable("filestore.Sweep", err)
	}
	return removed, err
}
