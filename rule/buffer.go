package rule

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// waiting is a change that waits for the tick that passes it.
type waiting struct {
	at    city.Instant
	seq   uint64 // order of arrival
	of    *entity
	in    *chunk
	off   uint32
	src   uint32
	n     uint16 // values in the chunk
	flags city.Flags
	op    city.Op
	live  bool // a reading: it carries an observed attribute
}

func (w *waiting) values() []cell { return w.in.cells[w.off : w.off+uint32(w.n)] }

// chunk holds the values of many waiting changes and is used again when the
// last of them is through.
type chunk struct {
	cells []cell
	live  int
}

const chunkCells = 2048

// buffer puts changes into the order of their instants. It sorts only what came
// out of order.
type buffer struct {
	sorted []waiting // from head on
	head   int
	fresh  []waiting // came since the last release that needed them
	least  city.Instant
	mixed  bool // fresh is out of order

	chunk *chunk
	free  []*chunk
	seq   uint64
}

func (b *buffer) len() int { return len(b.sorted) - b.head + len(b.fresh) }

// room returns a chunk with space for n more values.
func (b *buffer) room(n int) *chunk {
	if b.chunk != nil && len(b.chunk.cells)+n <= cap(b.chunk.cells) {
		return b.chunk
	}
	if k := len(b.free); k > 0 && n <= chunkCells {
		b.chunk, b.free = b.free[k-1], b.free[:k-1]
	} else {
		b.chunk = &chunk{cells: make([]cell, 0, max(n, chunkCells))}
	}
	return b.chunk
}

// done gives back the values of w.
func (b *buffer) done(w *waiting) {
	c := w.in
	if c == nil {
		return
	}
	w.in, w.of = nil, nil
	if c.live--; c.live > 0 {
		return
	}
	clear(c.cells)
	c.cells = c.cells[:0]
	if c != b.chunk && len(b.free) < 64 {
		b.free = append(b.free, c)
	}
}

func (b *buffer) add(w waiting) {
	b.seq++
	w.seq = b.seq
	w.in.live++
	if n := len(b.fresh); n == 0 {
		b.least, b.mixed = w.at, false
	} else {
		b.mixed = b.mixed || w.at < b.fresh[n-1].at
		b.least = min(b.least, w.at)
	}
	b.fresh = append(b.fresh, w)
}

// release hands out what happened before an instant, in order. The slice is
// valid until the next call of add or release.
func (b *buffer) release(before city.Instant) []waiting {
	if len(b.fresh) > 0 && b.least < before {
		b.merge()
	}
	rest := b.sorted[b.head:]
	n, _ := slices.BinarySearchFunc(rest, before, func(w waiting, at city.Instant) int { return cmp.Compare(w.at, at) })
	b.head += n
	return rest[:n:n]
}

func byInstant(a, b waiting) int { return cmp.Compare(a.at, b.at) }

// maxIdle is how many places an empty buffer keeps for the next burst.
const maxIdle = 1 << 17

// merge moves fresh into sorted. Of equal instants the earlier arrival comes
// first, except within fresh, where order sorts what needs it.
func (b *buffer) merge() {
	if b.mixed {
		slices.SortFunc(b.fresh, byInstant)
	}
	if b.head == len(b.sorted) {
		if cap(b.sorted) > maxIdle {
			b.sorted = nil
		}
		b.sorted, b.fresh, b.head = b.fresh, b.sorted[:0], 0
		return
	}
	if b.head > len(b.sorted)/2 {
		n := copy(b.sorted, b.sorted[b.head:])
		clear(b.sorted[n:])
		b.sorted, b.head = b.sorted[:n], 0
	}
	i, j := len(b.sorted)-1, len(b.fresh)-1
	b.sorted = append(b.sorted, b.fresh...)
	for k := len(b.sorted) - 1; j >= 0; k-- {
		if i >= b.head && b.sorted[i].at > b.fresh[j].at {
			b.sorted[k] = b.sorted[i]
			i--
			continue
		}
		b.sorted[k] = b.fresh[j]
		j--
	}
	clear(b.fresh)
	b.fresh = b.fresh[:0]
}
