package casework_test

import (
	"errors"
	"strings"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

// The agencies of these tests, and people named by their posts.
const (
	roads   city.AgencyID = "road-authority"
	parking city.AgencyID = "parking-operator"
	culture city.AgencyID = "culture-department"
	centre  city.AgencyID = "operations-centre"
)

var agencies = []city.AgencyID{roads, parking, culture}

func person(d city.Duty, a city.AgencyID) city.Actor {
	name := string(a) + "-" + string(d)
	return city.Actor{Account: city.AccountID(name), Posts: []city.Post{{ID: city.PostID(name), Agency: a, Duty: d}}}
}

var (
	officer       = person(city.DutyOfficer, centre)
	auditor       = person(city.Auditor, centre)
	administrator = person(city.Administrator, centre)
	procedure     = city.Actor{Program: casework.ProcedureProgram}
)

func dispatcher(a city.AgencyID) city.Actor { return person(city.Dispatcher, a) }

func handler(a city.AgencyID) city.Actor { return person(city.Handler, a) }

// noon is the moment at which the cases of these tests begin.
const noon = city.Instant(1407844800 * 1e6)

const (
	minute city.Instant = 60 * 1e6
	hour                = 60 * minute
)

func reported(t testing.TB) casework.Case {
	t.Helper()
	c, _, err := casework.Begin(casework.Opening{Actor: officer, Title: city.Names{ZH: "路面积水"}, Severity: city.Moderate, Limit: 4 * 3600 * 1e9}, noon)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// story plays moves on a case; each is a minute after the one before.
type story struct {
	t testing.TB
	c casework.Case
}

// move is a command that the next move of a story is made of.
func (s *story) move(actor city.Actor, verb casework.Verb, agency city.AgencyID) *story {
	s.t.Helper()
	if err := s.try(actor, verb, agency); err != nil {
		s.t.Fatalf("%s by %s in %s: %v", verb, actor.Account, s.c.State, err)
	}
	return s
}

func (s *story) try(actor city.Actor, verb casework.Verb, agency city.AgencyID) error {
	s.t.Helper()
	cmd := whole(actor, verb, agency)
	cmd.Version = s.c.Version
	return s.command(cmd)
}

func (s *story) command(cmd casework.Command) error {
	next, _, err := casework.Transition(s.c, cmd, s.c.ChangedAt+minute)
	if err == nil {
		s.c = next
	}
	return err
}

// whole is a command that lacks nothing that any move needs.
func whole(actor city.Actor, verb casework.Verb, agency city.AgencyID) casework.Command {
	cmd := casework.Command{Verb: verb, Actor: actor, Agency: agency, Text: "说明", Into: "another", File: photo(),
		Cleared: casework.SituationNote{ID: "s1", ClearedAt: noon + 1, ClearedReason: "below"}}
	if verb == casework.Dispatch && agency == roads {
		cmd.Assists = []city.AgencyID{parking}
	}
	return cmd
}

func photo() *casework.File {
	return &casework.File{Hash: strings.Repeat("ab", 32), Media: "image/jpeg", Bytes: 9, Name: "照片.jpg", View: casework.Before}
}

// at brings a new case to a state: the road authority leads, the parking
// operator assists.
func at(t testing.TB, state casework.State) *story {
	t.Helper()
	s := &story{t, reported(t)}
	steps := []func(){
		func() { s.move(officer, casework.FileCase, "") },
		func() { s.move(officer, casework.Dispatch, roads) },
		func() {
			s.move(handler(parking), casework.Accept, parking)
			s.move(handler(parking), casework.Finish, parking)
			s.move(dispatcher(roads), casework.Accept, roads)
		},
		func() { s.move(handler(roads), casework.Finish, roads) },
		func() { s.move(officer, casework.Check, "") },
		func() { s.move(dispatcher(roads), casework.Close, "") },
	}
	for _, step := range steps {
		if s.c.State == state {
			break
		}
		step()
	}
	if s.c.State != state {
		t.Fatalf("the case came to %s, want %s", s.c.State, state)
	}
	return s
}

func wantRefusal(t testing.TB, err error, guard casework.Guard, kind city.ErrorKind) *casework.Refusal {
	t.Helper()
	var r *casework.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("the error is %v, want a refusal by %s", err, guard)
	}
	if r.Guard != guard || city.KindOf(err) != kind {
		t.Errorf("refused by %s (%s): %s; want %s (%s)", r.Guard, city.KindOf(err), r.Text.EN, guard, kind)
	}
	if r.Text.ZH == "" || r.Text.EN == "" || strings.Contains(r.Text.ZH+r.Text.EN, "%s") {
		t.Errorf("the refusal by %s says %q, %q", r.Guard, r.Text.ZH, r.Text.EN)
	}
	return r
}
