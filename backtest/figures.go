package backtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"citybrain/backtest/score"
	"citybrain/city"
	"citybrain/rule"
)

// Phase says how far the rules could know what they were judging.
type Phase string

// The phases.
const (
	// Before is before the window: read only so that windows are warm.
	Before Phase = "before"
	// Cold is within the window, but sooner after the first reading than the rule
	// looks back: in a city that had run before it might have been raised
	// earlier, or not at all.
	Cold Phase = "cold"
	// Warm is everything else.
	Warm Phase = "warm"
)

// Figures is what is said of one outcome. It is a function of the outcome and
// the window alone.
type Figures struct {
	Days    float64       `json:"days"` // length of the window
	Raised  int           `json:"raised"`
	UpAtEnd int           `json:"upAtEnd"`
	Before  int           `json:"raisedBefore"`
	Cold    int           `json:"cold"`
	Rules   []RuleFigures `json:"rules"`
	Areas   []AreaFigures `json:"areas"`
	ByDay   []DayFigures  `json:"byDay"`
	// ByHour counts by weekday, Monday first, and hour of the city's clock.
	ByHour [7][24]int `json:"byWeekdayAndHour"`
	// Situations are all, also those before the window, in the order in which
	// they were raised.
	Situations []Raised `json:"situations"`
}

// RuleFigures are those of one rule. Except for Before they count what was
// raised in the window.
type RuleFigures struct {
	Rule      city.RuleID     `json:"rule"`
	Title     Text            `json:"title"`
	Type      city.EntityType `json:"entity"`
	Severity  string          `json:"severity"`
	Reach     float64         `json:"looksBackMinutes"` // how far the rule looks back
	WarmFrom  Time            `json:"warmFrom,omitzero"`
	Raised    int             `json:"raised"`
	PerDay    float64         `json:"perDay"`
	Entities  int             `json:"entities"` // different ones
	UpAtEnd   int             `json:"upAtEnd"`
	Before    int             `json:"raisedBefore"`
	Cold      int             `json:"cold"`
	Durations Spread          `json:"minutesUp"` // of those that were cleared
	ByDay     []int           `json:"byDay"`
	ByHour    [24]int         `json:"byHour"`
	Failures  int64           `json:"givenUp,omitzero"` // evaluations that CEL gave up
}

// Spread describes minutes.
type Spread struct {
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	Ninety float64 `json:"p90"` // nine in ten are not longer
	Most   float64 `json:"most"`
	Total  float64 `json:"total"`
}

// SpreadOf describes values.
func SpreadOf(minutes []float64) Spread {
	if len(minutes) == 0 {
		return Spread{}
	}
	s := Spread{Count: len(minutes), Median: score.Percentile(minutes, 0.5), Ninety: score.Percentile(minutes, 0.9), Most: slices.Max(minutes)}
	for _, m := range minutes {
		s.Total += m
	}
	return s
}

// AreaFigures are those of an area of the city. Areas may overlap.
type AreaFigures struct {
	ID       string  `json:"id"` // "" stands for outside every area, or without a place
	Name     Text    `json:"name"`
	Raised   int     `json:"raised"`
	Entities int     `json:"entities"`
	HoursUp  float64 `json:"hoursUp"` // within the window
	ByRule   []int   `json:"byRule"`  // in the order of Figures.Rules
}

// DayFigures count a day of the city's calendar.
type DayFigures struct {
	Date       string `json:"date"`
	Raised     int    `json:"raised"`
	BySeverity [5]int `json:"bySeverity"` // by city.Severity; index 0 is unused
}

// Raised is one situation.
type Raised struct {
	Rule     city.RuleID   `json:"rule"`
	Entity   city.EntityID `json:"entity"`
	Name     string        `json:"name,omitzero"`
	Areas    []string      `json:"areas,omitzero"`
	Phase    Phase         `json:"phase"`
	Raised   Time          `json:"raised"`
	Cleared  Time          `json:"cleared,omitzero"`
	Minutes  float64       `json:"minutes,omitzero"` // up, if it was cleared
	Reason   string        `json:"reason"`
	Ended    string        `json:"clearedReason,omitzero"`
	Place    *city.Place   `json:"-"`
	Severity city.Severity `json:"-"`
	Order    int           `json:"-"` // of the rule in Figures.Rules
}

// FiguresOf counts an outcome. Rules not in shown were run because others need
// them and are left out; nil shows all.
func FiguresOf(v Version, out *Outcome, o Options, shown func(city.RuleID) bool) *Figures {
	t := &tally{version: v, out: out, options: o, zone: v.City.Zone, order: map[city.RuleID]int{}, names: map[city.EntityID]string{}}
	t.figures.Days = o.Until.Sub(o.From).Hours() / 24
	for i := range out.Entities {
		t.names[out.Entities[i].ID] = out.Entities[i].Name
	}
	t.days()
	t.rules(shown)
	for i := range v.City.Areas {
		a := &v.City.Areas[i]
		t.figures.Areas = append(t.figures.Areas, AreaFigures{ID: a.ID, Name: Text(a.Name), ByRule: make([]int, len(t.figures.Rules))})
	}
	t.figures.Areas = append(t.figures.Areas, AreaFigures{ByRule: make([]int, len(t.figures.Rules))})
	for s := range out.Situations.All() {
		t.add(&s)
	}
	t.finish()
	return &t.figures
}

type tally struct {
	version Version
	out     *Outcome
	options Options
	zone    *time.Location
	figures Figures
	order   map[city.RuleID]int
	names   map[city.EntityID]string
	date    map[string]int
	minutes [][]float64
	onRule  []map[city.EntityID]bool
	inArea  []map[city.EntityID]bool
}

// days lists the dates of the window by the city's calendar.
func (t *tally) days() {
	t.date = map[string]int{}
	last := (t.options.Until - 1).Time().In(t.zone)
	for day := t.options.From.Time().In(t.zone); ; day = day.AddDate(0, 0, 1) {
		name := day.Format(time.DateOnly)
		if name > last.Format(time.DateOnly) {
			break
		}
		t.date[name] = len(t.figures.ByDay)
		t.figures.ByDay = append(t.figures.ByDay, DayFigures{Date: name})
	}
	t.inArea = make([]map[city.EntityID]bool, len(t.version.City.Areas)+1)
	for i := range t.inArea {
		t.inArea[i] = map[city.EntityID]bool{}
	}
}

func (t *tally) rules(shown func(city.RuleID) bool) {
	reach := Reach(t.version.Rules)
	for _, r := range t.version.Rules {
		if shown != nil && !shown(r.ID()) {
			continue
		}
		f := RuleFigures{Rule: r.ID(), Title: Text(r.Title()), Type: r.Entity(), Severity: r.Severity().String(),
			Reach: reach[r.ID()].Minutes(), ByDay: make([]int, len(t.figures.ByDay)), Failures: t.out.Failures[r.ID()]}
		if t.out.First != 0 {
			f.WarmFrom = Time(t.out.First.Add(reach[r.ID()]))
		}
		if f.Title.EN == "" {
			f.Title = Text{ZH: r.Name(), EN: r.Name()}
		}
		t.figures.Rules = append(t.figures.Rules, f)
	}
	slices.SortFunc(t.figures.Rules, func(a, b RuleFigures) int { return cmp.Compare(a.Rule, b.Rule) })
	for i := range t.figures.Rules {
		t.order[t.figures.Rules[i].Rule] = i
	}
	t.minutes = make([][]float64, len(t.figures.Rules))
	t.onRule = make([]map[city.EntityID]bool, len(t.figures.Rules))
	for i := range t.onRule {
		t.onRule[i] = map[city.EntityID]bool{}
	}
}

func (t *tally) add(s *city.Situation) {
	k, shown := t.order[s.Rule]
	if !shown {
		return
	}
	r := Raised{Rule: s.Rule, Entity: s.Entity, Name: t.names[s.Entity], Raised: Time(s.RaisedAt), Cleared: Time(s.ClearedAt),
		Reason: s.RaisedReason, Ended: s.ClearedReason, Place: s.Place, Severity: s.Severity, Order: k}
	if !s.Up() {
		r.Minutes = s.ClearedAt.Sub(s.RaisedAt).Minutes()
	}
	at := t.areasOf(s.Place)
	for _, a := range at {
		if id := t.figures.Areas[a].ID; id != "" {
			r.Areas = append(r.Areas, id)
		}
	}
	f := &t.figures.Rules[k]
	switch {
	case s.RaisedAt < t.options.From:
		r.Phase = Before
		f.Before++
		t.figures.Before++
	case Time(s.RaisedAt) < f.WarmFrom:
		r.Phase = Cold
		f.Cold++
		t.figures.Cold++
	default:
		r.Phase = Warm
	}
	t.figures.Situations = append(t.figures.Situations, r)
	if r.Phase != Before {
		t.count(&r, f)
		t.place(at, &r)
	}
}

// count counts a situation that was raised in the window.
func (t *tally) count(r *Raised, f *RuleFigures) {
	t.figures.Raised++
	f.Raised++
	t.onRule[r.Order][r.Entity] = true
	if r.Cleared == 0 {
		f.UpAtEnd++
		t.figures.UpAtEnd++
	} else {
		t.minutes[r.Order] = append(t.minutes[r.Order], r.Minutes)
	}
	local := city.Instant(r.Raised).Time().In(t.zone)
	day := t.date[local.Format(time.DateOnly)]
	t.figures.ByDay[day].Raised++
	t.figures.ByDay[day].BySeverity[r.Severity]++
	f.ByDay[day]++
	f.ByHour[local.Hour()]++
	t.figures.ByHour[(int(local.Weekday())+6)%7][local.Hour()]++
}

func (t *tally) place(areas []int, r *Raised) {
	end := r.Cleared
	if end == 0 {
		end = Time(t.options.Until)
	}
	for _, a := range areas {
		f := &t.figures.Areas[a]
		f.Raised++
		f.ByRule[r.Order]++
		f.HoursUp += city.Instant(end).Sub(city.Instant(r.Raised)).Hours()
		t.inArea[a][r.Entity] = true
	}
}

// areasOf lists the areas in which the middle of a place lies; the last stands
// for none.
func (t *tally) areasOf(p *city.Place) []int {
	var in []int
	if p != nil && len(p.Points) > 0 {
		middle := p.Center()
		for i := range t.version.City.Areas {
			if a := &t.version.City.Areas[i]; a.Place != nil && a.Place.DistanceFrom(middle) == 0 {
				in = append(in, i)
			}
		}
	}
	if in == nil {
		in = []int{len(t.version.City.Areas)}
	}
	return in
}

func (t *tally) finish() {
	f := &t.figures
	for i := range f.Rules {
		r := &f.Rules[i]
		r.Durations = SpreadOf(t.minutes[i])
		r.Entities = len(t.onRule[i])
		r.PerDay = math.Round(float64(r.Raised)/max(f.Days, 1e-9)*100) / 100
	}
	for i := range f.Areas {
		f.Areas[i].Entities = len(t.inArea[i])
	}
	if last := len(f.Areas) - 1; f.Areas[last].Raised == 0 {
		f.Areas = f.Areas[:last]
	}
}

// Reach is how far back each rule looks, with what the rules do whose situations
// it joins: what it raises sooner after the first reading may be cold.
func Reach(rules []*rule.Rule) map[city.RuleID]time.Duration {
	own := map[city.RuleID]time.Duration{}
	for _, r := range rules {
		own[r.ID()] = lookBack(r)
	}
	for range rules { // a chain of joins is no longer than the rules
		for _, r := range rules {
			for _, joined := range rules {
				if joins(r, joined) {
					own[r.ID()] = max(own[r.ID()], own[joined.ID()])
				}
			}
		}
	}
	return own
}

// Text is a text in the languages of the program.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// In is the text in a language.
func (t Text) In(language string) string {
	if language == "zh" {
		return t.ZH
	}
	return t.EN
}

// Time is an instant as RFC 3339 in UTC; zero is left out.
type Time city.Instant

// MarshalText implements encoding.TextMarshaler.
func (t Time) MarshalText() ([]byte, error) {
	if t == 0 {
		return nil, nil
	}
	return city.Instant(t).AppendTo(nil), nil
}

// Instant is the moment.
func (t Time) Instant() city.Instant { return city.Instant(t) }

func (t Time) String() string { return fmt.Sprint(city.Instant(t)) }
