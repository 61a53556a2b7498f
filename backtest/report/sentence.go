package report

import (
	"fmt"
	"slices"
	"strings"

	"citybrain/backtest"
)

// summary says in words what was found.
func (s speech) summary(f *backtest.Findings, spots []spot) []string {
	out := []string{s.opening(f)}
	if f.Raised > 0 {
		out = append(out, s.course(f, spots))
	}
	for _, more := range []string{s.caution(f), s.scored(f), s.compared(f)} {
		if more != "" {
			out = append(out, more)
		}
	}
	return out
}

func (s speech) opening(f *backtest.Findings) string {
	rules, days := len(f.Rules), s.rate(f.Days)
	if f.Raised == 0 {
		return fmt.Sprintf(s.say("在 %s 至 %s（%s 天）内，%d 条规则没有触发任何情形。", "From %s to %s (%s days) the rules, %d in number, would have raised nothing."),
			s.moment(f.From), s.moment(f.Until), days, rules)
	}
	if s.zh {
		return fmt.Sprintf("在 %s 至 %s（%s 天）内，%d 条规则共会触发 %s 次情形，平均每天 %s 次，涉及 %s 个地点或对象。",
			s.moment(f.From), s.moment(f.Until), days, rules, s.count(int64(f.Raised)), s.rate(float64(f.Raised)/f.Days), s.count(int64(entities(f))))
	}
	return fmt.Sprintf("From %s to %s (%s days) %s would have raised %s: %s a day, on %s.",
		s.moment(f.From), s.moment(f.Until), days, plural(int64(rules), "rule", "rules", s), plural(int64(f.Raised), "situation", "situations", s),
		s.rate(float64(f.Raised)/f.Days), plural(int64(entities(f)), "entity", "entities", s))
}

// entities counts different ones on which something was raised in the window.
func entities(f *backtest.Findings) int {
	seen := map[string]bool{}
	for i := range f.Situations {
		if f.Situations[i].Phase != backtest.Before {
			seen[string(f.Situations[i].Entity)] = true
		}
	}
	return len(seen)
}

// course says which rule, when, how long and where.
func (s speech) course(f *backtest.Findings, spots []spot) string {
	rule := slices.MaxFunc(f.Rules, func(a, b backtest.RuleFigures) int { return a.Raised - b.Raised })
	day := slices.MaxFunc(f.ByDay, func(a, b backtest.DayFigures) int { return a.Raised - b.Raised })
	weekday, hour := busiest(f)
	all := allMinutes(f)
	text := fmt.Sprintf(s.say("其中最多的是“%s”（%s 次）。", "Most of them, %[2]s, are “%[1]s”. "), s.of(rule.Title), s.count(int64(rule.Raised)))
	if all.Count > 0 {
		text += fmt.Sprintf(s.say("一半情形在%s内解除，九成在%s内解除，最长%s。", "Half were over within %s, nine in ten within %s; the longest lasted %s. "),
			s.span(all.Median), s.span(all.Ninety), s.span(all.Most))
	}
	if f.Raised >= manyEnough {
		text += fmt.Sprintf(s.say("最集中的时段是%s %02d:00–%02d:00。", "They gather on %s from %02d:00 to %02d:00. "), s.weekday(weekday), hour, hour+1)
	}
	text += fmt.Sprintf(s.say("最多的一天是%s（%s 次）。", "The busiest day was %s with %s. "), s.dayOfWeek(day.Date), s.count(int64(day.Raised)))
	if len(spots) > 0 {
		text += fmt.Sprintf(s.say("次数最多的地点是“%s”（%s 次）。", "The busiest place is “%s” with %s. "), spots[0].Name, s.count(int64(spots[0].Raised)))
	}
	if f.UpAtEnd > 0 {
		text += fmt.Sprintf(s.say("窗口结束时仍有 %s 次未解除。", "Still up when the window ended: %s."), s.count(int64(f.UpAtEnd)))
	}
	return strings.TrimSpace(text)
}

// manyEnough situations say something of an hour of the week.
const manyEnough = 50

func busiest(f *backtest.Findings) (weekday, hour int) {
	for d := range f.ByHour {
		for h := range f.ByHour[d] {
			if f.ByHour[d][h] > f.ByHour[weekday][hour] {
				weekday, hour = d, h
			}
		}
	}
	return weekday, hour
}

// allMinutes describes how long all that were raised in the window were up.
func allMinutes(f *backtest.Findings) backtest.Spread {
	var minutes []float64
	for i := range f.Situations {
		if r := &f.Situations[i]; r.Phase != backtest.Before && r.Cleared != 0 {
			minutes = append(minutes, r.Minutes)
		}
	}
	return backtest.SpreadOf(minutes)
}

// caution says what may be wrong because of the beginning and of the data.
func (s speech) caution(f *backtest.Findings) string {
	text := ""
	if f.Cold > 0 {
		text += fmt.Sprintf(s.say("有 %s 次在规则的窗口尚未“热”时触发，单独标出。", "Raised before the rules' windows were warm, and marked: %s. "), s.count(int64(f.Cold)))
	}
	_, rows := f.Sum()
	if bad := rows.Quarantined + rows.Late; bad > 0 {
		text += fmt.Sprintf(s.say("窗口内 %s 行数据中，%s 行被隔离，%s 行到得太晚，规则没有看到。", "Of %s rows in the window %s were quarantined and %s came too late for the rules."),
			s.count(rows.Rows-rows.Outside), s.count(rows.Quarantined), s.count(rows.Late))
	}
	return text
}

// scored says how the rules did against labels.
func (s speech) scored(f *backtest.Findings) string {
	if f.Labels == nil {
		return ""
	}
	var r backtest.RuleScore
	var delays []float64
	for i := range f.Labels.Rules {
		x := &f.Labels.Rules[i]
		r.Expected, r.Found, r.Raised, r.False = r.Expected+x.Expected, r.Found+x.Found, r.Raised+x.Raised, r.False+x.False
		delays = append(delays, x.Delays...)
	}
	text := fmt.Sprintf(s.say("与标注对照：应发现 %s 件，发现 %s 件（%s）；触发的 %s 次中有 %s 次（%s）没有任何标注可以解释",
		"Against the labels: of %s to be found %s were (%s); of %s raised %s (%s) are explained by none"),
		s.count(int64(r.Expected)), s.count(int64(r.Found)), s.share(r.Found, r.Expected), s.count(int64(r.Raised)), s.count(int64(r.False)), s.share(r.False, r.Raised))
	if d := backtest.SpreadOf(delays); d.Count > 0 {
		text += fmt.Sprintf(s.say("；发现用时的中位数为 %s 分钟，九成在 %s 分钟内", "; the median time to find is %s minutes, nine in ten within %s"), s.minutes(d.Median), s.minutes(d.Ninety))
	}
	return text + s.say("。", ".")
}

// compared says what the other version raised.
func (s speech) compared(f *backtest.Findings) string {
	if f.Comparison == nil {
		return ""
	}
	var r backtest.RuleComparison
	for i := range f.Comparison.Rules {
		x := &f.Comparison.Rules[i]
		r.Old, r.New, r.Same, r.Moved, r.OnlyOld, r.OnlyNew = r.Old+x.Old, r.New+x.New, r.Same+x.Same, r.Moved+x.Moved, r.OnlyOld+x.OnlyOld, r.OnlyNew+x.OnlyNew
	}
	return fmt.Sprintf(s.say("与另一版本相比：旧版 %s 次，新版 %s 次；%s 次相同，%s 次时间移动，仅旧版 %s 次，仅新版 %s 次。",
		"Against the other version: %s by the old, %s by the new; %s are the same, %s moved in time, %s only the old one raised, %s only the new one."),
		s.count(int64(r.Old)), s.count(int64(r.New)), s.count(int64(r.Same)), s.count(int64(r.Moved)), s.count(int64(r.OnlyOld)), s.count(int64(r.OnlyNew)))
}

// Text is the summary for a terminal: the sentences, and a line for each rule.
func Text(f *backtest.Findings, language string) string {
	s := speechOf(f, language)
	text := ""
	for _, sentence := range s.summary(f, spotsOf(f, s.titles(f))) {
		text += sentence + "\n"
	}
	text += "\n"
	for i := range f.Rules {
		r := &f.Rules[i]
		text += fmt.Sprintf(s.say("%-40s 触发 %6s，每天 %6s", "%-40s raised %6s, a day %6s"), r.Rule, s.count(int64(r.Raised)), s.rate(r.PerDay))
		if r.Durations.Count > 0 {
			text += fmt.Sprintf(s.say("，持续%s（中位数）", ", up for %s (median)"), s.span(r.Durations.Median))
		}
		text += "\n"
	}
	return text
}
