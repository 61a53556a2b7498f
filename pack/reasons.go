package pack

import (
	"maps"
	"slices"

	"citybrain/city"
	"citybrain/rule"
)

// reasons are the texts of gives.reasons.
func (m *manifest) reasons() map[string]city.Names {
	if len(m.Gives.Reasons) == 0 {
		return nil
	}
	out := make(map[string]city.Names, len(m.Gives.Reasons))
	for word, text := range m.Gives.Reasons {
		out[word] = text.Names()
	}
	return out
}

// reasonsOf are the words that a rule gives as reasons in the place of the
// engine's. data-fault is the engine's own, whoever writes it.
func reasonsOf(r *rule.Rule) []string {
	var words []string
	own := r.Spec().Reasons
	for _, word := range []string{own.Raised, own.Cleared, own.Unless} {
		if word != "" && word != rule.ReasonDataFault && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// checkReasons says which texts of gives.reasons no rule has a use for.
func (p *Pack) checkReasons() city.Faults {
	var used []string
	for _, r := range p.Rules {
		used = append(used, reasonsOf(r)...)
	}
	var fs city.Faults
	for _, word := range slices.Sorted(maps.Keys(p.manifest.Gives.Reasons)) {
		text := p.manifest.Gives.Reasons[word]
		fs = append(fs, text.Check()...)
		if !slices.Contains(used, word) && !p.lostRule && len(p.Rules) == len(p.situations) {
			fs = append(fs, text.Fault("", "unused-reason", "remove it, or write it under reasons in a rule", "no rule gives the reason %s", word))
		}
	}
	return fs
}

// Reasons are what people read instead of the reasons that are the rule's own;
// those without a text are left out.
func (c *City) Reasons(r *rule.Rule) map[string]city.Names {
	out := map[string]city.Names{}
	for _, p := range c.Packs {
		if !slices.Contains(p.Rules, r) {
			continue
		}
		for _, word := range reasonsOf(r) {
			if text, ok := p.Gives.Reasons[word]; ok {
				out[word] = text
			}
		}
	}
	return out
}
