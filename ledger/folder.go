package ledger

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/transparency-dev/tessera/api/layout"

	"citybrain/city"
)

// Folder is where a log stands on a disk:
//
//	key         the private key, for the program only
//	key.pub     the public key
//	log/        the log as C2SP tlog-tiles has it: checkpoint, tile/…
//
// Reading it changes nothing, needs no program to run and may be done while one
// writes to it.
type Folder string

// The names in a folder.
const (
	KeyFile       = "key"
	PublicKeyFile = "key.pub"
	LogDir        = "log"
)

// tileWidth is how many hashes a full tile, and leaves a full bundle, have.
const tileWidth = layout.TileWidth

// Path is where the log itself stands.
func (f Folder) Path(name string) string {
	return filepath.Join(string(f), LogDir, filepath.FromSlash(name))
}

// Key reads the public key that stands beside the log. Who does not trust the
// operator brings the key along instead. NotFound if there is no log.
func (f Folder) Key() (Key, error) {
	data, err := os.ReadFile(filepath.Join(string(f), PublicKeyFile))
	if err != nil {
		return "", unreadable("ledger.Key", filepath.Join(string(f), PublicKeyFile), err)
	}
	key := Key(bytes.TrimSpace(data))
	_, err = key.verifier()
	return key, err
}

// Checkpoint reads the log's last checkpoint. NotFound if there is none,
// Invalid if the key did not sign it.
func (f Folder) Checkpoint(key Key) (Checkpoint, error) {
	raw, err := f.rawCheckpoint()
	if err != nil {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(raw, key)
}

func (f Folder) rawCheckpoint() ([]byte, error) {
	file := f.Path(layout.CheckpointPath)
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, unreadable("ledger.Checkpoint", file, err)
	}
	return raw, nil
}

// Leaves calls visit with every leaf of the checkpoint from an index on, in
// order, until visit fails. Invalid names a file that cannot be read as leaves.
func (f Folder) Leaves(ctx context.Context, c *Checkpoint, from int64, visit func(index int64, leaf []byte) error) error {
	for index := from; index < c.Size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := index / tileWidth
		b := f.bundle(n, c.Size)
		if b.fault != "" {
			return city.Errorf(city.Invalid, "ledger.Leaves", "%s: %s", b.file, b.fault)
		}
		for ; index/tileWidth == n && index < c.Size; index++ {
			if err := visit(index, b.entries[index%tileWidth]); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaf reads one leaf below a checkpoint.
func (f Folder) leaf(c *Checkpoint, index int64) ([]byte, error) {
	if index < 0 || index >= c.Size {
		return nil, city.Errorf(city.NotFound, "ledger.Leaf", "the checkpoint has %d leaves, so none of index %d", c.Size, index)
	}
	b := f.bundle(index/tileWidth, c.Size)
	if at := index % tileWidth; at < int64(len(b.entries)) {
		return b.entries[at], nil
	}
	return nil, city.Errorf(city.Invalid, "ledger.Leaf", "%s: %s", b.file, b.fault)
}

// bundle is what a file of leaves holds, as far as it can be read.
type bundle struct {
	file    string   // below log/
	entries [][]byte // at most as many as the checkpoint has there
	fault   string   // why these are not all, or ""
}

// bundle reads the n-th bundle as a checkpoint of a size has it.
func (f Folder) bundle(n, size int64) bundle {
	want := covered(0, n, size)
	data, file, grown, err := f.read(size, 0, n, layout.EntriesPath)
	b := bundle{file: file}
	if err != nil {
		b.fault = "cannot be read: " + err.Error()
		return b
	}
	for rest := data; len(rest) > 0 && (len(b.entries) < want || !grown); {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			b.fault = fmt.Sprintf("cannot be read behind leaf %d", n*tileWidth+int64(len(b.entries))-1)
			return b
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		b.entries, rest = append(b.entries, rest[2:end:end]), rest[end:]
	}
	if len(b.entries) != want {
		b.fault = fmt.Sprintf("holds %d leaves, not %d", len(b.entries), want)
		b.entries = b.entries[:min(want, len(b.entries))]
	}
	return b
}

// tile is what a file of hashes holds.
type tile struct {
	file   string // below log/
	hashes []byte // as many hashes as the checkpoint has there, or nil
	fault  string // why there are none, or ""
}

// at is the i-th hash of a tile that has no fault.
func (t *tile) at(i int) []byte { return t.hashes[i*hashBytes : (i+1)*hashBytes] }

// tile reads a tile as a checkpoint of a size has it.
func (f Folder) tile(level, n, size int64) tile {
	want := covered(level, n, size) * hashBytes
	data, file, grown, err := f.read(size, level, n, func(n uint64, p uint8) string { return layout.TilePath(uint64(level), n, p) })
	switch {
	case err != nil:
		return tile{file: file, fault: "cannot be read: " + err.Error()}
	case grown && len(data) != tileWidth*hashBytes, !grown && len(data) != want:
		return tile{file: file, fault: fmt.Sprintf("is %d bytes long, which no such tile is", len(data))}
	}
	return tile{file: file, hashes: data[:want]}
}

// read reads a file of a tree of a size. If it should be a partial one that has
// been taken away since, because the tree has grown, the whole one is read.
// Whether that is so is the third answer.
func (f Folder) read(size, level, n int64, name func(n uint64, p uint8) string) (data []byte, file string, grown bool, err error) {
	partial := layout.PartialTileSize(uint64(level), uint64(n), uint64(size))
	file = name(uint64(n), partial)
	data, err = os.ReadFile(f.Path(file))
	if err == nil || partial == 0 || !errors.Is(err, fs.ErrNotExist) {
		return data, file, false, plain(err)
	}
	if data, other := os.ReadFile(f.Path(name(uint64(n), 0))); other == nil {
		return data, name(uint64(n), 0), true, nil
	}
	return nil, file, false, plain(err)
}

// plain is an error without the path, which the report names already.
func plain(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// covered is how many entries the n-th tile of a level has in a tree of a size.
func covered(level, n, size int64) int {
	return int(max(0, min(tileWidth, size>>(level*layout.TileHeight)-n*tileWidth)))
}

func unreadable(op, file string, err error) error {
	kind, text := city.Unavailable, "cannot be read"
	if errors.Is(err, fs.ErrNotExist) {
		kind, text = city.NotFound, "is not there: is this the evidence folder of a city that has run?"
	}
	e := city.Errorf(kind, op, "%s %s", file, text)
	e.Err = err
	return e
}

// bundleFile and tileFile are the names that the files of a tree of a size have.
func bundleFile(n, size int64) string {
	return layout.EntriesPath(uint64(n), layout.PartialTileSize(0, uint64(n), uint64(size)))
}

func tileFile(level, n, size int64) string {
	return layout.TilePath(uint64(level), uint64(n), layout.PartialTileSize(uint64(level), uint64(n), uint64(size)))
}
