package alarm

import (
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strings"

	"citybrain/city"
)

const snapshotVersion = 1

// Snapshot is the state of the panel in bytes: equal states give equal bytes. It
// holds no situation: Restore gets those that are up from the rules.
func (p *Panel) Snapshot() []byte {
	w := &writer{}
	w.uint(snapshotVersion)
	print := p.c.print
	if p.stale { // as if by other files: not everything is decided by these yet
		print = ""
	}
	w.string(print)
	w.instant(p.now)
	w.uint(p.notices)
	w.uint(p.commands)
	w.entries(p.entries)
	w.uint(uint64(len(p.silences)))
	for _, h := range p.silences {
		w.bool(h.on)
		w.silence(&h.Silence)
	}
	w.flaps(p.flaps)
	w.groups(p.groups)
	return w.b
}

type writer struct{ b []byte }

func (w *writer) uint(v uint64)          { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)            { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) instant(i city.Instant) { w.int(int64(i)) }
func (w *writer) string(s string)        { w.uint(uint64(len(s))); w.b = append(w.b, s...) }

func (w *writer) bool(v bool) {
	if v {
		w.uint(1)
		return
	}
	w.uint(0)
}

func (w *writer) entries(all map[city.SituationID]*entry) {
	list := slices.SortedFunc(maps.Values(all), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(a.s.ID, b.s.ID))
	})
	w.uint(uint64(len(list)))
	for _, e := range list {
		w.string(string(e.s.ID))
		w.uint(e.order)
		w.instant(e.told)
		w.instant(e.flapping)
		w.uint(uint64(e.flaps))
		w.standing(&e.s.Standing)
	}
}

func (w *writer) standing(st *city.Standing) {
	w.uint(st.Notice)
	w.uint(st.Announced)
	w.instant(st.AnnouncedAt)
	w.string(st.Group)
	w.bool(st.Flapping)
	w.uint(uint64(st.Reminders))
	w.instant(st.RemindedAt)
	w.uint(uint64(len(st.Suppressed)))
	for i := range st.Suppressed {
		x := &st.Suppressed[i]
		for _, s := range []string{string(x.Way), x.Rule, string(x.Situation), string(x.Silence), string(x.Author), x.Group} {
			w.string(s)
		}
		w.instant(x.Since)
		w.uint(uint64(x.Changes))
		w.instant(x.Until)
	}
}

func (w *writer) silence(s *Silence) {
	for _, t := range []string{string(s.ID), string(s.Author), string(s.Post), s.Reason} {
		w.string(t)
	}
	w.texts(texts(s.Match.Rules))
	w.texts(texts(s.Match.Entities))
	w.texts(s.Match.Areas)
	w.uint(uint64(len(s.Match.Severities)))
	for _, v := range s.Match.Severities {
		w.uint(uint64(v))
	}
	for _, i := range []city.Instant{s.Begin, s.End, s.CreatedAt} {
		w.instant(i)
	}
	w.int(s.Version)
	w.uint(s.Made.Number)
	w.uint(uint64(s.Made.After))
}

func (w *writer) texts(list []string) {
	w.uint(uint64(len(list)))
	for _, s := range list {
		w.string(s)
	}
}

func (w *writer) flaps(all map[flapKey]*flap) {
	keys := slices.SortedFunc(maps.Keys(all), func(a, b flapKey) int {
		return cmp.Or(strings.Compare(string(a.rule), string(b.rule)), strings.Compare(string(a.entity), string(b.entity)))
	})
	w.uint(uint64(len(keys)))
	for _, k := range keys {
		f := all[k]
		w.string(string(k.rule))
		w.string(string(k.entity))
		w.uint(uint64(len(f.times)))
		for _, t := range f.times {
			w.instant(t)
		}
		w.instant(f.last)
		w.instant(f.since)
		w.uint(uint64(f.changes))
		w.string(string(f.one))
	}
}

func (w *writer) groups(all map[string]*gathering) {
	w.uint(uint64(len(all)))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		g := all[name]
		w.string(name)
		w.instant(g.first)
		w.instant(g.told)
	}
}

var errDamaged = errors.New("the snapshot of the alarms is damaged")

// parser reads what writer wrote. After a fault it yields zero values and keeps
// err.
type parser struct {
	b   []byte
	err error
}

func (p *parser) fail() { p.err, p.b = errDamaged, nil }

func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) instant() city.Instant {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return city.Instant(v)
}

func (p *parser) bool() bool { return p.uint() != 0 }

// count is a number of things of at least one byte each.
func (p *parser) count() int {
	n := p.uint()
	if n > uint64(len(p.b)) {
		p.fail()
		return 0
	}
	return int(n)
}

func (p *parser) string() string {
	n := p.count()
	s := string(p.b[:n])
	p.b = p.b[n:]
	return s
}
