package tesseralog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"citybrain/city"
	"citybrain/ledger"
)

// probe says whether the log can be written to. Tessera ends the program when it
// cannot open its lock, and leaves temporary files behind on a full disk, so it
// is handed no leaf before the lock has been opened and there is room.
func (l *Log) probe() error {
	f, err := os.OpenFile(l.folder.Path(".state/treeState.lock"), os.O_RDWR, 0)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		_, _, err = treeState(l.folder)
	}
	if err != nil {
		return unavailable(err, "the evidence folder cannot be written to")
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(string(l.folder), &disk); err != nil {
		return unavailable(err, "the evidence folder cannot be written to")
	}
	if room := int64(disk.Bavail) * disk.Bsize; room < l.options.MinRoom {
		return city.Errorf(city.Unavailable, "tesseralog", "the disk of the evidence folder is full: %d KiB are left, at least %d KiB are needed; records wait until there is room", room>>10, l.options.MinRoom>>10)
	}
	return nil
}

// sweep removes temporary files that a killed program or a full disk left
// behind. Tessera names them like the file to be, with digits appended.
func sweep(f ledger.Folder) error {
	root := f.Path("")
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() || !temporary(filepath.Base(filepath.Dir(path)), entry.Name()) {
			return err
		}
		return os.Remove(path)
	})
}

// temporary says whether a file is one that was never finished.
func temporary(dir, name string) bool {
	for _, whole := range []string{"checkpoint", "treeState", "version", "gcState"} {
		if rest, ok := strings.CutPrefix(name, whole); ok {
			return digits(rest)
		}
	}
	if !digits(name) {
		return false
	}
	if strings.HasSuffix(dir, ".p") { // partial tiles are as many as 255 wide
		n, err := strconv.Atoi(name)
		return err != nil || n > 255
	}
	return len(name) > 3 // whole tiles have three digits
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
