package cases

import (
	"citybrain/api/form"
	"citybrain/casework"
)

// CaseList is a page of cases.
type CaseList struct {
	Cases []form.Case `json:"cases"`
	Next  string      `json:"next,omitempty" doc:"Hand it in as after for the next page; absent on the last"`
	Total int         `json:"total" doc:"How many cases the query has, on all pages" example:"137"`
}

// CaseDetail is a case, what was done with it and what its reader can do.
type CaseDetail struct {
	Case    form.Case    `json:"case"`
	Moves   []form.Move  `json:"moves" doc:"The timeline, oldest first"`
	Choices []Choice     `json:"choices" doc:"Every move one could ask for: open to the reader, or why not and to whom"`
	Orders  []Order      `json:"orders" doc:"What the case's procedure asks of which agency, the lead's first: a proposal to whoever dispatches. Empty for a case without a procedure and for one that is closed"`
	Checks  []form.Names `json:"checks" doc:"What must be so before the case is closed, for whoever checks it"`
}

// Order is what a procedure asks of an agency.
type Order struct {
	Agency string     `json:"agency,omitempty" doc:"Absent where nobody is known who could lead" example:"road-authority"`
	Text   form.Names `json:"text"`
}

// Choice is one move as a page offers it.
type Choice struct {
	Verb    string      `json:"verb" enum:"report,file,refuse,dispatch,assist,withdraw,accept,return,finish,redo,check,reject,close,reopen,merge,note,attach"`
	Agency  string      `json:"agency,omitempty" doc:"Whose task it is about"`
	Allowed bool        `json:"allowed"`
	Guard   string      `json:"guard,omitempty" doc:"Why not: the rule that refuses" example:"assisting-open"`
	Text    *form.Names `json:"text,omitempty" doc:"Why not, in words"`
	Who     []form.Who  `json:"who" doc:"Who could"`
	Needs   []string    `json:"needs" enum:"text,agency,assists,into,file" doc:"What the move must carry"`
	May     []string    `json:"may" enum:"text,agency,assists,into,file" doc:"What it may carry besides"`
}

// NewCaseRequest reports something that is wrong.
type NewCaseRequest struct {
	Key      string         `json:"key,omitempty" maxLength:"64" pattern:"^[A-Za-z0-9-]*$" doc:"Made by the client for this one report. Sent again with it, as when no answer came, the report opens no second case: the answer is the first" example:"3f8a1c72-5d0e-4b1f-9c36-7be2a4d81f05"`
	Kind     string         `json:"kind,omitempty" maxLength:"200" doc:"general if absent" example:"road-damage"`
	Title    form.Names     `json:"title" doc:"In both languages of the console; say it twice if there is only one"`
	Text     string         `json:"text" maxLength:"100000" doc:"What was seen"`
	Severity string         `json:"severity" enum:"minor,moderate,major,critical"`
	Place    *form.Geometry `json:"place,omitempty"`
	Entity   string         `json:"entity,omitempty" maxLength:"512" doc:"What it is about, if it is in the model"`
}

// MoveRequest is one thing that somebody wants done with a case.
type MoveRequest struct {
	Verb    string   `json:"verb" enum:"file,refuse,dispatch,assist,withdraw,accept,return,finish,redo,check,reject,close,reopen,merge,note"`
	Version int64    `json:"version" minimum:"1" doc:"The case's version that was seen; if it has changed, nothing is done and the problem says what changed" example:"4"`
	Agency  string   `json:"agency,omitempty" maxLength:"512" doc:"Whose task; the lead of dispatch"`
	Assists []string `json:"assists,omitempty" maxItems:"100" doc:"Of dispatch: the assisting agencies"`
	Order   string   `json:"order,omitempty" maxLength:"100000" doc:"Of dispatch and assist: what is asked; without it the procedure's orders are given"`
	Text    string   `json:"text,omitempty" maxLength:"100000" doc:"Reason, report or note"`
	Into    string   `json:"into,omitempty" maxLength:"64" doc:"Of merge: the case in which it goes on"`
}

func ordersOf(list []casework.Order) []Order {
	out := make([]Order, len(list))
	for i := range list {
		out[i] = Order{string(list[i].Agency), form.NamesOf(list[i].Text)}
	}
	return out
}

func choicesOf(list []casework.Choice) []Choice {
	out := make([]Choice, len(list))
	for i := range list {
		c := &list[i]
		out[i] = Choice{Verb: string(c.Verb), Agency: string(c.Agency), Allowed: c.Allowed, Guard: string(c.Guard), Who: make([]form.Who, len(c.Who)), Needs: c.Needs, May: c.May}
		if !c.Allowed {
			text := form.NamesOf(c.Text)
			out[i].Text = &text
		}
		for k, w := range c.Who {
			out[i].Who[k] = form.Who{Duty: string(w.Duty), Agency: string(w.Agency)}
		}
	}
	return out
}
