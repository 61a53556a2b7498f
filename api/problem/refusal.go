package problem

import (
	"errors"

	"citybrain/api/form"
	"citybrain/internal/wire"
)

// Refusal is what a problem says besides its detail where a rule of the city
// refused: which one, who could, and what has happened since.
type Refusal struct {
	Guard   string      `json:"guard,omitempty" doc:"The rule that refused" example:"assisting-open"`
	Reason  *form.Names `json:"reason,omitempty" doc:"Why, in the languages of the console"`
	Who     []form.Who  `json:"who,omitempty" doc:"Who could"`
	Changes []form.Move `json:"changes,omitempty" doc:"Of a stale version: the moves since"`
}

// refused is an error with what its problem says more.
type refused struct {
	error
	more Refusal
}

func (r *refused) Unwrap() error { return r.error }

// Refused is err, whose problem says more.
func Refused(err error, more Refusal) error { return &refused{err, more} }

// Guarded is err, whose problem names the guard and who could.
func Guarded(err error, guard string, who []form.Who) error {
	return Refused(err, Refusal{Guard: guard, Who: who})
}

// refusalOf is what err says more, if it does.
func refusalOf(err error) Refusal {
	var r *refused
	if errors.As(err, &r) {
		return r.more
	}
	return Refusal{}
}

// appendTo appends the members of r, each behind a comma.
func (r *Refusal) appendTo(dst []byte) []byte {
	if r.Guard == "" && r.Reason == nil && r.Who == nil && r.Changes == nil {
		return dst
	}
	body, err := wire.Marshal(r)
	if err != nil || len(body) <= len("{}") {
		return dst
	}
	return append(append(dst, ','), body[1:len(body)-1]...)
}
