package rule

import (
	"math"
	"strconv"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/window"
)

// Explanation says why a rule has a situation up on an entity, or why not: what
// the engine knows now, held against the rule.
type Explanation struct {
	Rule    city.RuleID
	Entity  city.EntityID // that was asked about
	Of      city.EntityID // what situations are of: the entity itself or, with a key, its group; "" where it has none
	Now     city.Instant  // everything before it has been taken
	Reading city.Instant  // the last reading of the entity; 0: none
	Up      *city.Situation
	Verdict city.Names // in one sentence
	// Findings are what was looked at, in the order in which the rule does.
	Findings []Finding
}

// Finding is one thing that a rule looks at.
type Finding struct {
	Part  Part
	Name  string // of a named value, an attribute, a part of a condition
	Holds Holds
	Value string // as it is shown; "" where there is none
	Text  city.Names
	Parts []Finding
}

// Part says what a finding is about.
type Part string

// The parts of an explanation.
const (
	PartSituation Part = "situation"
	PartReading   Part = "reading"
	PartThrottled Part = "throttled"
	PartArea      Part = "area"
	PartWhere     Part = "where"
	PartKey       Part = "key"
	PartUnless    Part = "unless"
	PartValue     Part = "value" // a named value
	PartWhen      Part = "when"
	PartClear     Part = "clear"
	PartAttribute Part = "attribute"
	PartOther     Part = "other" // another entity
	PartRow       Part = "row"
	PartAbsent    Part = "absent"
	PartSequence  Part = "sequence"
	PartRepeat    Part = "repeat"
	PartDwell     Part = "dwell"
	PartExcept    Part = "except"
	PartJoin      Part = "join"
	PartExpires   Part = "expires"
)

// Holds says whether what a rule asks for is so.
type Holds string

// The answers.
const (
	HoldsYes     Holds = "yes"
	HoldsNo      Holds = "no"
	HoldsUnknown Holds = "unknown" // a value is missing
	HoldsNothing Holds = ""        // it is no question
)

func holdsOf(t truth) Holds {
	switch t {
	case yes:
		return HoldsYes
	case no:
		return HoldsNo
	}
	return HoldsUnknown
}

func holdsIf(b bool) Holds { return holdsOf(truthOf(b)) }

// Explain says why a rule raised on an entity, or why it did not. It changes
// nothing: the last reading of the entity is held against what the engine knows
// now, which is everything before the last tick. Of a rule with a key the entity
// may be a group. NotFound if there is no such rule.
func (e *Engine) Explain(id city.RuleID, entity city.EntityID) (Explanation, error) {
	p := e.byRule[id]
	if p == nil {
		return Explanation{}, city.Errorf(city.NotFound, "rule.Explain", "there is no rule %s; rules are named pack/rule", id)
	}
	q := &explainer{e: e, p: p, out: Explanation{Rule: id, Entity: entity}}
	if e.horizon != never {
		q.out.Now = e.horizon
	}
	failures, work := p.failures, e.work
	defer func() { p.failures, e.work = failures, work }()
	q.explain(entity)
	return q.out, nil
}

// explainer makes one explanation.
type explainer struct {
	e     *Engine
	p     *runner
	x, h  *entity // the entity that is looked at, and the holder of its row
	r     *row
	extra *extra
	out   Explanation
}

func (q *explainer) explain(id city.EntityID) {
	q.throttled()
	if g := q.group(id); g != nil {
		q.h, q.out.Of = g, id
		q.holder()
		q.conclude(say("这是规则的一个分组；要看条件，请指定组内的一个实体", "this is a group of the rule: name one of its entities to see the conditions"))
		return
	}
	q.x = q.e.entities[id]
	if !q.known(id) {
		return
	}
	q.reading()
	subject := q.subject()
	if !q.holderOf() {
		return
	}
	q.holder()
	q.scratch()
	if subject != yes {
		q.conclude(say("规则不看这个实体：不符合 where 或 area", "the rule does not look at this entity: where or area does not hold"))
	}
	q.unless()
	q.values()
	q.conditions()
	q.patterns()
	q.excepts()
	q.joins()
	q.conclude(say("各项条件现在都满足；规则在下一次读数到达时判断", "everything holds now: the rule decides at the next reading"))
}

// group is the group of the rule with an id, or nil.
func (q *explainer) group(id city.EntityID) (found *entity) {
	q.p.groups.each(func(g *group) {
		if g.id == id {
			found = &g.entity
		}
	})
	return found
}

// known says whether the entity is one that the rule could look at.
func (q *explainer) known(id city.EntityID) bool {
	want := q.p.rule.spec.Entity
	switch {
	case q.x == nil || q.x.gone:
		q.x = nil
		q.conclude(say("没有收到过实体 %s 的数据，或规则都不看它的类型", "nothing was received of %s, or no rule looks at its type", id))
	case q.x.table.kind != want:
		q.conclude(say("规则只看类型 %s，而 %s 的类型是 %s", "the rule looks at entities of type %s, and %s is a %s", want, id, q.x.table.kind))
	default:
		return true
	}
	return false
}

// reading tells of the last reading, and makes the frame in which conditions see
// it.
func (q *explainer) reading() {
	x, f := q.x, &q.e.frame
	f.cells, f.faulty, f.blank, f.id, f.of, f.runner, f.lets = x.cells, x.faulty, 0, x.id, x, q.p, q.p.letValues
	if x.flags&city.FlagEmpty != 0 && x.stamp != 0 {
		f.blank = x.left()
	}
	f.round++
	if x.last == never {
		f.now = max(q.out.Now, 0)
		q.add(Finding{Part: PartReading, Holds: HoldsNo, Text: say("还没有带观测时间的读数", "no reading with a time of observation has come")})
		q.conclude(say("还没有读数，规则没有判断过", "no reading has come: the rule has decided nothing"))
		return
	}
	f.now, q.out.Reading = x.last, x.last
	source := q.sourceOf(x)
	text := say("最近一次读数：%s，来自 %s", "last reading: %s, from %s", q.clock(x.last), source)
	if x.faulty {
		text = say("最近一次读数：%s，来自 %s；质量规则判为异常", "last reading: %s, from %s; marked faulty by the quality rules", q.clock(x.last), source)
	}
	q.add(Finding{Part: PartReading, Holds: HoldsYes, Value: q.clock(x.last), Text: text})
	if x.waiting > 0 {
		q.add(Finding{Part: PartReading, Text: say("另有 %d 条变更在等待时钟", "%d changes wait for the clock to pass them", x.waiting)})
	}
}

// sourceOf is where the last reading came from: who sent a value of that moment.
func (q *explainer) sourceOf(x *entity) string {
	for i := range x.cells {
		if c := &x.cells[i]; c.kind != city.None && c.observed && c.at == x.last {
			return string(q.e.sources[c.src])
		}
	}
	return "–"
}

// holderOf finds what the rule keeps a row for.
func (q *explainer) holderOf() bool {
	h := q.e.holder(q.p, q.x, false)
	if h == nil {
		k, belongs := q.e.groupKeyOf(q.p, q.x)
		if !belongs {
			q.add(Finding{Part: PartKey, Holds: HoldsUnknown, Text: say("键没有值：实体不属于任何分组", "the key has no value: the entity belongs to no group")})
			q.conclude(say("实体不属于规则的任何分组", "the entity belongs to no group of the rule"))
			return false
		}
		id, spot := q.e.groupName(q.p, k) // a group that is not there yet: as it would begin
		h = &entity{id: id, spot: spot, table: q.p.groups.table, rows: make([]row, 1), last: never}
	}
	q.h, q.out.Of = h, h.id
	if h != q.x {
		q.add(Finding{Part: PartKey, Holds: HoldsYes, Value: string(h.id), Text: say("分组：%s", "group: %s", h.id)})
	}
	return true
}

// holder tells of the row and what is up.
func (q *explainer) holder() {
	q.r, q.extra = &q.h.rows[q.p.column], q.p.extraOf(q.h)
	q.e.frame.holder = q.h
	s := q.r.up
	if s == nil {
		q.add(Finding{Part: PartSituation, Holds: HoldsNo, Text: say("现在没有态势", "no situation is up")})
		return
	}
	copied := *s
	q.out.Up = &copied
	f := Finding{Part: PartSituation, Holds: HoldsYes, Value: string(s.ID), Text: say("态势自 %s 起存在，原因：%s", "a situation is up since %s, because: %s", q.clock(s.RaisedAt), s.RaisedReason)}
	for _, ev := range s.Evidence {
		f.Parts = append(f.Parts, q.evidence(ev))
	}
	q.add(f)
	q.conclude(say("已触发：自 %s 起，原因：%s", "raised: up since %s, because: %s", q.clock(s.RaisedAt), s.RaisedReason))
	if q.p.expires > 0 {
		q.add(Finding{Part: PartExpires, Value: q.clock(s.RaisedAt + q.p.expires), Text: say("最迟到 %s 自动解除", "it expires at %s", q.clock(s.RaisedAt+q.p.expires))})
	}
}

func (q *explainer) evidence(ev city.Evidence) Finding {
	f := Finding{Part: PartAttribute, Name: string(ev.Attribute), Value: shown(ev.Value), Text: city.Names{}}
	if ev.Attribute == "" {
		f.Part, f.Name = PartOther, string(ev.Entity)
	}
	f.Text = say("依据：%s %s = %s（%s）%s", "evidence: %s %s = %s (%s) %s", ev.Entity, ev.Attribute, f.Value, q.clock(ev.At), ev.Note)
	return f
}

// scratch has conditions look at a copy of what the rule remembers: asking a
// window for its value moves its marks.
func (q *explainer) scratch() {
	h := &entity{id: q.h.id, table: q.h.table, rows: q.h.rows, spot: q.h.spot, last: q.h.last, spread: &spread{}}
	f := &q.e.frame
	f.holder = h
	if q.extra == nil {
		return
	}
	mine := &extra{windows: make([]window.State, len(q.extra.windows)), detectors: make([]detect.State, len(q.extra.detectors)), pattern: q.extra.pattern}
	for i := range mine.windows {
		b, _ := q.extra.windows[i].AppendBinary(nil)
		_ = mine.windows[i].UnmarshalBinary(b) // what it has written itself it reads
		if newest, some := mine.windows[i].Newest(); some && q.p.groups != nil {
			f.now = max(f.now, newest) // others of the group have reported since
		}
	}
	for i := range mine.detectors {
		if b, _ := q.extra.detectors[i].AppendBinary(nil); len(b) > 0 {
			_ = mine.detectors[i].UnmarshalBinary(b)
		}
	}
	h.spread.more = make([]*extra, q.p.table.extras)
	h.spread.more[q.p.extra] = mine
	q.extra = mine
}

func (q *explainer) add(f Finding) { q.out.Findings = append(q.out.Findings, f) }

// conclude sets the verdict; the first one counts.
func (q *explainer) conclude(verdict city.Names) {
	if q.out.Verdict == (city.Names{}) {
		q.out.Verdict = verdict
	}
}

func (q *explainer) throttled() {
	m := q.p.meter
	if m == nil || !m.over {
		return
	}
	text := say("规则自 %s 起限流：所做的工作比预算多 %d 单位，已有 %d 条读数没有看；%s 左右恢复",
		"the rule is throttled since %s: it has done %d units more than its budget covers, and %d readings were not looked at; it is back at about %s",
		q.clock(m.since), m.debt/million, m.notLooked, q.clock(m.until()))
	q.add(Finding{Part: PartThrottled, Holds: HoldsYes, Value: strconv.FormatInt(m.debt/million, 10), Text: text})
}

// clock is an instant for people, in the city's zone.
func (q *explainer) clock(at city.Instant) string {
	if at == never || !at.Valid() {
		return "–"
	}
	zone := q.e.opt.Zone
	if zone == nil {
		zone = time.UTC
	}
	return at.Time().In(zone).Format("2006-01-02T15:04:05Z07:00")
}

// shown is a value for people.
func shown(v city.Value) string {
	switch v.Kind {
	case city.Number:
		return digits(v.Num)
	case city.Bool:
		return strconv.FormatBool(v.Num != 0)
	case city.Text:
		return strconv.Quote(v.Text)
	case city.Geo:
		if v.Place == nil || len(v.Place.Points) == 0 {
			return ""
		}
		c := v.Place.Center()
		return digits(c.Lon) + "," + digits(c.Lat)
	}
	return v.Text
}

// digits has as many digits as people read.
func digits(v float64) string {
	if r := math.Round(v*1e6) / 1e6; math.Abs(v) < 1e9 && (r != 0 || v == 0) {
		return strconv.FormatFloat(r, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
