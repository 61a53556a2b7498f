package backtest

import (
	"slices"
	"time"

	"citybrain/city"
	"citybrain/rule"
	"citybrain/rule/detect"
)

// lookBack is how long before an instant the readings lie on which a rule's own
// conditions may depend: its longest named value, and then its hold, sequence or
// count. A window of a number of readings reaches as far as these do, which
// nobody can say beforehand: it counts as nothing.
func lookBack(r *rule.Rule) time.Duration {
	spec := r.Spec()
	var values time.Duration
	for _, l := range spec.Let {
		values = max(values, letReach(&l))
	}
	var steps time.Duration
	for i := range spec.Sequence {
		steps += spec.Sequence[i].Within
	}
	hold := max(spec.For, spec.Absent, steps)
	if spec.Repeat != nil {
		hold = max(hold, spec.Repeat.Within)
	}
	if spec.Dwell != nil {
		hold = max(hold, spec.Dwell.For)
	}
	return values + hold
}

const oneDay = 24 * time.Hour

// letReach is how far back a named value looks.
func letReach(l *rule.Let) time.Duration {
	if season := seasonOf(l); season != "" {
		shape := detect.Shape{Kind: detect.Seasonal, Seasons: max(l.Seasons, l.Weeks, l.Days)}
		shape.Season, _ = detect.ParseSeason(season)
		days := shape.Filled().Seasons
		switch season {
		case "weekday": // five of seven
			days = (days*7 + 4) / 5
		case "week":
			days *= 7
		}
		return time.Duration(days) * oneDay
	}
	if kind, ok := detect.ParseKind(l.Detector); ok && kind.Counts() {
		shape := detect.Shape{Kind: kind, Window: l.Window.Count, Period: l.Period}.Filled()
		return time.Duration(shape.Window+3) * shape.Period // C2 and C3 leave out two periods, C3 adds up three
	}
	reach := max(l.Window.Time, l.Longest, l.Relearn)
	for _, o := range []*rule.Others{l.Count, l.Nearest, l.Near, l.Match, l.Related, l.Back, l.Among} {
		if o != nil {
			reach = max(reach, o.Age)
		}
	}
	return reach + l.Before
}

func seasonOf(l *rule.Let) string {
	if l.Baseline != "" {
		return l.Baseline
	}
	return l.Season
}

// joins says whether a rule asks for situations of another.
func joins(r, other *rule.Rule) bool {
	return slices.Contains(situationsOf(r), other.Name()) || slices.Contains(situationsOf(r), string(other.ID()))
}

// situationsOf names the situations that a rule asks for.
func situationsOf(r *rule.Rule) []string {
	spec := r.Spec()
	names := slices.Clone(spec.Except)
	if spec.Near != nil {
		names = append(names, spec.Near.Situation)
	}
	if spec.Related != nil {
		names = append(names, spec.Related.Situation)
	}
	names = append(names, joined(spec.Any)...)
	names = append(names, joined(spec.All)...)
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

func joined(list []rule.Join) []string {
	var names []string
	for i := range list {
		j := &list[i]
		if j.Near != nil {
			names = append(names, j.Near.Situation)
		}
		if j.Related != nil {
			names = append(names, j.Related.Situation)
		}
		names = append(names, joined(j.Any)...)
		names = append(names, joined(j.All)...)
	}
	return names
}

// Chosen are the rules of the names, "rule" or "pack/rule", with those whose
// situations they ask for; shown says which of them were named. The error names
// a rule that is not there.
func Chosen(rules []*rule.Rule, names []string) (run []*rule.Rule, shown func(city.RuleID) bool, err error) {
	if len(names) == 0 {
		return rules, nil, nil
	}
	named, wanted := map[city.RuleID]bool{}, map[city.RuleID]bool{}
	for _, name := range names {
		found := false
		for _, r := range rules {
			if r.Name() == name || string(r.ID()) == name {
				named[r.ID()], wanted[r.ID()], found = true, true, true
			}
		}
		if !found {
			return nil, nil, city.InvalidField("backtest.Chosen", "rules", "there is no rule %q; there are %s", name, namesOf(rules))
		}
	}
	for range rules {
		for _, r := range rules {
			for _, other := range rules {
				if wanted[r.ID()] && joins(r, other) {
					wanted[other.ID()] = true
				}
			}
		}
	}
	for _, r := range rules {
		if wanted[r.ID()] {
			run = append(run, r)
		}
	}
	return run, func(id city.RuleID) bool { return named[id] }, nil
}

func namesOf(rules []*rule.Rule) string {
	text := ""
	for i, r := range rules {
		if i > 0 {
			text += ", "
		}
		text += string(r.ID())
	}
	return text
}
