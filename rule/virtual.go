package rule

import "citybrain/city"

// letValue is a named value at the reading in hand.
type letValue struct {
	round uint64 // of the frame in which it was computed
	kind  city.ValueKind
	num   float64
	text  string
	note  string // what it was computed from, for evidence; "": nothing to say
}

// let is the i-th named value of the rule in hand, computed when it is first
// looked at.
func (f *frame) let(i int) *letValue {
	v := &f.lets[i]
	if v.round != f.round {
		f.engine.compute(f, i, v)
	}
	return v
}

// inside says whether the place of the entity lies in an area.
func (f *frame) inside(area int) bool {
	return area >= 0 && f.of != nil && f.of.lies(area)
}

// virtual is the closure of a name that is no attribute.
func virtual(at *bound) *term {
	index := at.index
	switch {
	case at.sort == refArea:
		return &term{slot: -1, truth: func(f *frame) truth { return truthOf(f.inside(index)) }}
	case at.sort == refID:
		return &term{slot: -1, text: func(f *frame) (string, bool) { return string(f.id), true }}
	case at.kind == city.Text:
		return &term{slot: -1, text: func(f *frame) (string, bool) {
			v := f.let(index)
			return v.text, v.kind == city.Text
		}}
	}
	return &term{slot: -1, number: func(f *frame) (float64, bool) {
		v := f.let(index)
		return v.num, v.kind == city.Number
	}}
}

// virtual is the value of a name that is no attribute, for CEL programs.
func (b *bound) virtual(f *frame) (value any, known bool) {
	switch b.sort {
	case refArea:
		return f.inside(b.index), true
	case refID:
		return string(f.id), true
	}
	switch v := f.let(b.index); v.kind {
	case city.Number:
		return v.num, true
	case city.Text:
		return v.text, true
	}
	return nil, false
}
