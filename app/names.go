package app

import (
	"slices"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/model"
)

// mostNamed is how many entities a word of a search may name: cases about more
// are found by their own words alone.
const mostNamed = 1000

// nameAttribute is where the data standards have what an entity is called.
const nameAttribute city.AttributeName = "name"

// named lists for each word the entities in whose name it is.
func (a *App) named(words []string) [][]city.EntityID {
	found := make([][]city.EntityID, len(words))
	a.present.Query(model.Query{Attrs: []city.AttributeName{nameAttribute}, Limit: 1, Match: func(e *city.Entity) bool {
		name := nameOf(e)
		for i, word := range words {
			if name != "" && casework.Names(name, word) {
				found[i] = append(found[i], e.ID)
			}
		}
		return false
	}})
	for i := range found {
		slices.Sort(found[i])
		found[i] = found[i][:min(len(found[i]), mostNamed)]
	}
	return found
}

// nameOf is what an entity is called, "" if its data does not say.
func nameOf(e *city.Entity) string {
	if a := e.Attribute(nameAttribute); a != nil {
		return a.Value.Text
	}
	return ""
}
