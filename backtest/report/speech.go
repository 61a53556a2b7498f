package report

import (
	"fmt"
	"math"
	"time"

	"citybrain/backtest"
	"citybrain/city"
)

// speech writes numbers, times and spans in a language and a zone.
type speech struct {
	zh   bool
	zone *time.Location
}

// say chooses between the languages.
func (s speech) say(zh, en string) string {
	if s.zh {
		return zh
	}
	return en
}

func (s speech) of(t backtest.Text) string { return s.say(t.ZH, t.EN) }

// count is a whole number with its thousands apart.
func (s speech) count(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// rate is a number of one or no decimals.
func (s speech) rate(f float64) string {
	if f >= 100 {
		return s.count(int64(math.Round(f)))
	}
	return fmt.Sprintf("%.1f", f)
}

// share is a part of a whole in per cent; "–" of nothing.
func (s speech) share(n, of int) string {
	if of == 0 {
		return "–"
	}
	p := 100 * float64(n) / float64(of)
	if n > 0 && p < 1 || n < of && p > 99 {
		return fmt.Sprintf("%.1f %%", p)
	}
	return fmt.Sprintf("%.0f %%", p)
}

// span is a length of time in minutes.
func (s speech) span(minutes float64) string {
	m := int64(math.Round(minutes))
	switch {
	case minutes == 0:
		return s.say("0 分钟", "0 min")
	case minutes < 1:
		return s.say("不足 1 分钟", "under 1 min")
	case m < 120:
		return fmt.Sprintf(s.say("%d 分钟", "%d min"), m)
	case m < 48*60:
		if m%60 == 0 {
			return fmt.Sprintf(s.say("%d 小时", "%d h"), m/60)
		}
		return fmt.Sprintf(s.say("%d 小时 %d 分钟", "%d h %d min"), m/60, m%60)
	case m%1440 < 30:
		return fmt.Sprintf(s.say("%d 天", "%d d"), m/1440)
	}
	return fmt.Sprintf(s.say("%d 天 %d 小时", "%d d %d h"), m/1440, (m%1440+30)/60)
}

// minutes is a span of one decimal, for tables in which delays are compared.
func (s speech) minutes(m float64) string { return fmt.Sprintf("%.1f", m) }

// moment is a time by the city's clock.
func (s speech) moment(t backtest.Time) string {
	if t == 0 {
		return "–"
	}
	return city.Instant(t).Time().In(s.zone).Format("2006-01-02 15:04")
}

// day is a date as people write it, without the year.
func (s speech) day(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	if s.zh {
		return fmt.Sprintf("%d月%d日", t.Month(), t.Day())
	}
	return t.Format("2 Jan")
}

// dayOfWeek is a date with its weekday.
func (s speech) dayOfWeek(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	if s.zh {
		return fmt.Sprintf("%d年%d月%d日（%s）", t.Year(), t.Month(), t.Day(), s.weekday((int(t.Weekday())+6)%7))
	}
	return t.Format("Monday 2 January 2006")
}

// weekday names a day of the week, Monday is 0.
func (s speech) weekday(n int) string {
	if s.zh {
		return [...]string{"周一", "周二", "周三", "周四", "周五", "周六", "周日"}[n]
	}
	return [...]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}[n]
}

// severities names the severities as emergency levels.
func (s speech) severity(v city.Severity) string {
	switch v {
	case city.Minor:
		return s.say("一般（IV，蓝）", "minor (IV, blue)")
	case city.Moderate:
		return s.say("较大（III，黄）", "moderate (III, yellow)")
	case city.Major:
		return s.say("重大（II，橙）", "major (II, orange)")
	}
	return s.say("特别重大（I，红）", "critical (I, red)")
}

// plural is a number with its noun in English, and the number alone for zh.
func plural(n int64, one, many string, s speech) string {
	if n == 1 {
		return "1 " + one
	}
	return s.count(n) + " " + many
}
