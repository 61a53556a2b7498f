package form

import "citybrain/casework"

// Move is one line of a case's timeline.
type Move struct {
	Seq     int64    `json:"seq" doc:"The case's version after it" example:"4"`
	At      string   `json:"at" format:"date-time"`
	Verb    string   `json:"verb" example:"dispatch"`
	Account string   `json:"account,omitempty" doc:"Who did it; absent for the program"`
	Program string   `json:"program,omitempty" doc:"The part of the program that did it; absent for a person" example:"procedure"`
	Post    string   `json:"post,omitempty" doc:"In which post"`
	By      string   `json:"by,omitempty" doc:"Of which agency"`
	From    string   `json:"from,omitempty" doc:"The state before; absent for the first"`
	To      string   `json:"to" doc:"The state after"`
	Agency  string   `json:"agency,omitempty" doc:"Whose task it is about"`
	Assists []string `json:"assists" doc:"Of dispatch: the assisting agencies"`
	Text    string   `json:"text,omitempty" doc:"Order, reason, report or note. Plain text: never markup"`
	Into    string   `json:"into,omitempty" doc:"Of merge and absorb: the other case"`
	File    string   `json:"file,omitempty" doc:"Of attach: the hash of the file"`
	Record  string   `json:"record" doc:"The record that proves it" example:"case.6f1e….4"`
	Leaf    int64    `json:"leaf" doc:"Its leaf in the ledger; -1 while it waits"`
}

// MovesOf is the form of moves.
func MovesOf(list []casework.StoredMove) []Move {
	out := make([]Move, len(list))
	for i := range list {
		m := &list[i]
		out[i] = Move{Seq: m.Seq, At: m.At.String(), Verb: string(m.Verb), Account: string(m.Account), Program: m.Program, Post: string(m.Post), By: string(m.By),
			From: string(m.From), To: string(m.To), Agency: string(m.Agency), Assists: make([]string, len(m.Assists)), Text: m.Text, Into: string(m.Into), File: m.File,
			Record: m.Record, Leaf: m.Leaf}
		for k, a := range m.Assists {
			out[i].Assists[k] = string(a)
		}
	}
	return out
}

// Who is who could do something: a duty, in one agency or in any.
type Who struct {
	Duty   string `json:"duty" doc:"Empty: the program" example:"dispatcher"`
	Agency string `json:"agency,omitempty" doc:"In this agency; absent: in any" example:"road-authority"`
}
