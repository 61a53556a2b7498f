package form

import (
	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
)

// Case is a case as callers see it.
type Case struct {
	ID        string         `json:"id" example:"6f1e0c5ab1d1b6a6a1f8a5d2c4e7b90a"`
	Number    string         `json:"number" doc:"For people" example:"20140812-0003"`
	Version   int64          `json:"version" doc:"Moves so far; hand it in with the next one" example:"4"`
	Change    uint64         `json:"change" doc:"Numbers the changes of all cases; the stream resumes by it" example:"42"`
	Kind      string         `json:"kind" example:"garage-pressure"`
	Procedure string         `json:"procedure,omitempty" doc:"Which opened it, as pack/name; absent for one opened by hand" example:"parking-relief/garage-pressure"`
	Origin    string         `json:"origin" enum:"situation,officer"`
	By        string         `json:"by,omitempty" doc:"The agency that reported it by hand"`
	Title     Names          `json:"title"`
	Text      string         `json:"text,omitempty" doc:"What a person reported. Plain text: never markup"`
	Severity  string         `json:"severity" enum:"minor,moderate,major,critical" doc:"Blue, yellow, orange, red"`
	State     string         `json:"state" enum:"reported,filed,dispatched,handling,handled,checked,closed"`
	Place     *Geometry      `json:"place,omitempty"`
	Entity    string         `json:"entity,omitempty" doc:"What it is about, in the model" example:"urn:ngsi-ld:OffStreetParking:7"`
	Situation *SituationNote `json:"situation,omitempty" doc:"What opened it"`
	Lead      string         `json:"lead,omitempty" doc:"The lead agency, once it has one" example:"road-authority"`
	Tasks     []Task         `json:"tasks" doc:"The lead's first"`
	Deadline  string         `json:"deadline,omitempty" format:"date-time"`
	Overdue   bool           `json:"overdue" doc:"By the city's clock at the time of the answer"`
	OpenedAt  string         `json:"openedAt" format:"date-time"`
	ChangedAt string         `json:"changedAt" format:"date-time"`
	ClosedAt  string         `json:"closedAt,omitempty" format:"date-time"`
	Outcome   string         `json:"outcome,omitempty" enum:"solved,not-accepted,merged,data-fault"`
	Into      string         `json:"into,omitempty" doc:"The case in which it goes on"`
	From      []string       `json:"from" doc:"The cases that were merged into it"`
	Files     []File         `json:"files" doc:"Evidence, in order of arrival"`
}

// SituationNote is what a case knows of the situation that opened it.
type SituationNote struct {
	ID            string `json:"id"`
	Rule          string `json:"rule" example:"parking-relief/garage-pressure"`
	Type          string `json:"type" example:"garage-pressure"`
	RaisedAt      string `json:"raisedAt" format:"date-time"`
	ClearedAt     string `json:"clearedAt,omitempty" format:"date-time"`
	ClearedReason string `json:"clearedReason,omitempty"`
}

// Task is what one agency does in a case.
type Task struct {
	Agency     string `json:"agency" example:"parking-operator"`
	Lead       bool   `json:"lead"`
	State      string `json:"state" enum:"waiting,handling,done,returned,withdrawn"`
	Order      string `json:"order" doc:"What is asked of the agency"`
	Asked      *Names `json:"asked,omitempty" doc:"The same in both languages, where a procedure asks it"`
	Deadline   string `json:"deadline,omitempty" format:"date-time"`
	Overdue    bool   `json:"overdue"`
	GivenAt    string `json:"givenAt" format:"date-time"`
	AcceptedAt string `json:"acceptedAt,omitempty" format:"date-time"`
	DoneAt     string `json:"doneAt,omitempty" format:"date-time"`
	Report     string `json:"report,omitempty" doc:"What the agency says it has done, or why it gave the task back"`
}

// File is a piece of evidence.
type File struct {
	Hash    string    `json:"hash" doc:"SHA-256 of the content, in hex"`
	Media   string    `json:"media" doc:"Found by looking into it" example:"image/jpeg"`
	Bytes   int64     `json:"bytes"`
	Name    string    `json:"name,omitempty" doc:"As it was given; for display only"`
	View    string    `json:"view,omitempty" enum:"near,far,reference,before,after" doc:"What a photo shows"`
	Place   *Geometry `json:"place,omitempty" doc:"A point"`
	TakenAt string    `json:"takenAt,omitempty" format:"date-time"`
	Note    string    `json:"note,omitempty"`
	By      string    `json:"by" doc:"The account that attached it"`
	Agency  string    `json:"agency"`
	At      string    `json:"at" format:"date-time"`
}

// CaseOf is the form of c at an instant of the city's clock.
func CaseOf(c *casework.Case, now city.Instant) Case {
	out := Case{
		ID: string(c.ID), Number: c.Number, Version: c.Version, Change: c.Change, Kind: c.Kind, Procedure: c.Procedure, Origin: string(c.Origin), By: string(c.By),
		Title: NamesOf(c.Title), Text: c.Text, Severity: c.Severity.String(), State: string(c.State), Place: GeometryOf(c.Place), Entity: string(c.Entity),
		Situation: situationOf(&c.Situation), Deadline: c.Deadline.String(), Overdue: c.Overdue(now),
		OpenedAt: c.OpenedAt.String(), ChangedAt: c.ChangedAt.String(), ClosedAt: c.ClosedAt.String(),
		Outcome: string(c.Outcome), Into: string(c.Into),
		From: make([]string, len(c.From)), Tasks: make([]Task, len(c.Tasks)), Files: make([]File, len(c.Files)),
	}
	if lead := c.Lead(); lead != nil {
		out.Lead = string(lead.Agency)
	}
	for i := range c.Tasks {
		out.Tasks[i] = taskOf(&c.Tasks[i], now)
	}
	for i, id := range c.From {
		out.From[i] = string(id)
	}
	for i := range c.Files {
		out.Files[i] = fileOf(&c.Files[i])
	}
	return out
}

// AppendCase appends c as JSON.
func AppendCase(dst []byte, c *casework.Case, now city.Instant) ([]byte, error) {
	body, err := wire.Marshal(CaseOf(c, now))
	return append(dst, body...), err
}

func situationOf(n *casework.SituationNote) *SituationNote {
	if n.ID == "" {
		return nil
	}
	return &SituationNote{ID: string(n.ID), Rule: string(n.Rule), Type: n.Type, RaisedAt: n.RaisedAt.String(), ClearedAt: n.ClearedAt.String(), ClearedReason: n.ClearedReason}
}

func taskOf(t *casework.Task, now city.Instant) Task {
	out := Task{Agency: string(t.Agency), Lead: t.Lead, State: string(t.State), Order: t.Order, Deadline: t.Deadline.String(), Overdue: t.Overdue(now),
		GivenAt: t.GivenAt.String(), AcceptedAt: t.AcceptedAt.String(), DoneAt: t.DoneAt.String(), Report: t.Report}
	if t.Asked != (city.Names{}) {
		asked := NamesOf(t.Asked)
		out.Asked = &asked
	}
	return out
}

func fileOf(f *casework.File) File {
	out := File{Hash: f.Hash, Media: f.Media, Bytes: f.Bytes, Name: f.Name, View: string(f.View), TakenAt: f.TakenAt.String(), Note: f.Note,
		By: string(f.By), Agency: string(f.Agency), At: f.At.String()}
	if f.Place != nil {
		out.Place = GeometryOf(city.PointPlace(*f.Place))
	}
	return out
}
