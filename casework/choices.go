package casework

import (
	"slices"

	"citybrain/city"
)

// Choice is one move as a page offers it to a person: open to them, or why not
// and to whom.
type Choice struct {
	Verb    Verb
	Agency  city.AgencyID // whose task, of moves about a task
	Allowed bool
	Guard   Guard      // why not
	Text    city.Names // the same in words
	Who     []Who      // who could
	Needs   []string   // what the command must carry: text, agency, assists (may be empty), into, file
	May     []string   // what it may carry besides

	agencies []city.AgencyID
	form     city.Names
}

// Choices lists every move that a person can ask for, in the order of the
// table: for moves about a task, one for each task that binds its agency or is
// done. A move that is allowed here is refused later only for what its command
// carries or because the case has changed.
func Choices(c *Case, actor city.Actor, now city.Instant) []Choice {
	var list []Choice
	for i := range table {
		verb := table[i].verb
		if slices.Contains(inner, verb) || slices.ContainsFunc(table[:i], func(l line) bool { return l.verb == verb }) {
			continue
		}
		if _, aboutTask := isVerb(verb); !aboutTask {
			list = append(list, c.choice(verb, "", actor, now))
			continue
		}
		for j := range c.Tasks {
			a := c.Tasks[j].Agency
			if c.task(a) == &c.Tasks[j] && len(linesOf(verb, seatOf(&c.Tasks[j]))) > 0 {
				list = append(list, c.choice(verb, a, actor, now))
			}
		}
	}
	return list
}

func seatOf(t *Task) seat {
	if t.Lead {
		return leadSeat
	}
	return assistSeat
}

func (c *Case) choice(verb Verb, agency city.AgencyID, actor city.Actor, now city.Instant) Choice {
	t := &turn{c: *c, cmd: &Command{Verb: verb, Actor: actor, Agency: agency}, now: now}
	at := noSeat
	if agency != "" {
		at = t.findTask()
	}
	l, r := t.choose(at)
	if r == nil {
		r = l.refuses(t)
	}
	if l == nil {
		l = linesOf(verb, at)[0]
	}
	out := Choice{Verb: verb, Agency: agency, Allowed: r == nil, Needs: needNames(l.needs), May: needNames(l.may)}
	out.Who, _ = c.who(l.who, agency)
	if r != nil {
		out.Guard, out.Text, out.agencies, out.form = r.Guard, r.Text, r.Agencies, r.form
		if len(r.Who) > 0 {
			out.Who = r.Who
		}
	}
	return out
}

func needNames(needs []need) []string {
	var names []string
	for _, n := range needs {
		names = append(names, string(n))
	}
	return names
}

// Named is the choice with agencies called by their names instead of their ids.
func (c Choice) Named(name func(city.AgencyID) city.Names) Choice {
	if c.Guard != "" {
		c.Text = fill(c.form, c.agencies, name)
	}
	return c
}
