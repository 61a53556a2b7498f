package casework

import "citybrain/city"

var needTexts = map[need]city.Names{
	needText:   {ZH: "请填写说明", EN: "write a text: the reason, the order or the report"},
	needAgency: {ZH: "请指定单位", EN: "name the agency"},
	needInto:   {ZH: "请指定并入的案件", EN: "name the case it is merged into"},
	needFile:   {ZH: "请附上文件", EN: "add the file"},
}

// lacks refuses a command that does not carry what its line needs.
func (t *turn) lacks(l *line) *Refusal {
	for _, n := range l.needs {
		if !t.carries(n) {
			return lacking(string(n), GuardNeeds, needTexts[n])
		}
	}
	return nil
}

func (t *turn) carries(n need) bool {
	c := t.cmd
	switch n {
	case needText:
		if c.Verb == Dispatch || c.Verb == Assist {
			return c.order() != "" || c.ordered(c.Agency) && !lacksOrder(c)
		}
		return c.Text != ""
	case needAgency:
		return c.Agency != ""
	case needInto:
		return c.Into != ""
	case needFile:
		return c.File != nil
	}
	return true // assisting agencies may be none
}

// ordered says whether the command's orders have a text for the agency.
func (c *Command) ordered(a city.AgencyID) bool {
	o := c.orderOf(a)
	return o != nil && o.Text != city.Names{}
}

func lacksOrder(c *Command) bool {
	for _, a := range c.Assists {
		if !c.ordered(a) {
			return true
		}
	}
	return false
}

func (c *Command) orderOf(a city.AgencyID) *Order {
	for i := range c.Orders {
		if c.Orders[i].Agency == a {
			return &c.Orders[i]
		}
	}
	return nil
}

// check refuses a command whose texts or values cannot be, whatever the case.
func (c *Command) check() *Refusal {
	if r := firstOf(checkText("text", c.Text, MaxText, true), checkText("order", c.Order, MaxText, true),
		checkText("into", string(c.Into), MaxName, false), checkText("agency", string(c.Agency), MaxName, false)); r != nil {
		return r
	}
	if len(c.Assists) > MaxAssists {
		return lacking("assists", GuardValue, city.Names{ZH: "协办单位过多", EN: "too many assisting agencies"})
	}
	for _, a := range c.Assists {
		if a == "" {
			return lacking("assists", GuardValue, city.Names{ZH: "协办单位为空", EN: "an assisting agency has no name"})
		}
		if r := checkText("assists", string(a), MaxName, false); r != nil {
			return r
		}
	}
	for i := range c.Orders {
		o := &c.Orders[i]
		if r := firstOf(checkText("orders", o.Text.ZH, MaxText, true), checkText("orders", o.Text.EN, MaxText, true)); r != nil {
			return r
		}
	}
	if c.File != nil {
		return c.File.check()
	}
	return nil
}
