package history

// blockSize is a power of two: elements of one block.
const (
	blockBits = 9
	blockSize = 1 << blockBits
)

// blocks is a growing array that never moves what it holds, so that a day
// costs its size and not twice as much. Only the first block grows by copying.
type blocks[T any] struct {
	list [][]T
	n    uint32
}

func (b *blocks[T]) at(i uint32) *T { return &b.list[i>>blockBits][i&(blockSize-1)] }

func (b *blocks[T]) push(v T) {
	k := int(b.n >> blockBits)
	if k == len(b.list) {
		if k == 0 {
			b.list = append(b.list, nil)
		} else {
			b.list = append(b.list, make([]T, 0, blockSize))
		}
	}
	b.list[k] = append(b.list[k], v)
	b.n++
}

// cells are the cells of a chunk, 12 bytes each.
type cells struct {
	values  blocks[uint64]
	columns blocks[uint32]
}

func (c *cells) len() uint32 { return c.values.n }

func (c *cells) at(i uint32) cell { return cell{*c.values.at(i), *c.columns.at(i)} }

func (c *cells) set(i uint32, v cell) { *c.values.at(i), *c.columns.at(i) = v.value, v.column }

func (c *cells) push(v cell) {
	c.values.push(v.value)
	c.columns.push(v.column)
}
