package rule

import (
	"fmt"
	"strings"

	"citybrain/city"
)

// patterns tells how far what raises has come.
func (q *explainer) patterns() {
	switch q.p.form {
	case formAbsent:
		q.absence()
	case formSequence:
		q.sequence()
	case formRepeat:
		q.repetition()
	case formDwell:
		q.stay()
	default:
		q.row()
	}
}

// row tells how many readings in a row meet the condition, and since when.
func (q *explainer) row() {
	p, r := q.p, q.r
	if r.up != nil || p.readings <= 1 && p.hold == 0 {
		return
	}
	lasted := city.Instant(0)
	if r.count > 0 {
		lasted = max(0, q.out.Reading-r.from)
	}
	f := Finding{Part: PartRow, Holds: holdsIf(r.count >= p.readings && lasted >= p.hold), Value: fmt.Sprint(r.count)}
	f.Text = say("连续满足条件的读数：%d 条，要 %d 条；已持续 %s，要 %s", "readings in a row that meet the condition: %d of %d; they last for %s of %s",
		r.count, p.readings, lasting(lasted), lasting(p.hold))
	q.add(f)
	if f.Holds != HoldsYes {
		q.conclude(say("条件成立的时间还不够：%d/%d 条读数，%s/%s，还差 %s", "the condition has not held for long enough: %d of %d readings, %s of %s, %s are missing",
			r.count, p.readings, lasting(lasted), lasting(p.hold), lasting(max(0, p.hold-lasted))))
	}
}

func (q *explainer) absence() {
	p, r := q.p, q.r
	f := Finding{Part: PartAbsent, Holds: holdsIf(r.up != nil)}
	switch r.count {
	case armed:
		due := r.from + p.absent
		f.Value = q.clock(due)
		f.Text = say("最近一次算数的读数在 %s；若到 %s（还有 %s）仍没有新的，则触发", "the last reading that counts is of %s; it raises at %s, in %s, if none comes",
			q.clock(r.from), q.clock(due), lasting(max(0, due-q.out.Now)))
		q.conclude(say("读数没有中断：上一次在 %s，允许中断 %s", "readings have not stopped: the last one is of %s, %s without one are allowed", q.clock(r.from), lasting(p.absent)))
	case fired:
		f.Text = say("自 %s 起没有算数的读数", "no reading that counts has come since %s", q.clock(r.from))
		q.conclude(say("中断已报过，要等下一次读数才重新计时", "the absence was raised before: it counts again from the next reading on"))
	default:
		f.Text = say("还没有算数的读数，不计时", "no reading that counts has come: nothing is awaited")
		q.conclude(say("还没有算数的读数，规则没有开始计时", "no reading that counts has come, so nothing is missing yet"))
	}
	q.add(f)
}

func (q *explainer) sequence() {
	p := q.p
	f := Finding{Part: PartSequence, Holds: HoldsNo, Value: "0"}
	var s *patternState
	if q.extra != nil {
		s = q.extra.pattern
	}
	reached := 0
	if s != nil && s.open {
		for _, h := range s.hits {
			reached = max(reached, h.step+1)
			f.Parts = append(f.Parts, Finding{Part: PartSequence, Name: fmt.Sprint(h.step + 1), Holds: HoldsYes, Value: string(h.by),
				Text: say("第 %d 步：%s，来自 %s", "step %d: at %s, from %s", h.step+1, q.clock(h.at), h.by)})
		}
	}
	f.Value = fmt.Sprint(reached)
	if reached == 0 {
		f.Text = say("还没有开始：等待第 1 步 %s", "not begun: step 1 is awaited, %s", p.steps[0].spec.When)
		q.add(f)
		q.conclude(say("序列还没有开始：等待第 1 步 %s", "the sequence has not begun: step 1 is awaited, %s", p.steps[0].spec.When))
		return
	}
	f.Text = say("共 %d 步，已到第 %d 步；最晚到 %s", "of %d steps, step %d is reached; it can go on until %s", len(p.steps), reached, q.clock(s.until))
	if due, ok := s.sequence.Next(&p.sequence); ok {
		f.Text = say("共 %d 步，已到第 %d 步；时钟在 %s 判断", "of %d steps, step %d is reached; the clock decides at %s", len(p.steps), reached, q.clock(due))
	}
	next := p.steps[min(reached, len(p.steps)-1)].spec
	awaited := say("等待第 %d 步 %s", "step %d is awaited, %s", min(reached+1, len(p.steps)), next.When)
	if next.Not {
		awaited = say("若第 %d 步 %s 不出现则触发", "it raises if step %d, %s, does not come", min(reached+1, len(p.steps)), next.When)
	}
	q.add(f)
	q.conclude(city.Names{ZH: "序列未完成：" + awaited.ZH, EN: "the sequence is not complete: " + awaited.EN})
}

func (q *explainer) repetition() {
	p := q.p
	within := 0
	if q.extra != nil && q.extra.pattern != nil {
		for _, at := range q.extra.pattern.repeat.Instants(nil) {
			if q.e.frame.now.Sub(at) <= p.repeat.Within {
				within++
			}
		}
	}
	f := Finding{Part: PartRepeat, Holds: holdsIf(within >= p.repeat.Times), Value: fmt.Sprint(within)}
	f.Text = say("%s 之内满足条件 %d 次，要 %d 次", "within %s the condition was met %d times, %d are wanted", city.DurationText(p.repeat.Within), within, p.repeat.Times)
	q.add(f)
	if f.Holds != HoldsYes {
		q.conclude(f.Text)
	}
}

func (q *explainer) stay() {
	p, area := q.p, q.p.rule.spec.Dwell.Area
	f := Finding{Part: PartDwell, Holds: HoldsNo, Text: say("不在 %s 之内", "it is not in %s", area)}
	if q.extra != nil && q.extra.pattern != nil {
		s := q.extra.pattern.dwell
		at := max(q.out.Now, q.out.Reading)
		if due, ok := s.Next(&p.dwell); ok {
			since := due.Add(-p.dwell.For)
			f.Value = lasting(max(0, at-since))
			f.Text = say("自 %s 起在 %s 之内，已 %s，要 %s", "it is in %[2]s since %[1]s: for %[3]s of %[4]s", q.clock(since), area, f.Value, city.DurationText(p.dwell.For))
		}
		if since, reached, in := s.Since(); in && reached {
			f.Holds, f.Value = HoldsYes, lasting(max(0, at-since))
			f.Text = say("自 %s 起在 %s 之内，已足够久", "it is in %[2]s since %[1]s, which is long enough", q.clock(since), area)
		}
	}
	q.add(f)
	if f.Holds != HoldsYes {
		q.conclude(f.Text)
	}
}

// excepts tells which situations keep the rule from raising.
func (q *explainer) excepts() {
	for _, other := range q.p.except {
		f := Finding{Part: PartExcept, Name: string(other.rule.id), Holds: HoldsNo, Text: say("%s 没有触发", "%s is not up", other.rule.id)}
		if y := q.e.holder(other, q.x, false); y != nil && y.rows[other.column].up != nil {
			s := y.rows[other.column].up
			f.Holds, f.Value = HoldsYes, string(s.ID)
			f.Text = say("%s 自 %s 起存在，本规则不触发", "%s is up since %s: this rule does not raise", other.rule.id, q.clock(s.RaisedAt))
			q.conclude(f.Text)
		}
		q.add(f)
	}
}

// joins tells which joins hold, and what was nearest to those that do not.
func (q *explainer) joins() {
	if q.p.join == nil {
		return
	}
	f, holds := q.join(q.p.join)
	q.add(f)
	if !holds {
		why := firstFailing(f)
		q.conclude(city.Names{ZH: "旁证不成立：" + why.ZH, EN: "the joins do not hold: " + why.EN})
	}
}

// firstFailing is the text of the first join that does not hold.
func firstFailing(f Finding) city.Names {
	for _, part := range f.Parts {
		if part.Holds != HoldsYes && part.Part == PartJoin {
			return firstFailing(part)
		}
	}
	return f.Text
}

func (q *explainer) join(l *linked) (Finding, bool) {
	var found finding
	holds := q.e.holds(l, q.x, q.e.frame.now, &found)
	f := Finding{Part: PartJoin, Name: l.reason, Holds: holdsIf(holds)}
	switch l.op {
	case joinAll, joinAny:
		f.Name = map[joinOp]string{joinAll: "all", joinAny: "any"}[l.op]
		var names []string
		for _, k := range l.kids {
			part, _ := q.join(k)
			f.Parts, names = append(f.Parts, part), append(names, part.Name)
		}
		f.Text = say("%s（%s）", "%s of %s", f.Name, strings.Join(names, ", "))
		return f, holds
	case joinRelated:
		f.Text = q.relation(l)
	case joinNear:
		f.Text = q.nearness(l)
	}
	if holds {
		for _, ev := range found.evidence {
			f.Parts = append(f.Parts, q.evidence(ev))
		}
		f.Text = say("%s：成立", "%s: holds", f.Name)
	}
	return f, holds
}

// relation says why a join through a relationship does not hold.
func (q *explainer) relation(l *linked) city.Names {
	c := &q.x.cells[l.slot]
	switch {
	case c.kind != city.Relation:
		return say("缺少 %s：不知道指向哪个实体", "%s is missing: it is not known where it points", l.through)
	case l.rule == nil:
		return say("没有规则 %s", "there is no rule %s", l.situation)
	}
	return say("%s 指向的 %s 上没有 %s", "%[3]s is not up on %[2]s, to which %[1]s points", l.through, c.text(), l.situation)
}

// nearness says what was nearest and why it did not count.
func (q *explainer) nearness(l *linked) city.Names {
	what := nameOf(l.join, l.rule)
	if l.near == nil {
		return say("没有规则 %s", "there is no rule %s", l.situation)
	}
	if q.x.place() == nil {
		return say("实体没有位置，无法判断附近的 %s", "the entity has no place: no %s can be near", what)
	}
	other := func(y *entity) bool { return y != q.x }
	y, d := q.nearestAnywhere(l.near, l.within, other)
	switch {
	case y == nil:
		return say("没有 %s，远近都没有", "there is no %s, near or far", what)
	case d > l.within:
		return say("%s 之内没有 %s；最近的是 %s，%.0f m", "there is no %[2]s within %[1]s; the nearest is %[3]s at %.0[4]f m", l.length, what, y.id, d)
	case l.starts == nil:
		return say("%s 在 %.0f m", "%s is at %.0f m", y.id, d)
	}
	at := q.e.frame.now
	if start, ok := y.cells[l.slot].instant(); ok {
		return say("最近的 %s（%.0f m）的 %s 是 %s，不在 %s 到 %s 之间", "the nearest, %s at %.0f m, has %s = %s, which is not from %s until %s",
			y.id, d, l.starts.Attribute, q.clock(start), q.clock(at.Add(l.starts.From)), q.clock(at.Add(l.starts.Until)))
	}
	return say("最近的 %s（%.0f m）没有 %s", "the nearest, %s at %.0f m, has no %s", y.id, d, l.starts.Attribute)
}
