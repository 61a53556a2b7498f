package ledger

import (
	"bytes"
	"slices"
)

// truth is the tree that the signed root commits to, as far as leaves and tiles
// let it be found: by it the damaged of two files that differ is told from the
// sound one.
type truth struct {
	found  bool
	blocks [][]byte // the hash of every full block of leaves; nil if unknown
	edge   [][]byte // the hashes of the leaves behind them
}

// findTruth looks for the tree with the signed root: that of the leaves if they
// are sound; otherwise that of the tiles, or of the leaves that the records would
// have; otherwise what most of the leaves, the tiles and the tiles above these
// agree on; otherwise what the tiles above say.
func (v *verifier) findTruth() *truth {
	w := &v.walk
	if t, ok := v.try(w.leaves); ok {
		return t
	}
	if t, ok := v.try(w.tiles); ok {
		return t
	}
	if t, ok := v.try(w.records); ok {
		return t
	}
	parents := v.parents()
	agreed := agree(w.leaves, w.tiles, parents)
	if t, ok := v.try(agreed); ok {
		return t
	}
	if t, ok := v.try(parents); ok {
		return t
	}
	root := &v.report.Checkpoint
	v.found(DamagedCheckpoint, v.checkpointFile(), "its root is not that of the "+root.String()+" which leaves and tiles give")
	return &truth{blocks: agreed, edge: w.edge.leaves}
}

// try says whether blocks, and the edge as leaves or tile have it, give the
// signed root.
func (v *verifier) try(blocks [][]byte) (*truth, bool) {
	edge, c := &v.walk.edge, &v.report.Checkpoint
	if slices.ContainsFunc(blocks, func(h []byte) bool { return h == nil }) {
		return nil, false
	}
	for _, hashes := range [][][]byte{edge.leaves, edge.hashes, edge.records} {
		whole := int64(len(blocks))*tileWidth+int64(len(hashes)) == c.Size
		if whole && rootOf(blocks, hashes) == c.Root {
			return &truth{found: true, blocks: blocks, edge: hashes}, true
		}
	}
	return nil, false
}

// parents are the hashes of the full blocks as the tiles above them have them.
func (v *verifier) parents() [][]byte {
	size := v.report.Checkpoint.Size
	hashes := make([][]byte, size/tileWidth)
	for n := int64(0); n*tileWidth < int64(len(hashes)); n++ {
		t := v.o.Folder.tile(1, n, size)
		for i := range len(t.hashes) / hashBytes {
			hashes[n*tileWidth+int64(i)] = t.at(i)
		}
	}
	return hashes
}

// agree takes for every block what two of three say, or else the first that
// says anything.
func agree(a, b, c [][]byte) [][]byte {
	agreed := make([][]byte, len(a))
	for i := range a {
		switch {
		case b[i] != nil && bytes.Equal(b[i], c[i]), a[i] == nil && b[i] != nil:
			agreed[i] = b[i]
		case a[i] != nil:
			agreed[i] = a[i]
		default:
			agreed[i] = c[i]
		}
	}
	return agreed
}

// sound says which of a block's hashes are those of the tree.
type sound struct{ leaves, tile, records bool }

func (t *truth) of(b *block) sound {
	if !t.found {
		return sound{}
	}
	if b.n == int64(len(t.blocks)) {
		return sound{same(b.leaves, t.edge), same(b.hashes, t.edge), same(b.records, t.edge)}
	}
	is := func(hashes [][]byte) bool { return bytes.Equal(blockHash(hashes), t.blocks[b.n]) }
	return sound{is(b.leaves), is(b.hashes), is(b.records)}
}

func same(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

// continues says whether the first leaves of the tree are those of the saved
// checkpoint, or cannot be known because they are damaged, which the report says.
func (v *verifier) continues(t *truth) bool {
	full, rest := v.saved.Size/tileWidth, v.saved.Size%tileWidth
	blocks, b := t.blocks[:full], &v.walk.boundary
	if slices.ContainsFunc(blocks, func(h []byte) bool { return h == nil }) {
		return true
	}
	edge := b.leaves
	switch is := t.of(b); {
	case is.leaves:
	case is.tile:
		edge = b.hashes
	case is.records:
		edge = b.records
	}
	if int64(len(edge)) < rest {
		return true
	}
	return rootOf(blocks, edge[:rest]) == v.saved.Root
}
