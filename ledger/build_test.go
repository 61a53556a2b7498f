package ledger_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"

	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

const origin = "example.org/shili"

// keys are one pair for all tests.
var keys = sync.OnceValues(func() (note.Signer, ledger.Key) {
	private, public, err := note.GenerateKey(nil, origin)
	if err != nil {
		panic(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		panic(err)
	}
	return signer, ledger.Key(public)
})

// evidence is a log in a folder, built from its leaves without the program that
// writes logs, and the records behind it.
type evidence struct {
	folder  ledger.Folder
	records *ledgertest.Memory
	key     ledger.Key
}

// build writes a log of a size and its records.
func build(t testing.TB, size int) *evidence {
	t.Helper()
	_, key := keys()
	e := &evidence{folder: ledger.Folder(t.TempDir()), records: new(ledgertest.Memory), key: key}
	e.write(t, ledger.PublicKeyFile, []byte(string(key)+"\n"))
	e.grow(t, 0, size)
	return e
}

// grow adds leaves and their records, and writes the tree as of the new size.
func (e *evidence) grow(t testing.TB, from, to int) {
	t.Helper()
	examples := ledgertest.Examples(from, to)
	if err := e.records.Put(t.Context(), examples...); err != nil {
		t.Fatal(err)
	}
	var places []ledger.Placed
	for i, r := range examples {
		places = append(places, ledger.Placed{ID: r.ID, Leaf: int64(from + i)})
	}
	if err := e.records.Place(t.Context(), places); err != nil {
		t.Fatal(err)
	}
	leaves := make([][]byte, 0, to)
	for _, r := range ledgertest.Examples(0, to) {
		leaves = append(leaves, ledger.LeafOf(&r))
	}
	e.writeTree(t, leaves)
}

// writeTree writes bundles, tiles and a checkpoint over leaves.
func (e *evidence) writeTree(t testing.TB, leaves [][]byte) {
	t.Helper()
	size := uint64(len(leaves))
	hashes := make([][]byte, 0, size)
	for first := range layout.Range(0, size, size) {
		var bundle []byte
		for _, leaf := range leaves[first.Index*256 : min(first.Index*256+256, size)] {
			bundle = append(binary.BigEndian.AppendUint16(bundle, uint16(len(leaf))), leaf...)
			hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(leaf))
		}
		e.write(t, filepath.Join(ledger.LogDir, layout.EntriesPath(first.Index, first.Partial)), bundle)
	}
	for level := uint64(0); len(hashes) > 0; level++ {
		var above [][]byte
		for n := uint64(0); n*256 < uint64(len(hashes)); n++ {
			group := hashes[n*256 : min(n*256+256, uint64(len(hashes)))]
			var data []byte
			for _, h := range group {
				data = append(data, h...)
			}
			e.write(t, filepath.Join(ledger.LogDir, layout.TilePath(level, n, layout.PartialTileSize(level, n, size))), data)
			if len(group) == 256 {
				above = append(above, reference(group).Hash())
			}
		}
		hashes = above
	}
	e.sign(t, size, rootOf(leaves))
}

// sign writes a checkpoint.
func (e *evidence) sign(t testing.TB, size uint64, root []byte) {
	t.Helper()
	e.write(t, filepath.Join(ledger.LogDir, layout.CheckpointPath), signed(t, size, root))
}

func signed(t testing.TB, size uint64, root []byte) []byte {
	t.Helper()
	signer, _ := keys()
	raw, err := note.Sign(&note.Note{Text: string(log.Checkpoint{Origin: origin, Size: size, Hash: root}.Marshal())}, signer)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func rootOf(leaves [][]byte) []byte {
	tree := testonly.New(rfc6962.DefaultHasher)
	tree.AppendData(leaves...)
	return tree.Hash()
}

// reference is a tree by another implementation.
func reference(hashes [][]byte) *testonly.Tree {
	tree := testonly.New(rfc6962.DefaultHasher)
	tree.Append(hashes...)
	return tree
}

func (e *evidence) write(t testing.TB, name string, data []byte) {
	t.Helper()
	file := filepath.Join(string(e.folder), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// change changes a file below log/ in place.
func (e *evidence) change(t testing.TB, name string, change func([]byte) []byte) {
	t.Helper()
	data, err := os.ReadFile(e.folder.Path(name))
	if err != nil {
		t.Fatal(err)
	}
	e.write(t, filepath.Join(ledger.LogDir, name), change(data))
}

// flip changes one byte of a file below log/.
func (e *evidence) flip(t testing.TB, name string, at int) {
	t.Helper()
	e.change(t, name, func(data []byte) []byte {
		data[at] ^= 0x10
		return data
	})
}

func (e *evidence) saved(t testing.TB) []byte {
	t.Helper()
	raw, err := os.ReadFile(e.folder.Path(layout.CheckpointPath))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (e *evidence) verify(t testing.TB, saved []byte) *ledger.Report {
	t.Helper()
	report, err := ledger.Verify(context.Background(), ledger.VerifyOptions{Folder: e.folder, Records: e.records, Key: e.key, Saved: saved})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	return report
}

// copyFolder keeps a copy of the folder as it is.
func (e *evidence) copyFolder(t testing.TB) ledger.Folder {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(string(e.folder))); err != nil {
		t.Fatal(err)
	}
	return ledger.Folder(to)
}
