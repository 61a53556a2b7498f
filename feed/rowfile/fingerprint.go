package rowfile

import (
	"bytes"
	"encoding/binary"
	"hash"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// wholeFile bounds the files whose every byte goes into their fingerprint; of
// longer ones the first and last edgeBytes do.
const (
	wholeFile = 64 << 20
	edgeBytes = 4 << 20
)

// Fingerprint tells one content of a file from another: name, size and bytes.
// The same file copied elsewhere or touched has the same fingerprint. (The
// trailer of a gzip file holds a checksum of all its content.)
func Fingerprint(path string) (uint64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fileError(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, fileError(path, err)
	}
	h := fnv.New64a()
	h.Write([]byte(filepath.Base(path)))
	number(h, uint64(info.Size()))
	if info.Size() <= wholeFile {
		_, err = io.Copy(h, f)
	} else if _, err = io.CopyN(h, f, edgeBytes); err == nil {
		_, err = io.Copy(h, io.NewSectionReader(f, info.Size()-edgeBytes, edgeBytes))
	}
	if err != nil {
		return 0, fileError(path, err)
	}
	return h.Sum64(), nil
}

// Beginning is the fingerprint of a file that grows: its name, its first two
// lines (the header and the first row) and its inode, which tells it from a file
// put in its place that begins alike. ok is false while they are not there. Of
// a file that cannot grow, packed or a JSON array, it is Fingerprint.
func Beginning(path string) (sum uint64, ok bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false, fileError(path, err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return 0, false, fileError(path, err)
	}
	if Packed(path) || bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\uFEFF"))), []byte("[")) {
		sum, err = Fingerprint(path)
		return sum, err == nil, err
	}
	first := bytes.IndexByte(head, '\n')
	second := -1
	if first >= 0 {
		second = bytes.IndexByte(head[first+1:], '\n')
	}
	switch {
	case second >= 0:
		head = head[:first+1+second+1]
	case len(head) < 64<<10:
		return 0, false, nil
	}
	h := fnv.New64a()
	h.Write([]byte(filepath.Base(path)))
	h.Write(head)
	if info, err := f.Stat(); err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			h.Write(binary.LittleEndian.AppendUint64(nil, stat.Ino))
		}
	}
	return h.Sum64(), true, nil
}

func number(h hash.Hash, n uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], n)
	h.Write(b[:])
}
