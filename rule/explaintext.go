package rule

import "strings"

// Text is the explanation for a terminal, in a language ("zh" or "en").
func (x *Explanation) Text(lang string) string {
	var b strings.Builder
	line := func(depth int, text string) {
		b.WriteString(strings.Repeat("  ", depth))
		b.WriteString(text)
		b.WriteByte('\n')
	}
	line(0, say("规则 %s，实体 %s", "rule %s, entity %s", x.Rule, x.Entity).In(lang))
	if x.Now != 0 {
		line(0, say("截至 %s 的数据", "as of %s", x.Now).In(lang))
	}
	line(0, say("结论：%s", "verdict: %s", x.Verdict.In(lang)).In(lang))
	var tell func(depth int, list []Finding)
	tell = func(depth int, list []Finding) {
		for i := range list {
			line(depth, mark(list[i].Holds)+" "+list[i].Text.In(lang))
			tell(depth+1, list[i].Parts)
		}
	}
	tell(0, x.Findings)
	return b.String()
}

func mark(h Holds) string {
	switch h {
	case HoldsYes:
		return "+"
	case HoldsNo:
		return "-"
	case HoldsUnknown:
		return "?"
	}
	return " "
}

// Walk visits every finding, those that hold others before these.
func (x *Explanation) Walk(visit func(*Finding)) {
	var walk func([]Finding)
	walk = func(list []Finding) {
		for i := range list {
			visit(&list[i])
			walk(list[i].Parts)
		}
	}
	walk(x.Findings)
}

// Raised says whether a situation is up.
func (x *Explanation) Raised() bool { return x.Up != nil }
