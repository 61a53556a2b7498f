package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"citybrain/city"
)

// walk is what one pass over all leaves leaves behind: the hash of every block
// of leaves in three ways, and the details of those blocks where something differs.
type walk struct {
	leaves   [][]byte         // per full block, from its leaves; nil if they cannot be read
	tiles    [][]byte         // per full block, from its tile; nil if it cannot be read
	records  [][]byte         // per full block, from the leaves that its records would have; nil if some are missing
	edge     block            // the leaves behind the last full block
	details  map[int64]*block // of blocks in which something differs
	boundary block            // the block in which the saved checkpoint ends
}

// block is up to 256 leaves side by side.
type block struct {
	n        int64
	bundle   bundle
	tile     tile
	leaves   [][]byte // hashes of the leaves, or nil
	hashes   [][]byte // those of the tile, or nil
	records  [][]byte // those of the leaves that the records would have, or nil
	unlike   []unlike // records that are not what their leaf says
	orphaned []orphan // leaves without a record
}

// unlike is a record whose leaf would be another one than stands in the log.
type unlike struct {
	id    RecordID
	index int64
	hash  []byte // of the leaf that the record would have
	text  string
}

// orphan is a leaf for which no record says that it is its own.
type orphan struct {
	index  int64
	record RecordID // as the leaf says, "" if it is not the leaf of a record
	what   What     // of which a damage is to be named
	text   string
}

// detailLimit bounds the memory for details; beyond it blocks are named, but
// not their leaves.
const detailLimit = 4096

func (v *verifier) walkLeaves(ctx context.Context) error {
	v.cursor = cursor{records: v.o.Records, after: -1}
	v.walk.details = map[int64]*block{}
	size := v.report.Checkpoint.Size
	for n := int64(0); n*tileWidth < size; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := v.readBlock(n, size)
		if err := v.compareRecords(ctx, &b); err != nil {
			return err
		}
		v.keep(b, size)
	}
	return nil
}

func (v *verifier) readBlock(n, size int64) block {
	b := block{n: n, bundle: v.o.Folder.bundle(n, size), tile: v.o.Folder.tile(0, n, size)}
	v.report.Bundles++
	v.report.Tiles++
	v.report.Leaves += int64(len(b.bundle.entries))
	for _, leaf := range b.bundle.entries {
		b.leaves = append(b.leaves, hasher.HashLeaf(leaf))
	}
	for i := range len(b.tile.hashes) / hashBytes {
		b.hashes = append(b.hashes, b.tile.at(i))
	}
	return b
}

// keep adds a block to what the walk has found.
func (v *verifier) keep(b block, size int64) {
	w := &v.walk
	b.records = b.byRecords()
	if covered(0, b.n, size) == tileWidth {
		w.leaves = append(w.leaves, blockHash(b.leaves))
		w.tiles = append(w.tiles, blockHash(b.hashes))
		if len(b.unlike) == 0 {
			w.records = append(w.records, w.leaves[b.n])
		} else {
			w.records = append(w.records, blockHash(b.records))
		}
	} else {
		w.edge = b
	}
	if v.saved != nil && v.saved.Size/tileWidth == b.n {
		w.boundary = b
	}
	if b.differs() && len(w.details) < detailLimit {
		w.details[b.n] = &b
	}
}

// byRecords are the hashes of the leaves, with those of the records in place of
// the leaves that are not theirs.
func (b *block) byRecords() [][]byte {
	hashes := slices.Clone(b.leaves)
	for _, u := range b.unlike {
		if i := u.index - b.n*tileWidth; i < int64(len(hashes)) {
			hashes[i] = u.hash
		}
	}
	return hashes
}

func blockHash(hashes [][]byte) []byte {
	if len(hashes) != tileWidth {
		return nil
	}
	return nodeOver(hashes)
}

func (b *block) differs() bool {
	if b.bundle.fault != "" || b.tile.fault != "" || len(b.unlike) > 0 || len(b.orphaned) > 0 || len(b.leaves) != len(b.hashes) {
		return true
	}
	for i := range b.leaves {
		if !bytes.Equal(b.leaves[i], b.hashes[i]) {
			return true
		}
	}
	return false
}

// compareRecords goes along the records of a block's leaves.
func (v *verifier) compareRecords(ctx context.Context, b *block) error {
	if v.o.Records == nil {
		return nil
	}
	first := b.n * tileWidth
	for i := range int64(covered(0, b.n, v.report.Checkpoint.Size)) {
		met := false
		for {
			r, ok, err := v.cursor.next(ctx, first+i)
			if err != nil {
				return err
			}
			if !ok {
				break
			}
			met = true
			v.report.Records++
			b.compare(&r, i)
		}
		if !met && i < int64(len(b.bundle.entries)) {
			if err := v.orphan(ctx, b, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// compare holds a record against the leaf at which it says it stands.
func (b *block) compare(r *Sealed, i int64) {
	text := LeafOf(r)
	if i < int64(len(b.bundle.entries)) && bytes.Equal(text, b.bundle.entries[i]) {
		return
	}
	u := unlike{id: r.ID, index: r.Leaf, hash: hasher.HashLeaf(text), text: "its leaf cannot be read"}
	if i < int64(len(b.bundle.entries)) {
		u.text = difference(b.bundle.entries[i], r)
	}
	b.unlike = append(b.unlike, u)
}

// orphan looks for the record of a leaf at which none says that it stands.
func (v *verifier) orphan(ctx context.Context, b *block, i int64) error {
	text, index := b.bundle.entries[i], b.n*tileWidth+i
	leaf, err := ParseLeaf(text)
	if err != nil {
		b.orphaned = append(b.orphaned, orphan{index: index, what: MissingRecord, text: "no record has this leaf, and it is not the leaf of a record"})
		return nil
	}
	r, err := v.o.Records.Record(ctx, leaf.ID)
	lost := orphan{index: index, record: leaf.ID, what: MissingRecord, text: "the record " + string(leaf.ID) + ", of which the leaf was made, is not there"}
	switch {
	case city.KindOf(err) == city.NotFound:
	case err != nil:
		return err
	case !bytes.Equal(LeafOf(&r), text):
		lost.what, lost.text = DamagedRecord, fmt.Sprintf("not what leaf %d was made of: %s", index, leaf.Differs(&r))
	case r.Leaf < 0:
		v.report.Unplaced++
		return nil
	case r.Leaf == index: // placed since it was looked for
		v.report.Records++
		return nil
	default:
		lost.what, lost.text = DamagedRecord, fmt.Sprintf("its leaf is %d, but it says %d", index, r.Leaf)
	}
	b.orphaned = append(b.orphaned, lost)
	return nil
}

// rest looks at the records behind the last leaf of the checkpoint: there is
// none, except those that came while the log was read.
func (v *verifier) rest(ctx context.Context) error {
	if v.o.Records == nil {
		return nil
	}
	size := v.report.Checkpoint.Size
	for {
		r, ok, err := v.cursor.any(ctx)
		if err != nil || !ok {
			return err
		}
		if r.Leaf >= size { // the log may have grown since it was looked at
			if c, err := v.o.Folder.Checkpoint(v.o.Key); err == nil {
				size = max(size, c.Size)
			}
		}
		if r.Leaf < size {
			v.report.Later++
			continue
		}
		v.found(MissingLeaf, string(r.ID), fmt.Sprintf("it stands at leaf %d, but the log has only %d leaves: it was truncated, or an older copy was put in its place", r.Leaf, size))
	}
}

// cursor reads records page by page in the order of their leaves.
type cursor struct {
	records Records
	after   int64
	page    []Sealed
	ended   bool
}

const pageSize = 2048

// next is the next record if it stands at an index.
func (c *cursor) next(ctx context.Context, index int64) (Sealed, bool, error) {
	if err := c.fill(ctx); err != nil || len(c.page) == 0 || c.page[0].Leaf > index {
		return Sealed{}, false, err
	}
	return c.take(), true, nil
}

// any is the next record.
func (c *cursor) any(ctx context.Context) (Sealed, bool, error) {
	if err := c.fill(ctx); err != nil || len(c.page) == 0 {
		return Sealed{}, false, err
	}
	return c.take(), true, nil
}

func (c *cursor) take() Sealed {
	r := c.page[0]
	c.page = c.page[1:]
	return r
}

func (c *cursor) fill(ctx context.Context) error {
	if len(c.page) > 0 || c.ended {
		return nil
	}
	page, err := c.records.Records(ctx, c.after, pageSize)
	if err != nil {
		return err
	}
	c.page, c.ended = page, len(page) == 0
	if !c.ended {
		c.after = page[len(page)-1].Leaf
	}
	return nil
}
