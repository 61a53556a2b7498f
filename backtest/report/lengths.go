package report

import (
	"html/template"
	"math"

	"citybrain/backtest"
	"citybrain/city"
)

// bounds of the bars of lengths, in minutes.
var bounds = []float64{5, 10, 15, 30, 60, 120, 240, 480, 1440, 4320, 10080}

// bar says which bar minutes belong to.
func bar(minutes float64) int {
	for i, b := range bounds {
		if minutes < b {
			return i
		}
	}
	return len(bounds)
}

// barName says what a bar holds.
func (s speech) barName(i int) string {
	short := func(m float64) string {
		switch {
		case m < 60:
			return num(m) + s.say("分", " min")
		case m < 1440:
			return num(m/60) + s.say("时", " h")
		}
		return num(m/1440) + s.say("天", " d")
	}
	switch i {
	case 0:
		return "< " + short(bounds[0])
	case len(bounds):
		return "≥ " + short(bounds[i-1])
	}
	return short(bounds[i-1]) + "–" + short(bounds[i])
}

// lengths draws how long situations were up, by severity.
func (s speech) lengths(f *backtest.Findings) template.HTML {
	counts := make([][5]int, len(bounds)+1)
	for i := range f.Situations {
		r := &f.Situations[i]
		if r.Phase != backtest.Before && r.Cleared != 0 {
			counts[bar(r.Minutes)][r.Severity]++
		}
	}
	return s.bars(s.say("情形持续时间", "How long situations were up"), counts, s.barName)
}

// delays draws minutes from the beginning of what was so to its situation.
func (s speech) delays(l *backtest.LabelFigures) template.HTML {
	counts := make([][5]int, len(bounds)+1)
	for i := range l.Rules {
		for _, m := range l.Rules[i].Delays {
			counts[bar(m)][city.Minor]++
		}
	}
	return s.bars(s.say("从事实开始到发现的时间", "From the beginning to the situation"), counts, s.barName)
}

// bars draws counts side by side; empty ones at the ends are left out.
func (s speech) bars(label string, counts [][5]int, name func(int) string) template.HTML {
	const width, height, left, bottom, top = 1000.0, 220.0, 46.0, 26.0, 16.0
	sum := func(c [5]int) int { return c[1] + c[2] + c[3] + c[4] }
	low, high, most := len(counts), 0, 0
	for i, n := range counts {
		if sum(n) > 0 {
			low, high, most = min(low, i), i+1, max(most, sum(n))
		}
	}
	if low >= high {
		return ""
	}
	step, steps := axis(float64(most), 4)
	y := func(n float64) float64 { return height - bottom - n/(step*float64(steps))*(height-bottom-top) }
	c := &canvas{}
	c.begin("chart", label, width, height)
	for i := 0; i <= steps; i++ {
		c.line("grid", left, y(step*float64(i)), width, y(step*float64(i)))
		c.label("tick end", s.count(int64(step*float64(i))), left-6, y(step*float64(i))+4)
	}
	slot := math.Min((width-left)/float64(high-low), 150)
	for i := low; i < high; i++ {
		x, up := left+slot*float64(i-low), 0
		for _, v := range severities {
			n := counts[i][v]
			if n > 0 {
				c.rect(severityClass(v), name(i)+s.say("：", ": ")+s.count(int64(n)), x+slot*0.1, y(float64(up+n)), slot*0.8, y(float64(up))-y(float64(up+n)))
				up += n
			}
		}
		if up > 0 {
			c.label("value middle", s.count(int64(up)), x+slot/2, y(float64(up))-4)
		}
		c.label("tick middle", name(i), x+slot/2, height-8)
	}
	c.line("axis", left, y(0), width, y(0))
	return c.end()
}
