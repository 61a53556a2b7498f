package backtest

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"citybrain/city"
)

// Situations are those of one version in the order in which they were raised,
// without ids and evidence; those of one instant by entity and rule. A year may
// hold millions: each is made when it is asked for.
type Situations struct {
	shelves []*shelf
	order   []spot
}

// spot is where a situation stands.
type spot struct{ shelf, index uint32 }

// SituationsOf are those of a list, such as one that another program found.
func SituationsOf(list ...city.Situation) Situations {
	d := &Desk{}
	for i := range list {
		d.shelf.put(d.shelf.room(), &list[i])
	}
	return inOrder(d)
}

// inOrder puts the situations of desks into one order.
func inOrder(desks ...*Desk) Situations {
	var s Situations
	n := 0
	for _, d := range desks {
		s.shelves = append(s.shelves, &d.shelf)
		n += d.shelf.n
	}
	s.order = make([]spot, 0, n)
	for i, d := range desks {
		for k := range d.shelf.n {
			s.order = append(s.order, spot{uint32(i), uint32(k)})
		}
	}
	slices.SortFunc(s.order, func(a, b spot) int {
		p, q := s.shelves[a.shelf], s.shelves[b.shelf]
		x, y := p.at(int(a.index)), q.at(int(b.index))
		return cmp.Or(cmp.Compare(x.raised, y.raised), cmp.Compare(p.texts.list[x.entity], q.texts.list[y.entity]),
			cmp.Compare(p.texts.list[x.rule], q.texts.list[y.rule]), cmp.Compare(x.cleared, y.cleared))
	})
	return s
}

// Len is how many there are.
func (s *Situations) Len() int { return len(s.order) }

// All visits them in order.
func (s *Situations) All() iter.Seq[city.Situation] {
	return func(yield func(city.Situation) bool) {
		for _, o := range s.order {
			if !yield(s.shelves[o.shelf].situation(int(o.index))) {
				return
			}
		}
	}
}

// shelf keeps situations in pieces, so that it grows without being copied.
type shelf struct {
	pieces [][]kept
	n      int
	texts  texts
	places []*city.Place          // the first is nil
	number map[*city.Place]uint32 // those that stand still are shared
}

// pieceOf is how many situations a piece holds.
const pieceOf = 4096

// kept is a situation without its evidence, small: a year may hold a million.
type kept struct {
	raised, cleared           city.Instant
	rule, entity, why, ended, // numbers of texts
	place uint32 // 0: none
	severity city.Severity
}

// texts numbers texts, so that each is kept once.
type texts struct {
	number map[string]uint32
	list   []string
}

func (t *texts) of(s string) uint32 {
	n, known := t.number[s]
	if !known {
		if t.number == nil {
			t.number = map[string]uint32{}
		}
		n = uint32(len(t.list))
		t.number[s] = n
		t.list = append(t.list, s)
	}
	return n
}

func (s *shelf) at(i int) *kept { return &s.pieces[i/pieceOf][i%pieceOf] }

// room is the place of one more.
func (s *shelf) room() int {
	if s.n == len(s.pieces)*pieceOf {
		s.pieces = append(s.pieces, make([]kept, pieceOf))
	}
	s.n++
	return s.n - 1
}

func (s *shelf) put(i int, x *city.Situation) {
	*s.at(i) = kept{
		rule: s.texts.of(string(x.Rule)), entity: s.texts.of(string(x.Entity)), why: s.texts.of(x.RaisedReason), ended: s.texts.of(x.ClearedReason),
		severity: x.Severity, place: s.placeOf(x.Place), raised: x.RaisedAt, cleared: x.ClearedAt,
	}
}

func (s *shelf) placeOf(p *city.Place) uint32 {
	if s.number == nil {
		s.places, s.number = []*city.Place{nil}, map[*city.Place]uint32{nil: 0}
	}
	n, known := s.number[p]
	if !known {
		n = uint32(len(s.places))
		s.number[p] = n
		s.places = append(s.places, p)
	}
	return n
}

func (s *shelf) situation(i int) city.Situation {
	k := s.at(i)
	id := s.texts.list[k.rule]
	return city.Situation{
		Rule: city.RuleID(id), Type: id[strings.LastIndexByte(id, '/')+1:], Entity: city.EntityID(s.texts.list[k.entity]),
		Severity: k.severity, Place: s.places[k.place], RaisedAt: k.raised, RaisedReason: s.texts.list[k.why],
		ClearedAt: k.cleared, ClearedReason: s.texts.list[k.ended],
	}
}
