package ledger

import (
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
)

const hashBytes = sha256.Size

var (
	hasher = rfc6962.DefaultHasher
	ranges = compact.RangeFactory{Hash: hasher.HashChildren}
)

// rangeOf is the compact range over hashes that stand side by side from index 0
// of some level.
func rangeOf(hashes [][]byte) *compact.Range {
	r := ranges.NewEmptyRange(0)
	for _, h := range hashes {
		// Append fails only for ranges that do not touch, and a hash always does.
		if err := r.Append(h, nil); err != nil {
			panic(err)
		}
	}
	return r
}

// nodeOver is the hash of the perfect tree over hashes; their number is a power
// of two.
func nodeOver(hashes [][]byte) []byte {
	root, err := rangeOf(hashes).GetRootHash(nil)
	if err != nil {
		panic(err) // the range begins at 0
	}
	return root
}

// rootOf is the root of a tree of full blocks of leaves, each by its hash, and
// the leaf hashes behind them.
func rootOf(blocks, edge [][]byte) [hashBytes]byte {
	size := uint64(len(blocks))*tileWidth + uint64(len(edge))
	if size == 0 {
		return [hashBytes]byte(hasher.EmptyRoot())
	}
	hashes := append(append([][]byte(nil), rangeOf(blocks).Hashes()...), rangeOf(edge).Hashes()...)
	r, err := ranges.NewRange(0, size, hashes)
	if err != nil {
		panic(err) // full blocks and their edge are the range's parts, left to right
	}
	root, err := r.GetRootHash(nil)
	if err != nil {
		panic(err)
	}
	return [hashBytes]byte(root)
}

// inclusion is the proof that a leaf stands in the tree of a checkpoint, read
// from its tiles.
func (f Folder) inclusion(c *Checkpoint, index int64) ([][]byte, error) {
	nodes, err := proof.Inclusion(uint64(index), uint64(c.Size))
	if err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(nodes.IDs))
	for _, id := range nodes.IDs {
		h, err := f.node(id, c.Size)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return nodes.Rehash(hashes, hasher.HashChildren)
}

// root computes the root of the tree of a size from the tiles at its right edge.
func (f Folder) root(size, grown int64) ([hashBytes]byte, error) {
	if size == 0 {
		return [hashBytes]byte(hasher.EmptyRoot()), nil
	}
	var hashes [][]byte
	for _, id := range compact.RangeNodes(0, uint64(size), nil) {
		h, err := f.node(id, grown)
		if err != nil {
			return [hashBytes]byte{}, err
		}
		hashes = append(hashes, h)
	}
	r, err := ranges.NewRange(0, uint64(size), hashes)
	if err != nil {
		return [hashBytes]byte{}, err
	}
	root, err := r.GetRootHash(nil)
	return [hashBytes]byte(root), err
}

// node is a node of the tree of a size, computed from the tile that has the
// hashes below it.
func (f Folder) node(id compact.NodeID, size int64) ([]byte, error) {
	level, n, height, at := layout.NodeCoordsToTileAddress(uint64(id.Level), id.Index)
	t := f.tile(int64(level), int64(n), size)
	if t.fault != "" {
		return nil, fmt.Errorf("%s %s", t.file, t.fault)
	}
	first, last := int(at)<<height, int(at+1)<<height
	if last*hashBytes > len(t.hashes) {
		return nil, fmt.Errorf("%s has no hash %d", t.file, last-1)
	}
	below := make([][]byte, 0, last-first)
	for i := first; i < last; i++ {
		below = append(below, t.at(i))
	}
	return nodeOver(below), nil
}

// VerifyGrowth checks, from the tiles, that a tree of a size and root is what a
// checkpoint grew into: so that no log is continued that lost or changed leaves.
func (f Folder) VerifyGrowth(c *Checkpoint, size int64, root []byte) error {
	for _, t := range []struct {
		size int64
		root string
	}{{c.Size, string(c.Root[:])}, {size, string(root)}} {
		got, err := f.root(t.size, size)
		if err != nil {
			return err
		}
		if string(got[:]) != t.root {
			return fmt.Errorf("the tiles give another root for %d leaves than was written down", t.size)
		}
	}
	return nil
}
