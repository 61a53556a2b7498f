package report

import (
	"html/template"
	"math"

	"citybrain/backtest"
)

// strip draws the situations of both versions on one line of time: the old
// above, the new below.
func (s speech) strip(e *backtest.PairExample, until backtest.Time) template.HTML {
	const width, height, pad = 360.0, 34.0, 4.0
	low, high := backtest.Time(math.MaxInt64), backtest.Time(0)
	for _, x := range []*backtest.Span{e.Old, e.New} {
		if x != nil {
			low, high = min(low, x.Raised), max(high, end(x, until))
		}
	}
	length := math.Max(float64(high-low), 60e6)
	at := func(t backtest.Time) float64 { return pad + float64(t-low)/length*(width-2*pad) }
	c := &canvas{}
	c.begin("strip", s.say("上：旧版，下：新版", "above: old, below: new"), width, height)
	c.line("axis", 0, height/2, width, height/2)
	for i, x := range []*backtest.Span{e.Old, e.New} {
		if x == nil {
			continue
		}
		class, y := [2]string{"old", "new"}[i], [2]float64{3, height/2 + 3}[i]
		c.rect(class, s.between(x), at(x.Raised), y, math.Max(at(end(x, until))-at(x.Raised), 2), height/2-6)
	}
	return c.end()
}

func end(x *backtest.Span, until backtest.Time) backtest.Time {
	if x.Cleared == 0 {
		return until
	}
	return x.Cleared
}

// between is from when to when a situation was up.
func (s speech) between(x *backtest.Span) string {
	if x == nil {
		return "–"
	}
	if x.Cleared == 0 {
		return s.moment(x.Raised) + s.say(" 起，窗口结束时未解除", " on, still up at the end")
	}
	minutes := x.Cleared.Instant().Sub(x.Raised.Instant()).Minutes()
	return s.moment(x.Raised) + s.say("，持续 ", ", for ") + s.span(minutes)
}

// shares draws what both versions have in common as one bar.
func (s speech) shares(r *backtest.RuleComparison) template.HTML {
	const width, height = 360.0, 16.0
	parts := []struct {
		class string
		n     int
		name  string
	}{
		{"only-old", r.OnlyOld, s.say("仅旧版", "only old")}, {"same", r.Same, s.say("相同", "same")},
		{"moved", r.Moved, s.say("时间移动", "moved")}, {"only-new", r.OnlyNew, s.say("仅新版", "only new")},
	}
	total := r.OnlyOld + r.Same + r.Moved + r.OnlyNew
	if total == 0 {
		return ""
	}
	c := &canvas{}
	c.begin("shares", s.say("两个版本的对照", "both versions side by side"), width, height)
	x := 0.0
	for _, p := range parts {
		if w := float64(p.n) / float64(total) * width; w > 0 {
			c.rect(p.class, p.name+s.say("：", ": ")+s.count(int64(p.n)), x, 0, math.Max(w-1, 0.5), height)
			x += w
		}
	}
	return c.end()
}
