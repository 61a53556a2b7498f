package pack

import (
	"slices"
	"strings"

	"citybrain/catalog"
	"citybrain/city"
)

// naming is a place where a pack names a situation of another pack, which can
// only be checked with the city.
type naming struct {
	rule city.RuleID
	at   city.Fault // what to say if no rule of the city has the id
}

// ruleID is the rule that a name means in this pack: one without a pack is of
// this one.
func (p *Pack) ruleID(name string) city.RuleID {
	if strings.Contains(name, "/") {
		return city.RuleID(name)
	}
	return city.RuleID(p.Name + "/" + name)
}

// nameSituation is the rule that a file of the pack names somewhere, and what is
// wrong with the name.
func (p *Pack) nameSituation(name string, here faultAt) (city.RuleID, city.Faults) {
	id := p.ruleID(name)
	local, ours := strings.CutPrefix(string(id), p.Name+"/")
	if !ours {
		p.namings = append(p.namings, naming{id, here("unknown-situation", "enable the pack that gives it", "no rule of the city gives the situation %s", id)})
		return id, nil
	}
	if p.lostRule || slices.Contains(p.situations, local) {
		return id, nil
	}
	return id, city.Faults{here("unknown-situation", catalog.DidYouMean(local, p.situations), "no rule of the pack gives the situation %q", local)}
}

// checkNamings says which situations of other packs the packs of the city name
// that the city does not have.
func (c *City) checkNamings() city.Faults {
	var fs city.Faults
	for _, p := range c.Packs {
		for _, n := range p.namings {
			if !slices.ContainsFunc(c.Packs, func(q *Pack) bool { return q.gives(n.rule) }) {
				fs = append(fs, n.at)
			}
		}
	}
	return fs
}

// gives says whether a rule of the pack has the id. A pack whose rules could not
// all be read may give anything of its own.
func (p *Pack) gives(id city.RuleID) bool {
	local, ours := strings.CutPrefix(string(id), p.Name+"/")
	return ours && (p.lostRule || slices.Contains(p.situations, local))
}
