package ledger

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// judgeBlocks names what is damaged in the blocks where something differs.
func (v *verifier) judgeBlocks(t *truth) {
	for _, n := range slices.Sorted(maps.Keys(v.walk.details)) {
		b := v.walk.details[n]
		is := t.of(b)
		if b.bundle.fault != "" {
			v.found(DamagedEntries, b.bundle.file, b.bundle.fault)
		}
		switch {
		case b.tile.fault != "":
			v.found(DamagedTile, b.tile.file, b.tile.fault)
		case t.found && !is.tile:
			v.found(DamagedTile, b.tile.file, b.tileText(is.leaves))
		}
		if !is.leaves {
			v.judgeLeaves(b, t, is)
		}
		v.judgeRecords(b, is)
	}
	v.judgeHidden(t)
}

// judgeHidden names the blocks whose leaves and tile agree with each other but
// not with the tree, and those for whose details there was no memory.
func (v *verifier) judgeHidden(t *truth) {
	if !t.found {
		return
	}
	for i, want := range t.blocks {
		if v.walk.details[int64(i)] != nil {
			continue
		}
		if leaves := v.walk.leaves[i]; !bytes.Equal(leaves, want) {
			v.found(DamagedEntries, bundleFile(int64(i), v.report.Checkpoint.Size), "its leaves are not those of the tree")
		}
		if tile := v.walk.tiles[i]; !bytes.Equal(tile, want) {
			v.found(DamagedTile, tileFile(0, int64(i), v.report.Checkpoint.Size), "its hashes are not those of the tree")
		}
	}
}

// tileText says where a tile that is not that of the tree is wrong.
func (b *block) tileText(leaves bool) string {
	for i := range b.hashes {
		if leaves && !bytes.Equal(b.hashes[i], b.leaves[i]) {
			return "its hash of leaf " + strconv.FormatInt(b.n*tileWidth+int64(i), 10) + " is not that of the leaf"
		}
	}
	return "its hashes are not those of the tree"
}

// judgeLeaves names the leaves of a block whose leaves are not, or not known to
// be, those of the tree.
func (v *verifier) judgeLeaves(b *block, t *truth, is sound) {
	named := b.bundle.fault != ""
	for i := range b.leaves {
		text := b.leafText(i, t.found, is)
		if text == "" {
			continue
		}
		if u, ok := b.unlikeAt(int64(i)); ok {
			text += "; it stands there for record " + string(u.id)
		}
		v.foundf(DamagedLeaf, b.n*tileWidth+int64(i), "in %s %s", b.bundle.file, text)
		named = true
	}
	if !named && t.found {
		v.found(DamagedEntries, b.bundle.file, "its leaves are not those of the tree")
	}
}

// leafText says why a leaf of such a block is damaged, or "" if it need not be.
func (b *block) leafText(i int, found bool, is sound) string {
	unlikeTile := i < len(b.hashes) && !bytes.Equal(b.leaves[i], b.hashes[i])
	_, unlikeRecord := b.unlikeAt(int64(i))
	switch {
	case is.tile && unlikeTile, is.records && unlikeRecord:
		return "is not the one that the tree has"
	case is.tile, is.records:
		return ""
	case unlikeTile:
		return "is not the one of its hash in " + b.tile.file
	case found && unlikeRecord:
		return "is not the one that its record has, and the tree has another"
	}
	return ""
}

func (b *block) unlikeAt(i int64) (unlike, bool) {
	for _, u := range b.unlike {
		if u.index == b.n*tileWidth+i {
			return u, true
		}
	}
	return unlike{}, false
}

// judgeRecords names the records of a block that are not what the tree holds.
func (v *verifier) judgeRecords(b *block, is sound) {
	for _, u := range b.unlike {
		i := int(u.index - b.n*tileWidth)
		// A record that gives the very leaf that the tree has is sound; the
		// file of leaves is what was changed.
		if is.records || (is.tile || !is.leaves) && i < len(b.hashes) && bytes.Equal(u.hash, b.hashes[i]) {
			continue
		}
		text := fmt.Sprintf("not what leaf %d was made of: %s", u.index, u.text)
		if is.tile && !is.leaves {
			text = fmt.Sprintf("not what the tree has at leaf %d", u.index)
		}
		v.found(DamagedRecord, string(u.id), text)
	}
	for _, o := range b.orphaned {
		if o.what == DamagedRecord {
			v.found(DamagedRecord, string(o.record), o.text)
			continue
		}
		v.found(o.what, strconv.FormatInt(o.index, 10), o.text)
	}
}

// judgeLevels compares every tile above the leaves' with what lies below it.
func (v *verifier) judgeLevels(t *truth) {
	size, hashes := v.report.Checkpoint.Size, t.blocks
	for level := int64(1); len(hashes) > 0; level++ {
		var above [][]byte
		for n := int64(0); n*tileWidth < int64(len(hashes)); n++ {
			group := hashes[n*tileWidth : min((n+1)*tileWidth, int64(len(hashes)))]
			v.judgeTile(level, n, size, group)
			if len(group) == tileWidth {
				above = append(above, known(group))
			}
		}
		hashes = above
	}
}

// known is the hash over a full group, or nil if one of them is not known.
func known(group [][]byte) []byte {
	if slices.ContainsFunc(group, func(h []byte) bool { return h == nil }) {
		return nil
	}
	return blockHash(group)
}

func (v *verifier) judgeTile(level, n, size int64, want [][]byte) {
	t := v.o.Folder.tile(level, n, size)
	v.report.Tiles++
	if t.fault != "" {
		v.found(DamagedTile, t.file, t.fault)
		return
	}
	for i, hash := range want {
		if hash != nil && !bytes.Equal(hash, t.at(i)) {
			v.found(DamagedTile, t.file, "its hash "+strconv.Itoa(i)+" is not that of what lies below it")
			return
		}
	}
}
