package model

import (
	"slices"

	"citybrain/city"
)

// amend makes c the patch that an amendment stands for: with what c does not
// state of attributes taken from those the draft has.
func (k *worker) amend(c *city.Change, d *draft) {
	c.Op, c.Attributes = city.OpPatch, slices.Clone(c.Attributes)
	for i := range c.Attributes {
		if now := k.drafted(d, c.Attributes[i].Name); now != nil {
			complete(&c.Attributes[i], now)
		}
	}
}

// complete gives a the unit and the attributes of now that a does not state.
// The observation time belongs to the value and stays behind with it.
func complete(a, now *city.Attribute) {
	if a.Unit == "" && a.Value.Kind == city.Number && now.Value.Kind == city.Number {
		a.Unit = now.Unit
	}
	stated := a.Sub
	for i := range now.Sub {
		same := func(s city.Attribute) bool { return s.Name == now.Sub[i].Name }
		if !slices.ContainsFunc(stated, same) {
			a.Sub = append(slices.Clip(a.Sub), now.Sub[i])
		}
	}
}
