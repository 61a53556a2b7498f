package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"

	"citybrain/backtest"
	"citybrain/city"
)

// The severities in the order in which they are stacked.
var severities = []city.Severity{city.Minor, city.Moderate, city.Major, city.Critical}

func severityClass(v city.Severity) string { return "v" + strconv.Itoa(int(v)) }

// days draws how many situations were raised on each day, by severity.
func (s speech) days(f *backtest.Findings) template.HTML {
	const width, height, left, bottom, top = 1000.0, 260.0, 46.0, 26.0, 12.0
	most := 0
	for _, d := range f.ByDay {
		most = max(most, d.Raised)
	}
	step, steps := axis(float64(most), 4)
	y := func(n float64) float64 { return height - bottom - n/(step*float64(steps))*(height-bottom-top) }
	c := &canvas{}
	c.begin("chart", s.say("每天触发的情形数", "Situations raised a day"), width, height)
	for i := 0; i <= steps; i++ {
		v := step * float64(i)
		c.line("grid", left, y(v), width, y(v))
		c.label("tick end", s.count(int64(v)), left-6, y(v)+4)
	}
	slot := (width - left) / float64(max(len(f.ByDay), 1))
	gap := math.Min(slot*0.2, 6)
	every := max(1, int(math.Ceil(64/slot)))
	for i, d := range f.ByDay {
		x, sum := left+slot*float64(i), 0
		for _, v := range severities {
			n := d.BySeverity[v]
			if n == 0 {
				continue
			}
			tip := fmt.Sprintf(s.say("%s：%s %d，当天共 %d", "%s: %s %d of %d that day"), s.dayOfWeek(d.Date), s.severity(v), n, d.Raised)
			c.rect(severityClass(v), tip, x+gap/2, y(float64(sum+n)), math.Max(slot-gap, 0.6), y(float64(sum))-y(float64(sum+n)))
			sum += n
		}
		if i%every == 0 {
			c.label("tick middle", s.day(d.Date), x+slot/2, height-8)
		}
	}
	c.line("axis", left, y(0), width, y(0))
	return c.end()
}

// hours draws when in the week situations were raised.
func (s speech) hours(f *backtest.Findings) template.HTML {
	const width, cell, left, top = 1000.0, 26.0, 52.0, 22.0
	slot := (width - left) / 24
	most := 0
	for _, day := range f.ByHour {
		for _, n := range day {
			most = max(most, n)
		}
	}
	c := &canvas{}
	c.begin("chart", s.say("按星期与小时", "By weekday and hour"), width, top+7*cell+4)
	for h := range 24 {
		if h%3 == 0 {
			c.label("tick", fmt.Sprintf("%02d:00", h), left+slot*float64(h), top-8)
		}
	}
	for d, day := range f.ByHour {
		c.label("tick end", s.weekday(d), left-8, top+cell*float64(d)+cell*0.68)
		for h, n := range day {
			x, y := left+slot*float64(h), top+cell*float64(d)
			tip := fmt.Sprintf(s.say("%s %02d:00–%02d:00：%d", "%s %02d:00–%02d:00: %d"), s.weekday(d), h, h+1, n)
			c.shape("rect", tip, "class", "heat "+heat(n, most), "x", num(x+1), "y", num(y+1), "width", num(slot-2), "height", num(cell-2), "rx", "3")
			if n > 0 {
				class := "cell middle"
				if heatStep(n, most) >= 4 {
					class = "cell middle over"
				}
				c.label(class, s.count(int64(n)), x+slot/2, y+cell*0.66)
			}
		}
	}
	return c.end()
}

// heatStep sorts a number into the steps 0 (none) to 5 (most).
func heatStep(n, most int) int {
	if n == 0 || most == 0 {
		return 0
	}
	return min(1+int(4.999*math.Sqrt(float64(n)/float64(most))), 5)
}

func heat(n, most int) string { return "h" + strconv.Itoa(heatStep(n, most)) }

// spark draws the days of one rule, small.
func (s speech) spark(f *backtest.Findings, r *backtest.RuleFigures) template.HTML {
	const width, height = 140.0, 26.0
	most := 1
	for _, n := range r.ByDay {
		most = max(most, n)
	}
	c := &canvas{}
	c.begin("spark", fmt.Sprintf(s.say("每天，最多 %d", "per day, at most %d"), most), width, height)
	slot := width / float64(max(len(r.ByDay), 1))
	for i, n := range r.ByDay {
		if n > 0 {
			h := math.Max(1, float64(n)/float64(most)*(height-2))
			c.rect(severityClass(city.SeverityOf(r.Severity)), s.day(f.ByDay[i].Date)+s.say("：", ": ")+s.count(int64(n)), slot*float64(i), height-1-h, math.Max(slot-math.Min(slot*0.2, 1.5), 0.5), h)
		}
	}
	c.line("axis", 0, height-0.5, width, height-0.5)
	return c.end()
}
