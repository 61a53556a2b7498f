package report

import (
	"cmp"
	"fmt"
	"slices"

	"citybrain/backtest"
	"citybrain/city"
)

// tables fills the tables of rules, areas and situations.
func (s speech) tables(f *backtest.Findings, v *view, title func(city.RuleID) string) {
	for i := range f.Rules {
		r := f.Rules[i]
		level := city.SeverityOf(r.Severity)
		v.Rules = append(v.Rules, ruleView{RuleFigures: r, Called: s.of(r.Title), Level: s.severity(level), Class: severityClass(level),
			WarmText: s.moment(r.WarmFrom), Spark: s.spark(f, &r)})
	}
	for _, level := range severities {
		if slices.ContainsFunc(f.Rules, func(r backtest.RuleFigures) bool { return r.Severity == level.String() }) {
			v.Legend = append(v.Legend, legend{severityClass(level), s.severity(level)})
		}
	}
	for _, a := range f.Areas {
		called := s.of(a.Name)
		if a.ID == "" {
			called = s.say("不在任何区域内", "outside every area")
		}
		v.Areas = append(v.Areas, areaView{a, called, s.share(a.Raised, f.Raised)})
	}
	slices.SortStableFunc(v.Areas, func(a, b areaView) int { return b.Raised - a.Raised })
	var window []backtest.Raised
	for _, r := range f.Situations {
		switch {
		case r.Phase != backtest.Before:
			window = append(window, r)
			if r.Phase == backtest.Cold {
				s.early(f, v, &r, title)
			}
		case r.Cleared == 0 || r.Cleared >= f.From:
			s.early(f, v, &r, title)
		}
	}
	length := func(r *backtest.Raised) int64 { return int64(ended(r, f.Until) - r.Raised) }
	slices.SortStableFunc(window, func(a, b backtest.Raised) int { return cmp.Compare(length(&b), length(&a)) })
	for i := range min(len(window), mostListed) {
		v.Longest = append(v.Longest, s.situation(&window[i], f.Until, title))
	}
}

// early lists what was raised before the rules were warm, or was up when the
// window began.
func (s speech) early(f *backtest.Findings, v *view, r *backtest.Raised, title func(city.RuleID) string) {
	if len(v.Early) == mostListed {
		v.EarlyMore++
		return
	}
	v.Early = append(v.Early, s.situation(r, f.Until, title))
}

func ended(r *backtest.Raised, until backtest.Time) backtest.Time {
	if r.Cleared == 0 {
		return until
	}
	return r.Cleared
}

func (s speech) situation(r *backtest.Raised, until backtest.Time, title func(city.RuleID) string) situationView {
	x := situationView{Raised: *r, Title: title(r.Rule), Called: cmp.Or(r.Name, shortID(r.Entity)), When: s.moment(r.Raised)}
	x.Lasted = s.span(ended(r, until).Instant().Sub(r.Raised.Instant()).Minutes())
	if r.Cleared == 0 {
		x.Lasted = s.say("至少 ", "at least ") + x.Lasted
	}
	switch r.Phase {
	case backtest.Before:
		x.Mark = s.say("窗口之前", "before the window")
	case backtest.Cold:
		x.Mark = s.say("未热", "cold")
	}
	return x
}

// scores fills the table of labels.
func (s speech) scores(f *backtest.Findings, v *view, title func(city.RuleID) string) {
	list := func(examples []backtest.LabelExample) (out []exampleView) {
		for _, e := range examples {
			out = append(out, exampleView{e, cmp.Or(e.Name, shortID(e.Entity)), s.between(&backtest.Span{Raised: e.From, Cleared: e.Until})})
		}
		return out
	}
	for _, r := range f.Labels.Rules {
		v.Scores = append(v.Scores, scoreView{RuleScore: r, Called: title(r.Rule), Missed: list(r.MissedLabels), False: list(r.FalseSituations)})
	}
}

// pairs fills the comparison.
func (s speech) pairs(f *backtest.Findings, v *view, title func(city.RuleID) string) {
	kinds := map[string]string{
		backtest.Moved: s.say("移动", "moved"), backtest.OnlyOld: s.say("仅旧版", "only old"),
		backtest.OnlyNew: s.say("仅新版", "only new"), backtest.Ended: s.say("解除不同", "cleared otherwise"),
	}
	for i := range f.Comparison.Rules {
		r := f.Comparison.Rules[i]
		p := pairView{RuleComparison: r, Called: title(r.Rule), Bar: s.shares(&r)}
		for k := range r.Examples {
			e := &r.Examples[k]
			x := stripView{Kind: kinds[e.Kind], Called: cmp.Or(e.Name, shortID(e.Entity)), Old: s.between(e.Old), New: s.between(e.New), Strip: s.strip(e, f.Until)}
			if e.Kind == backtest.Moved {
				x.Shift = s.shifted(e.Shift)
			}
			p.Examples = append(p.Examples, x)
		}
		v.Pairs = append(v.Pairs, p)
	}
}

// shifted says how much earlier or later the new version is.
func (s speech) shifted(minutes float64) string {
	if minutes < 0 {
		return fmt.Sprintf(s.say("早 %s", "%s earlier"), s.span(-minutes))
	}
	return fmt.Sprintf(s.say("晚 %s", "%s later"), s.span(minutes))
}
