package rule

import (
	"math/bits"

	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/window"
)

// letRun is a named value inside one engine.
type letRun struct {
	*letDef
	number   numberFn
	words    textFn
	where    truthFn
	at       []*bound
	feeds    uint64 // slots of which one must be observed for a reading to count; 0: every reading does
	state    int    // which window or detector of an extra
	shape    window.Shape
	detector detect.Shape
	others   *otherRun
}

// linkLets makes the named values of p runnable.
func (e *Engine) linkLets(p *runner) {
	p.letNumber = map[string]int{}
	for i, d := range p.rule.lets {
		p.letNumber[d.name] = i
	}
	p.lets = make([]letRun, len(p.rule.lets))
	p.letValues = make([]letValue, len(p.rule.lets))
	own := e.tables[p.rule.spec.Entity]
	for i, d := range p.rule.lets {
		l := &p.lets[i]
		l.letDef, l.shape, l.detector = d, d.shape, d.detector
		switch d.form {
		case letWindow:
			if d.shape.Kind == window.Hopping {
				l.shape.Zone = e.opt.Zone
			}
			l.shape = e.forLate(l.shape)
			l.state = p.wins
			p.wins++
		case letDetector:
			if e.opt.Zone != nil {
				l.detector.Zone = e.opt.Zone
			}
			l.state = p.dets
			p.dets++
		case letOthers:
			l.others = e.linkOthers(p, d)
			l.number, l.words, l.at = e.bindOf(p, e.tables[d.others.spec.Type], d.of)
			continue
		}
		l.number, l.words, l.at = e.bindOf(p, own, d.of)
		l.where, _ = e.bind(p, d.where)
		for _, b := range l.at {
			slots, _ := p.carries(b)
			l.feeds |= slots
		}
	}
}

// forLate gives a window room for late readings, where there is any.
func (e *Engine) forLate(s window.Shape) window.Shape {
	roomy := s
	if roomy.Late = e.opt.latest(); s.Late > 0 || roomy.Check() != nil {
		return s
	}
	return roomy
}

// bindOf makes the expression of a named value runnable over a table.
func (e *Engine) bindOf(p *runner, t *table, x *expr) (numberFn, textFn, []*bound) {
	if x == nil {
		return nil, nil, nil
	}
	find, list := e.bounds(p, t, x)
	failed := func() { p.failures++ }
	if x.gives == city.Text {
		fn, err := x.bindText(find, failed)
		if err != nil { // Compile bound it
			fn = func(*frame) (string, bool) { return "", false }
		}
		return nil, fn, list
	}
	fn, err := x.bindNumber(find, failed)
	if err != nil {
		fn = func(*frame) (float64, bool) { return 0, false }
	}
	return fn, nil, list
}

// carries says which slots make a reading count for what a condition looks at;
// all: every reading does.
func (p *runner) carries(b *bound) (slots uint64, all bool) {
	switch b.sort {
	case refID:
		return 0, false
	case refArea:
		return 1 << locationSlot, false
	case refLet:
		l := &p.lets[b.index]
		return l.feeds, l.feeds == 0 && l.stateful()
	}
	if b.table != nil {
		return 0, false
	}
	return 1 << b.slot, false
}

// wantsEvery says whether some window counts readings, whatever they carry.
func (p *runner) wantsEvery() bool {
	for i := range p.lets {
		if p.lets[i].stateful() && p.lets[i].feeds == 0 {
			return true
		}
	}
	return p.where != nil || p.areas != nil
}

// knownAll says whether all of some slots hold reference data: what reads only
// them is looked at with every reading.
func (x *entity) knownAll(slots uint64) bool {
	for ; slots != 0; slots &= slots - 1 {
		if c := &x.cells[bits.TrailingZeros64(slots)]; c.observed || c.kind == city.None {
			return false
		}
	}
	return true
}

// feed gives the reading in hand to the windows and detectors of p.
func (e *Engine) feed(p *runner, x *entity, extra *extra, at city.Instant) {
	f := &e.frame
	for i := range p.lets {
		l := &p.lets[i]
		if l.form != letWindow && l.form != letDetector || l.feeds != 0 && x.carried&l.feeds == 0 && !x.knownAll(l.feeds) {
			continue
		}
		if l.where != nil && l.where(f) != yes {
			continue
		}
		var num float64
		var key uint64
		switch {
		case l.words != nil:
			s, ok := l.words(f)
			if !ok {
				continue
			}
			key = window.TextKey(s)
		case l.number != nil:
			v, ok := l.number(f)
			if !ok {
				continue
			}
			num, key = v, window.NumberKey(v)
		}
		if e.redo != nil && !e.redo.feeds(l) {
			continue
		}
		if l.form == letWindow {
			e.work += windowWork(l, &extra.windows[l.state])
			extra.windows[l.state].Add(&l.shape, at, num, key)
		} else {
			e.work += 1 + int64(l.detector.Window)/16
			extra.detectors[l.state].Add(&l.detector, at, num)
		}
	}
}

// compute finds the i-th named value at the reading in hand.
func (e *Engine) compute(f *frame, i int, v *letValue) {
	p := f.runner
	l := &p.lets[i]
	*v = letValue{round: f.round}
	var ok bool
	switch l.form {
	case letPlain:
		if l.words != nil {
			if v.text, ok = l.words(f); ok {
				v.kind = city.Text
			}
			return
		}
		v.num, ok = l.number(f)
	case letWindow:
		x := p.extraOf(f.holder)
		if x == nil {
			return
		}
		s := &x.windows[l.state]
		e.work += windowWork(l, s)
		if l.warm && !s.Warm(&l.shape, f.now) {
			return
		}
		v.num, ok = s.Value(&l.shape, f.now)
	case letDetector:
		x := p.extraOf(f.holder)
		if x == nil {
			return
		}
		s := &x.detectors[l.state]
		switch l.gives {
		case givesExpected:
			v.num, ok = s.Expected(&l.detector, f.now)
		case givesSpread:
			v.num, ok = s.Spread(&l.detector, f.now)
		default:
			v.num, ok = s.Value(&l.detector, f.now)
		}
	case letOthers:
		e.computeOthers(p, l, f, v)
		return
	}
	if ok {
		v.kind = city.Number
	}
}

// letEvidence is a named value that a condition looked at, and the other
// entities that it was found from.
func (e *Engine) letEvidence(out []city.Evidence, b *bound) []city.Evidence {
	f := &e.frame
	v := f.let(b.index)
	if v.kind == city.None {
		return out
	}
	l := &f.runner.lets[b.index]
	value := city.NumberOf(v.num)
	if v.kind == city.Text {
		value = city.TextOf(v.text)
	}
	out = append(out, city.Evidence{Entity: f.id, Attribute: city.AttributeName(l.name), Value: value, At: f.now, Note: l.note(f.now)})
	if l.form == letOthers {
		out = e.othersEvidence(out, l)
	}
	return out
}

// note says what a named value is and over which time.
func (l *letRun) note(now city.Instant) string {
	text := l.says
	if l.spec.Where != "" {
		text += ", " + l.spec.Where
	}
	if l.form != letWindow {
		return text
	}
	end := now.Add(-l.shape.Before)
	switch l.shape.Kind {
	case window.Sliding:
		text += ", after " + end.Add(-l.shape.Length).String() + " until " + end.String()
	case window.Hopping:
		text += ", of the last full " + city.DurationText(l.shape.Length) + " before " + end.String()
	case window.Session:
		text += ", of the session"
	case window.Readings:
		text += ", of the last readings"
	}
	return text
}
