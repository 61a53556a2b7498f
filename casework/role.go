package casework

import (
	"slices"

	"citybrain/city"
)

// role is who may make a move, as the table says it: it becomes people once
// there is a case.
type role uint8

const (
	officer        role = iota + 1 // the duty officer
	program                        // the program: a procedure, or what has happened meanwhile
	ofTask                         // a dispatcher or handler of the agency whose task is meant
	leadDispatcher                 // a dispatcher of the lead agency
	involved                       // a dispatcher or handler of an agency with a task, or of the one that reported the case
	anyDispatcher                  // a dispatcher of any agency
)

var roleNames = map[role]city.Names{
	officer:        {ZH: "值班长", EN: "duty officer"},
	program:        {ZH: "程序", EN: "program"},
	ofTask:         {ZH: "任务单位的调度员或处置人员", EN: "dispatcher or handler of the task's agency"},
	leadDispatcher: {ZH: "主办单位的调度员", EN: "dispatcher of the lead agency"},
	involved:       {ZH: "有任务或上报该案的单位的调度员、处置人员", EN: "dispatcher or handler of an agency with a task or that reported it"},
	anyDispatcher:  {ZH: "任一单位的调度员", EN: "dispatcher of any agency"},
}

// openers may report a case.
var openers = []Who{{Duty: city.DutyOfficer}, {Duty: city.Dispatcher}, {}}

// who lists who has the roles in a case. Nobody dispatches for the lead agency
// before there is one: unknown is then true.
func (c *Case) who(roles []role, agency city.AgencyID) (list []Who, unknown bool) {
	for _, r := range roles {
		switch r {
		case officer:
			list = append(list, Who{Duty: city.DutyOfficer})
		case program:
			list = append(list, Who{})
		case anyDispatcher:
			list = append(list, Who{Duty: city.Dispatcher})
		case ofTask:
			list = append(list, Who{city.Dispatcher, agency}, Who{city.Handler, agency})
		case leadDispatcher:
			if lead := c.Lead(); lead != nil {
				list = append(list, Who{city.Dispatcher, lead.Agency})
			} else {
				unknown = true
			}
		case involved:
			list = append(list, c.involved()...)
		}
	}
	return list, unknown
}

func (c *Case) involved() (list []Who) {
	if c.By != "" && c.task(c.By) == nil {
		list = append(list, Who{city.Dispatcher, c.By}, Who{city.Handler, c.By})
	}
	for i := range c.Tasks {
		if a := c.Tasks[i].Agency; c.task(a) == &c.Tasks[i] {
			list = append(list, Who{city.Dispatcher, a}, Who{city.Handler, a})
		}
	}
	return list
}

// acting is the post in which the actor may do what is open to list; the
// program acts in none.
func acting(a *city.Actor, list []Who) (city.Post, *Refusal) {
	for _, w := range list {
		if w.Duty == "" {
			if a.Program != "" {
				return city.Post{}, nil
			}
			continue
		}
		for _, p := range a.Posts {
			if a.Program == "" && a.Account != "" && p.Duty == w.Duty && (w.Agency == "" || w.Agency == p.Agency) {
				return p, nil
			}
		}
	}
	return city.Post{}, wrongRole(list)
}

// dutiesEN and dutiesZH say which duties of agencies a list names; the agencies
// stand where %s is.
func dutiesEN(list []Who) string {
	if handlers(list) {
		return ", a dispatcher or handler of %s"
	}
	return ", a dispatcher of %s"
}

func dutiesZH(list []Who) string {
	if handlers(list) {
		return "、%s的调度员或处置人员"
	}
	return "、%s的调度员"
}

func handlers(list []Who) bool {
	return slices.ContainsFunc(list, func(w Who) bool { return w.Duty == city.Handler && w.Agency != "" })
}

func wrongRole(list []Who) *Refusal {
	zh, en := "", ""
	var agencies []city.AgencyID
	for _, w := range list {
		switch {
		case w.Duty == city.DutyOfficer:
			zh, en = zh+"、值班长", en+", the duty officer"
		case w.Duty != "" && w.Agency == "":
			zh, en = zh+"、各单位调度员", en+", a dispatcher"
		case w.Duty != "" && (len(agencies) == 0 || agencies[len(agencies)-1] != w.Agency):
			agencies = append(agencies, w.Agency)
		}
	}
	if len(agencies) > 0 {
		zh, en = zh+dutiesZH(list), en+dutiesEN(list)
	}
	text := city.Names{ZH: "该操作由以下人员进行：" + trimMark(zh, "、"), EN: "this is done by: " + trimMark(en, ", ")}
	if zh == "" {
		text = city.Names{ZH: "该操作由程序进行", EN: "only the program does this"}
	}
	r := refuse(city.Denied, GuardRole, text, agencies...)
	r.Who = list
	return r
}
