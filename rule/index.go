package rule

import (
	"encoding/binary"
	"math"

	"citybrain/city"
)

// values finds the entities of a type by what they have in some attributes.
type values struct {
	slots []int
	mask  uint64
	at    map[string][]*entity
}

// valuesBy finds or adds the index of a table over slots.
func (t *table) valuesBy(slots []int) *values {
	mask := uint64(0)
	for _, s := range slots {
		mask |= 1 << s
	}
next:
	for _, v := range t.values {
		if len(v.slots) != len(slots) {
			continue
		}
		for i := range slots {
			if v.slots[i] != slots[i] {
				continue next
			}
		}
		return v
	}
	v := &values{slots: slots, mask: mask, at: map[string][]*entity{}}
	t.values = append(t.values, v)
	t.indexed |= mask
	return v
}

// appendKey appends what makes equal values equal; false where there is none.
func appendKey(b []byte, c *cell) ([]byte, bool) {
	switch c.kind {
	case city.Number, city.Bool:
		b = append(b, byte(c.kind))
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(c.num+0)), true
	case city.Text, city.Relation, city.Time:
		s := c.text()
		b = append(b, byte(city.Text)) // a text may name an entity that a Relationship points to
		b = binary.AppendUvarint(b, uint64(len(s)))
		return append(b, s...), true
	}
	return b, false
}

// keyOf appends the values of some slots of x as a key.
func keyOf(b []byte, x *entity, slots []int) (key []byte, ok bool) {
	for _, s := range slots {
		if b, ok = appendKey(b, &x.cells[s]); !ok {
			return b, false
		}
	}
	return b, true
}

func (v *values) insert(b []byte, x *entity) {
	if key, ok := keyOf(b, x, v.slots); ok {
		v.at[string(key)] = append(v.at[string(key)], x)
	}
}

func (v *values) remove(b []byte, x *entity) {
	key, ok := keyOf(b, x, v.slots)
	if !ok {
		return
	}
	if list := without(v.at[string(key)], x); len(list) > 0 {
		v.at[string(key)] = list
	} else {
		delete(v.at, string(key))
	}
}

// idKey appends the key of a Relationship that points to id.
func idKey(b []byte, id city.EntityID) []byte {
	b = append(b, byte(city.Text))
	b = binary.AppendUvarint(b, uint64(len(id)))
	return append(b, id...)
}
