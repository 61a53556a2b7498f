package pack

import (
	"citybrain/alarm"
	"citybrain/catalog"
	"citybrain/city"
)

// alarmsFile is the alarm file of a city definition; those of a pack lie in its
// folder alarms/.
const (
	alarmsFile   = "alarms.yaml"
	alarmsFolder = "alarms"
)

// Alarms say what of the situations of all rules is announced. With faults they
// are those of no file.
func (c *City) Alarms() *alarm.Config { return c.alarms }

// readAlarms reads the alarm files of a pack, whose rules have been read.
func (p *Pack) readAlarms(files []document) city.Faults {
	var fs city.Faults
	for _, d := range files {
		f, named, faults := alarm.Parse(p.Name, d.file, d.data)
		var more city.Faults
		for _, n := range named {
			_, wrong := p.nameSituation(n.Name, at(d.file, n.Line))
			more = append(more, wrong...)
		}
		fs = append(fs, faults.Besides(more)...)
		p.Alarms = append(p.Alarms, f)
	}
	if len(fs) == 0 { // within the pack; what closes a circle over several is for the city to find
		_, fs = alarm.Compile(p.Alarms, p.ruleIDs(), nil)
	}
	return fs
}

func (p *Pack) ruleIDs() []city.RuleID {
	ids := make([]city.RuleID, len(p.Rules))
	for i, r := range p.Rules {
		ids[i] = r.ID()
	}
	return ids
}

// compileAlarms compiles the alarm files of all packs and the city's own, which
// stand behind them, for the city.
func (c *City) compileAlarms(own []document) city.Faults {
	var files []alarm.File
	var rules []city.RuleID
	lost := false
	for _, p := range c.Packs {
		files, rules = append(files, p.Alarms...), append(rules, p.ruleIDs()...)
		lost = lost || p.lostRule
	}
	var fs city.Faults
	for _, d := range own {
		f, named, faults := alarm.Parse("", d.file, d.data)
		var more city.Faults
		for _, n := range named {
			if !lost && !c.gives(city.RuleID(n.Name)) {
				more = append(more, at(d.file, n.Line)("unknown-situation", catalog.DidYouMean(n.Name, textsOf(rules)), "no rule of the city gives the situation %s", n.Name))
			}
		}
		fs = append(fs, faults.Besides(more)...)
		files = append(files, f)
	}
	areas := make([]alarm.Area, 0, len(c.Areas))
	for _, a := range c.Areas {
		areas = append(areas, alarm.Area{ID: a.ID, Place: a.Place})
	}
	if len(fs) > 0 {
		files = nil
	}
	config, faults := alarm.Compile(files, rules, areas)
	c.alarms = config
	return append(fs, faults...)
}

func (c *City) gives(id city.RuleID) bool {
	for _, p := range c.Packs {
		if p.gives(id) {
			return true
		}
	}
	return false
}

func textsOf(ids []city.RuleID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return out
}
