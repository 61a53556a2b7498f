package rule

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"citybrain/city"
	"citybrain/rule/window"
)

// maxExplained is how many other entities an explanation names.
const maxExplained = 8

// values tells of the named values, those that are used before their users.
func (q *explainer) values() {
	for i := range q.p.lets {
		l := &q.p.lets[i]
		v := *q.e.frame.let(i)
		f := Finding{Part: PartValue, Name: l.name, Holds: HoldsUnknown, Text: say("%s 没有值", "%s has no value", l.name)}
		if v.kind != city.None {
			f.Holds, f.Value = HoldsYes, shown(valueOfLet(&v))
			f.Text = say("%s = %s", "%s = %s", l.name, f.Value)
		}
		switch l.form {
		case letPlain:
			f.Parts = q.reads(l)
		case letWindow:
			f.Parts = []Finding{q.window(l)}
		case letDetector:
			f.Parts = []Finding{q.detector(l)}
		case letOthers:
			f.Parts = q.others(l)
		}
		q.add(f)
	}
}

// reads are the names that a value is computed from.
func (q *explainer) reads(l *letRun) (out []Finding) {
	for _, b := range l.at {
		out = append(out, q.named(b))
	}
	return out
}

// window sums up what a window holds.
func (q *explainer) window(l *letRun) Finding {
	f := Finding{Part: PartValue, Name: l.says, Holds: HoldsNo}
	now := q.e.frame.now
	if q.extra == nil || l.state >= len(q.extra.windows) {
		f.Text = say("%s：窗口是空的", "%s: the window is empty", l.says)
		return f
	}
	s := &q.extra.windows[l.state]
	newest, some := s.Newest()
	warm := s.Warm(&l.shape, now)
	f.Holds = holdsIf(warm)
	from, until := q.bounds(l, now)
	f.Value = fmt.Sprint(s.Count())
	f.Text = say("%s：%s 到 %s，留有 %d 条，最新 %s；", "%s: from %s until %s; it keeps %d readings, the newest of %s; ", l.says, from, until, s.Count(), q.clock(newest))
	f.Text.ZH += warmth[warm].ZH
	f.Text.EN += " " + warmth[warm].EN
	if !some {
		f.Text = say("%s：还没有读数", "%s: no reading has come", l.says)
	}
	return f
}

var warmth = map[bool]city.Names{
	true:  {ZH: "已覆盖整个窗口", EN: "the whole window is covered"},
	false: {ZH: "还没有覆盖整个窗口", EN: "the window is not covered yet"},
}

// bounds says over which time a window lies.
func (q *explainer) bounds(l *letRun, now city.Instant) (from, until string) {
	end := now.Add(-l.shape.Before)
	switch l.shape.Kind {
	case window.Sliding:
		return q.clock(end.Add(-l.shape.Length)), q.clock(end)
	case window.Hopping:
		return city.DurationText(l.shape.Length), q.clock(end)
	}
	return "–", q.clock(end)
}

func (q *explainer) detector(l *letRun) Finding {
	f := Finding{Part: PartValue, Name: l.says, Holds: HoldsNo, Text: say("%s：还没有足够的历史", "%s: there is not enough history yet", l.says)}
	if q.extra == nil || l.state >= len(q.extra.detectors) {
		return f
	}
	s, now := &q.extra.detectors[l.state], q.e.frame.now
	expected, known := s.Expected(&l.detector, now)
	if !known {
		return f
	}
	f.Holds = HoldsYes
	spread, _ := s.Spread(&l.detector, now)
	score, scored := s.Value(&l.detector, now)
	f.Text = say("%s：平常值 %s，离散 %s", "%s: usual is %s, spread %s", l.says, digits(expected), digits(spread))
	if scored {
		f.Value = digits(score)
		f.Text = say("%s：平常值 %s，离散 %s，得分 %s", "%s: usual is %s, spread %s, score %s", l.says, digits(expected), digits(spread), digits(score))
	}
	return f
}

// others tells which entities could have counted, and why some did not.
func (q *explainer) others(l *letRun) (out []Finding) {
	o, e := l.others, q.e
	fits := e.gather(o, q.x)
	list := slices.Clone(o.gathered)
	if !fits && !o.nearest {
		return []Finding{{Part: PartOther, Holds: HoldsNo, Text: say("符合的实体多于 %d 个，值不确定", "more than %d entities could count: the value is unknown", o.most)}}
	}
	slices.SortFunc(list, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.of.id, b.of.id))
	})
	counted := 0
	for i := range list {
		f := q.other(l, &list[i])
		if f.Holds == HoldsYes {
			counted++
		}
		if len(out) < maxExplained {
			out = append(out, f)
		}
	}
	head := Finding{Part: PartOther, Holds: holdsIf(counted > 0), Value: fmt.Sprint(counted),
		Text: say("%s：可能的 %d 个，其中 %d 个算数", "%s: %d could count, %d of them do", l.says, len(list), counted)}
	if len(list) == 0 {
		head.Text = q.nobody(o)
	}
	return append([]Finding{head}, out...)
}

// other tells of one other entity.
func (q *explainer) other(l *letRun, n *neighbour) Finding {
	o, y, e := l.others, n.of, q.e
	now := e.frame.now
	f := Finding{Part: PartOther, Name: string(y.id), Holds: HoldsYes}
	where := ""
	if o.by == byDistance {
		where = fmt.Sprintf(" %.0f m", n.distance)
	}
	values := ""
	for _, b := range append(slices.Clone(l.at), o.whereAt...) {
		if b.sort == refAttribute {
			values += fmt.Sprintf(" %s = %s", b.name, orDash(shown(y.cells[b.slot].value())))
		}
	}
	fr := &e.far
	fr.cells, fr.faulty, fr.id, fr.of, fr.now = y.cells, y.faulty, y.id, y, now
	c := candidate{of: y}
	switch {
	case o.age > 0 && !l.fresh(y, now-city.Instant(o.age.Microseconds())):
		f.Holds, f.Text = HoldsNo, say("%s%s%s：早于 %s，不算", "%s%s%s: older than %s, does not count", y.id, where, values, city.DurationText(o.age))
	case o.where != nil && o.where(fr) != yes:
		f.Holds, f.Text = HoldsNo, say("%s%s%s：不符合 %s，不算", "%s%s%s: %s does not hold, does not count", y.id, where, values, o.spec.Where)
	case !e.counts(l, &c, now):
		f.Holds, f.Text = HoldsUnknown, say("%s%s%s：没有 %s 的值，不算", "%s%s%s: has no value for %s, does not count", y.id, where, values, l.spec.Of)
	default:
		f.Text = say("%s%s%s：算", "%s%s%s: counts", y.id, where, values)
	}
	return f
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// nobody says why no entity could count.
func (q *explainer) nobody(o *otherRun) city.Names {
	switch {
	case o.by == byDistance && q.x.place() == nil:
		return say("实体没有位置，找不到附近的 %s", "the entity has no place: no %s can be near", o.spec.Type)
	case o.by == byDistance:
		y, d := q.nearestAnywhere(o.near, float64(o.spec.Within), func(y *entity) bool { return y != q.x && !y.gone })
		if y == nil {
			return say("%s 之内没有 %s，更远处也没有", "there is no %[2]s within %[1]s, nor further away", o.spec.Within, o.spec.Type)
		}
		return say("%s 之内没有 %s；最近的是 %s，%.0f m", "there is no %[2]s within %[1]s; the nearest is %[3]s at %.0[4]f m", o.spec.Within, o.spec.Type, y.id, d)
	}
	return say("没有符合选择的 %s", "no %s is selected", o.spec.Type)
}

// nearestAnywhere widens the search until something is found.
func (q *explainer) nearestAnywhere(s *spots, within float64, accept func(*entity) bool) (*entity, float64) {
	for ; ; within *= 10 {
		y, d := s.nearest(q.x.place(), math.Min(within, 1_000_000), accept)
		if y != nil || within >= 1_000_000 {
			return y, d
		}
	}
}

// lasting is a length of time between instants, to the second.
func lasting(d city.Instant) string {
	return city.DurationText(time.Duration(d) * time.Microsecond / time.Second * time.Second)
}
