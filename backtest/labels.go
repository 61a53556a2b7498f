package backtest

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"citybrain/backtest/score"
	"citybrain/city"
	"citybrain/rule"
)

// Label says that something was so: what a rule was to find, where and when.
type Label struct {
	Rules  []city.RuleID // those that were to find it
	Entity city.EntityID
	From   city.Instant
	Until  city.Instant // zero: it was still so
	Line   int
}

const labelHint = "rule,entity,from,until: the rule's name or pack/rule, the entity's id, RFC 3339 times; until may be empty"

// ParseLabels reads labels from CSV with a header row: rule (or kind), entity,
// from, until. It lists every fault with its line.
func ParseLabels(file string, data []byte, rules []*rule.Rule) ([]Label, city.Faults) {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	p := labelParser{file: file, rules: rules}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			p.fault(bad.StartLine, "bad-row", labelHint, "the row cannot be split: %v", bad.Err)
			return nil, p.faults // what follows cannot be trusted
		}
		if err != nil {
			p.fault(0, "unreadable", "", "%v", err)
			return nil, p.faults
		}
		line, _ := r.FieldPos(0)
		if p.columns == nil {
			if !p.header(line, row) {
				return nil, p.faults
			}
			continue
		}
		p.row(line, row)
	}
	if p.columns == nil {
		p.fault(1, "no-header", labelHint, "the file has no header row")
	}
	return p.labels, p.faults
}

type labelParser struct {
	file    string
	rules   []*rule.Rule
	columns []string
	labels  []Label
	faults  city.Faults
}

func (p *labelParser) fault(line int, rule, hint, format string, args ...any) {
	p.faults = append(p.faults, city.Fault{File: p.file, Line: line, Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *labelParser) header(line int, row []string) bool {
	columns := make([]string, len(row))
	for i, name := range row {
		columns[i] = strings.ToLower(strings.TrimSpace(name))
		if columns[i] == "kind" {
			columns[i] = "rule"
		}
	}
	for _, want := range []string{"rule", "entity", "from", "until"} {
		if !slices.Contains(columns, want) {
			p.fault(line, "missing-column", labelHint, "there is no column %s", want)
		}
	}
	p.columns = columns
	return len(p.faults) == 0
}

func (p *labelParser) row(line int, row []string) {
	if len(row) != len(p.columns) {
		p.fault(line, "bad-row", labelHint, "the row has %d columns, the header has %d", len(row), len(p.columns))
		return
	}
	cell := func(name string) string { return strings.TrimSpace(row[slices.Index(p.columns, name)]) }
	l, before := Label{Line: line, Entity: city.EntityID(cell("entity"))}, len(p.faults)
	for _, r := range p.rules {
		if name := cell("rule"); r.Name() == name || string(r.ID()) == name {
			l.Rules = append(l.Rules, r.ID())
		}
	}
	if l.Rules == nil {
		p.fault(line, "unknown-rule", "there are "+namesOf(p.rules), "there is no rule %q", cell("rule"))
	}
	if why := city.CheckEntityID(l.Entity); why != "" {
		p.fault(line, "bad-entity", "", "the entity %q %s", l.Entity, why)
	}
	l.From = p.time(line, "from", cell("from"), false)
	l.Until = p.time(line, "until", cell("until"), true)
	if l.Until != 0 && l.From != 0 && l.Until < l.From {
		p.fault(line, "order-of-times", "", "until (%s) is before from (%s)", l.Until, l.From)
	}
	if len(p.faults) == before {
		p.labels = append(p.labels, l)
	}
}

func (p *labelParser) time(line int, column, text string, mayBeEmpty bool) city.Instant {
	if text == "" && mayBeEmpty {
		return 0
	}
	at, err := city.ParseInstant(text)
	if err != nil {
		p.fault(line, "bad-time", "", "%s: %v", column, err)
	}
	return at
}

// LabelFigures are the scores of the rules that labels speak of.
type LabelFigures struct {
	File    string      `json:"file"`
	Slack   float64     `json:"slackMinutes"`
	Labels  int         `json:"labels"`
	Outside int         `json:"outside"`         // labels that began before the window, or after it: not asked for
	Unseen  []string    `json:"unseen,omitzero"` // entities of which there was no row
	Rules   []RuleScore `json:"rules"`
}

// RuleScore is how one rule did. docs/detection.md says what the words mean.
type RuleScore struct {
	Rule     city.RuleID `json:"rule"`
	Expected int         `json:"expected"`
	Found    int         `json:"found"`
	Missed   int         `json:"missed"`
	Raised   int         `json:"raised"`
	False    int         `json:"false"`
	Delay    Spread      `json:"minutesToFind"`
	// MissedLabels and FalseSituations are examples, at most mostExamples.
	MissedLabels    []LabelExample `json:"missedExamples,omitzero"`
	FalseSituations []LabelExample `json:"falseExamples,omitzero"`
	Delays          []float64      `json:"-"`
}

// LabelExample is a label that was missed, or a situation that no label explains.
type LabelExample struct {
	Entity city.EntityID `json:"entity"`
	Name   string        `json:"name,omitzero"`
	From   Time          `json:"from"`
	Until  Time          `json:"until,omitzero"`
	Line   int           `json:"line,omitzero"`
	Reason string        `json:"reason,omitzero"`
}

// mostExamples bounds the examples of each kind.
const mostExamples = 12

// ScoreLabels holds what was raised in the window against labels. Rules of which
// no label speaks are not scored. A label that began before the window explains
// situations, but nobody has to find it.
func ScoreLabels(f *Figures, out *Outcome, labels []Label, o Options, slack time.Duration) *LabelFigures {
	s := &LabelFigures{Slack: slack.Minutes(), Labels: len(labels)}
	names := map[city.EntityID]string{}
	for i := range out.Entities {
		names[out.Entities[i].ID] = out.Entities[i].Name
	}
	for i := range labels {
		l := &labels[i]
		if l.From < o.From || l.From >= o.Until {
			s.Outside++
		}
		if _, seen := names[l.Entity]; !seen && !slices.Contains(s.Unseen, string(l.Entity)) {
			s.Unseen = append(s.Unseen, string(l.Entity))
		}
	}
	for i := range f.Rules {
		if r, spoken := scoreRule(f.Rules[i].Rule, out, labels, o, slack, names); spoken {
			s.Rules = append(s.Rules, r)
		}
	}
	return s
}

func scoreRule(id city.RuleID, out *Outcome, labels []Label, o Options, slack time.Duration, names map[city.EntityID]string) (RuleScore, bool) {
	var asked, all []score.Truth
	var lines []int
	for i := range labels {
		l := &labels[i]
		if !slices.Contains(l.Rules, id) {
			continue
		}
		t := score.Truth{Entity: l.Entity, From: l.From, Until: l.Until}
		all = append(all, t)
		if l.From >= o.From && l.From < o.Until {
			asked, lines = append(asked, t), append(lines, l.Line)
		}
	}
	if all == nil {
		return RuleScore{}, false
	}
	var raised, window []city.Situation
	for s := range out.Situations.All() {
		if s.Rule != id {
			continue
		}
		raised = append(raised, s)
		if s.RaisedAt >= o.From {
			window = append(window, s)
		}
	}
	found, wrong := score.Of(raised, asked, all, slack), score.Of(window, asked, all, slack)
	r := RuleScore{Rule: id, Expected: found.Expected, Found: found.Found, Missed: found.Missed,
		Raised: len(window), False: wrong.False, Delay: SpreadOf(found.Delays), Delays: found.Delays}
	for _, i := range first(found.Misses, mostExamples) {
		t := asked[i]
		r.MissedLabels = append(r.MissedLabels, LabelExample{Entity: t.Entity, Name: names[t.Entity], From: Time(t.From), Until: Time(t.Until), Line: lines[i]})
	}
	for _, k := range first(wrong.Unexplained, mostExamples) {
		w := &window[k]
		r.FalseSituations = append(r.FalseSituations, LabelExample{Entity: w.Entity, Name: names[w.Entity], From: Time(w.RaisedAt), Until: Time(w.ClearedAt), Reason: w.RaisedReason})
	}
	return r, true
}

func first[T any](list []T, n int) []T { return list[:min(n, len(list))] }
