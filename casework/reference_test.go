package casework_test

import (
	"strings"

	"citybrain/casework"
	"citybrain/city"
)

// reference is a case as slow and simple as can be: words, and for each verb the
// rules of the guide as sentences. It is written without looking at the table.
type reference struct {
	state   string
	outcome string
	lead    city.AgencyID
	tasks   map[city.AgencyID]string // "waiting", "handling", "done"; gone ones are not in it
	by      city.AgencyID
	version int64
	files   int
	from    map[casework.CaseID]bool
	cleared bool
	touched bool
}

// denied, conflict and invalid are what the reference answers instead of "".
const (
	denied   = "denied"
	conflict = "conflict"
	invalid  = "invalid"
)

func is(a *city.Actor, duties string, agency city.AgencyID) bool {
	for _, p := range a.Posts {
		if a.Program == "" && strings.Contains(duties, string(p.Duty)) && (p.Agency == agency || p.Duty == city.DutyOfficer) {
			return true
		}
	}
	return false
}

const (
	dutyOfficer = "duty-officer"
	staff       = "dispatcher or handler"
)

func (r *reference) openTasks(except city.AgencyID) (n int) {
	for a, state := range r.tasks {
		if a != except && state != "done" {
			n++
		}
	}
	return n
}

func (r *reference) in(states string) bool { return strings.Contains(" "+states+" ", " "+r.state+" ") }

const unclosed = "reported filed dispatched handling handled checked"

// do makes the move or answers why not.
func (r *reference) do(cmd *casework.Command) string {
	if cmd.Actor.Program == "" && cmd.Verb != casework.Absorb && cmd.Version != r.version {
		if cmd.Version <= 0 {
			return invalid
		}
		return conflict
	}
	why := r.judge(cmd)
	if why == "" {
		r.version++
		r.touched = r.touched || cmd.Actor.Program == ""
	}
	return why
}

func (r *reference) judge(cmd *casework.Command) string {
	switch cmd.Verb {
	case casework.Accept, casework.Return, casework.Finish, casework.Redo, casework.Withdraw:
		return r.judgeTask(cmd)
	case casework.Note, casework.Attach:
		return r.judgeNote(cmd)
	case casework.Cleared:
		return r.judgeCleared(cmd)
	case casework.Close:
		return r.judgeClose(cmd)
	}
	byLead := cmd.Verb == casework.Assist && r.lead != "" && is(&cmd.Actor, "dispatcher", r.lead)
	byProgram := cmd.Actor.Program != "" && (cmd.Verb == casework.FileCase || cmd.Verb == casework.Dispatch)
	if !is(&cmd.Actor, dutyOfficer, "") && !byLead && !byProgram {
		return denied
	}
	switch cmd.Verb {
	case casework.FileCase, casework.Refuse, casework.Dispatch, casework.Assist:
		return r.judgeEarly(cmd)
	}
	return r.judgeLate(cmd)
}

func (r *reference) judgeEarly(cmd *casework.Command) string {
	switch cmd.Verb {
	case casework.FileCase:
		return r.step("reported", "filed", "x")
	case casework.Refuse:
		if r.in("reported filed") && r.openTasks("") > 0 {
			return conflict
		}
		if why := r.step("reported filed", "closed", cmd.Text); why != "" {
			return why
		}
		r.outcome = "not-accepted"
	case casework.Dispatch:
		if !r.in("filed") {
			return conflict
		}
		for i, a := range cmd.Assists {
			for _, b := range append([]city.AgencyID{cmd.Agency}, cmd.Assists[:i]...) {
				if a == b {
					return invalid
				}
			}
		}
		for _, a := range cmd.Assists {
			if r.tasks[a] != "" {
				return conflict
			}
		}
		if cmd.Agency == "" || cmd.Text == "" {
			return invalid
		}
		r.state, r.lead = "dispatched", cmd.Agency
		for _, a := range append([]city.AgencyID{cmd.Agency}, cmd.Assists...) {
			r.tasks[a] = "waiting"
		}
	case casework.Assist:
		switch {
		case !r.in("dispatched handling"):
			return conflict
		case r.tasks[cmd.Agency] != "":
			return conflict
		case cmd.Agency == "" || cmd.Text == "":
			return invalid
		}
		r.tasks[cmd.Agency] = "waiting"
	}
	return ""
}

func (r *reference) judgeLate(cmd *casework.Command) string {
	switch cmd.Verb {
	case casework.Check:
		if r.in("handled") && r.openTasks("") > 0 {
			return conflict
		}
		return r.step("handled", "checked", "x")
	case casework.Reject:
		if why := r.step("handled", "handling", cmd.Text); why != "" {
			return why
		}
		r.tasks[r.lead] = "handling"
	case casework.Reopen:
		if r.outcome == "merged" {
			return conflict
		}
		if why := r.step("closed", "filed", cmd.Text); why != "" {
			return why
		}
		if r.outcome = ""; r.lead != "" {
			r.state, r.tasks[r.lead] = "handling", "handling"
		}
	case casework.Merge:
		if r.in(unclosed) && cmd.Into == theCase {
			return invalid
		}
		if why := r.step(unclosed, "closed", string(cmd.Into)); why != "" {
			return why
		}
		r.outcome = "merged"
		r.dropOpen()
	case casework.Absorb:
		switch {
		case !r.in(unclosed):
			return conflict
		case cmd.Into == theCase || cmd.Into == "":
			return invalid
		case r.from[cmd.Into]:
			return conflict
		}
		r.from[cmd.Into] = true
	}
	return ""
}

func (r *reference) dropOpen() {
	for a, state := range r.tasks {
		if state != "done" {
			delete(r.tasks, a)
			if a == r.lead {
				r.lead = ""
			}
		}
	}
}

func (r *reference) step(from, to, needs string) string {
	switch {
	case !r.in(from):
		return conflict
	case needs == "":
		return invalid
	}
	r.state = to
	return ""
}

func (r *reference) judgeTask(cmd *casework.Command) string {
	a, task := cmd.Agency, r.tasks[cmd.Agency]
	leads := a != "" && a == r.lead
	may := is(&cmd.Actor, staff, a) && !is(&cmd.Actor, dutyOfficer, "")
	for _, some := range agencies { // whose task was not said: anybody who has tasks is told to say it
		may = may || a == "" && is(&cmd.Actor, staff, some) && !is(&cmd.Actor, dutyOfficer, "")
	}
	if cmd.Verb == casework.Withdraw || cmd.Verb == casework.Redo {
		may = is(&cmd.Actor, dutyOfficer, "") || cmd.Verb == casework.Redo && r.lead != "" && is(&cmd.Actor, "dispatcher", r.lead)
	}
	atWork := "filed dispatched handling handled"
	if leads {
		atWork = "dispatched handling"
	}
	switch {
	case cmd.Verb == casework.Redo && leads:
		return conflict // sent back by reject
	case !may:
		return denied
	case task == "" && r.state != "closed" && a == "":
		return invalid
	case task == "" || !r.in(atWork):
		return conflict
	case cmd.Verb == casework.Accept && task != "waiting":
		return conflict
	case cmd.Verb == casework.Finish && (task != "handling" || leads && r.openTasks(a) > 0):
		return conflict
	case cmd.Verb == casework.Redo && task != "done":
		return conflict
	case (cmd.Verb == casework.Return || cmd.Verb == casework.Withdraw) && task == "done":
		return conflict
	case cmd.Text == "" && cmd.Verb != casework.Accept:
		return invalid
	}
	r.moveTask(cmd.Verb, a, leads)
	return ""
}

func (r *reference) moveTask(verb casework.Verb, a city.AgencyID, leads bool) {
	switch verb {
	case casework.Accept, casework.Redo:
		r.tasks[a] = "handling"
	case casework.Finish:
		r.tasks[a] = "done"
	default:
		delete(r.tasks, a)
	}
	if leads {
		r.state = map[casework.Verb]string{casework.Accept: "handling", casework.Finish: "handled", casework.Return: "filed", casework.Withdraw: "filed"}[verb]
		if r.state == "filed" {
			r.lead = ""
		}
	}
}

func (r *reference) judgeNote(cmd *casework.Command) string {
	may := is(&cmd.Actor, dutyOfficer, "")
	for _, a := range append([]city.AgencyID{r.by}, agencies...) {
		if (r.tasks[a] != "" || a == r.by) && !(cmd.Verb == casework.Note && r.state == "closed") {
			may = may || is(&cmd.Actor, staff, a)
		}
	}
	switch {
	case !may:
		return denied
	case cmd.Verb == casework.Note && cmd.Text == "":
		return invalid
	case cmd.Verb == casework.Note:
		return ""
	case r.state == "closed" || r.files > 0 && cmd.File != nil:
		return conflict
	case cmd.File == nil:
		return invalid
	}
	r.files++
	return ""
}

func (r *reference) judgeCleared(cmd *casework.Command) string {
	switch {
	case cmd.Actor.Program == "":
		return denied
	case cmd.Cleared.ID != theSituation:
		return invalid
	case r.cleared:
		return conflict
	}
	r.cleared = true
	if cmd.Cleared.ClearedReason == "data-fault" && !r.touched && r.state != "closed" {
		r.state, r.outcome = "closed", "data-fault"
		r.dropOpen()
	}
	return ""
}

func (r *reference) judgeClose(cmd *casework.Command) string {
	if r.lead == "" {
		return conflict
	}
	if !is(&cmd.Actor, "dispatcher", r.lead) || is(&cmd.Actor, dutyOfficer, "") {
		return denied
	}
	if why := r.step("checked", "closed", "x"); why != "" {
		return why
	}
	r.outcome = "solved"
	return ""
}
