package alarm

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"citybrain/city"
)

// Bounds of a silence. ISA-18.2 wants what a person shelves to come back by
// itself.
const (
	MaxSilence      = 7 * 24 * time.Hour
	MaxAhead        = 30 * 24 * time.Hour // between the command and the begin
	MaxReason       = 500                 // characters
	MaxListed       = 50                  // of one kind of matcher
	MaxSilencesOpen = 1000                // that have not ended
)

// Matchers select situations: all that are given must hold. Of rules, entities
// and areas at least one is given.
type Matchers struct {
	Rules      []city.RuleID
	Entities   []city.EntityID
	Areas      []string // ids of areas that hold the middle of the situation's place
	Severities []city.Severity
}

// Silence keeps situations from being announced, because a person said so, for a
// time and with a reason.
type Silence struct {
	ID     city.SilenceID
	Match  Matchers
	Author city.AccountID
	Post   city.PostID // in which the author acted
	Reason string
	// It holds from Begin until before End.
	Begin, End city.Instant
	CreatedAt  city.Instant

	// EndedAt is when a person ended it before its End, EndedBy who; 0 if nobody has.
	EndedAt city.Instant
	EndedBy city.AccountID
	EndPost city.PostID

	// Version counts the commands it is made of, from 1.
	Version int64
	// The numbers of the commands that made and ended it, and the position in
	// the log behind which they were given.
	Made, Ended Place
}

// Place is where a command stands among the inputs of a panel.
type Place struct {
	Number uint64        // counts commands from 1; 0: there was none
	After  city.Position // the last batch before it
}

// State says how a silence stands at an instant.
type State string

// The states of a silence.
const (
	Waiting State = "waiting" // has not begun
	Active  State = "active"
	Over    State = "over"  // it came to its end
	Lifted  State = "ended" // a person ended it
)

// StateAt is the state at an instant.
func (s *Silence) StateAt(now city.Instant) State {
	switch {
	case s.EndedAt != 0:
		return Lifted
	case now >= s.End:
		return Over
	case now < s.Begin:
		return Waiting
	}
	return Active
}

// SilenceIDOf is the id of the silence that a command makes.
func SilenceIDOf(number uint64) city.SilenceID { return city.SilenceID(fmt.Sprintf("%08d", number)) }

// Known is what the matchers of a silence may name.
type Known struct {
	Rules []city.RuleID
	Areas []Area
}

// NewSilence is the silence that a person asks for, without id and place. Begin 0
// means now. Denied unless the person is a duty officer; Invalid names the field
// that cannot be so.
func NewSilence(who *city.Actor, asked Silence, now city.Instant, known Known) (Silence, error) {
	post, err := mayGive(who)
	if err != nil {
		return Silence{}, err
	}
	s := Silence{Match: asked.Match.sorted(), Author: who.Account, Post: post, Reason: strings.TrimSpace(strings.ReplaceAll(asked.Reason, "\r\n", "\n")),
		Begin: asked.Begin, End: asked.End, CreatedAt: now, Version: 1}
	if s.Begin == 0 {
		s.Begin = now
	}
	if err := s.checkReason(); err != nil {
		return Silence{}, err
	}
	if err := s.checkTimes(now); err != nil {
		return Silence{}, err
	}
	return s, s.Match.check(known)
}

// EndSilence is a silence that a person ends before its time. Denied unless the
// person is a duty officer, Conflict if it has ended.
func EndSilence(who *city.Actor, s Silence, now city.Instant) (Silence, error) {
	post, err := mayGive(who)
	if err != nil {
		return s, err
	}
	switch s.StateAt(now) {
	case Lifted:
		return s, city.Errorf(city.Conflict, "alarm", "the silence %s was ended by %s at %s", s.ID, s.EndedBy, s.EndedAt)
	case Over:
		return s, city.Errorf(city.Conflict, "alarm", "the silence %s came to its end at %s", s.ID, s.End)
	}
	s.EndedAt, s.EndedBy, s.EndPost = now, who.Account, post
	s.Version++
	return s, nil
}

// Silencer is the duty of those who may silence: the duty officer sees the whole
// city and answers for what it is not told.
const Silencer = city.DutyOfficer

// mayGive is the post in which a person gives a command.
func mayGive(who *city.Actor) (city.PostID, error) {
	for i := range who.Posts {
		if who.Posts[i].Duty == Silencer {
			return who.Posts[i].ID, nil
		}
	}
	return "", city.Errorf(city.Denied, "alarm", "only a duty officer can silence situations or end a silence")
}

func (s *Silence) checkReason() error {
	switch {
	case s.Reason == "":
		return city.InvalidField("alarm", "reason", "say why: whoever takes over the watch reads it")
	case !utf8.ValidString(s.Reason):
		return city.InvalidField("alarm", "reason", "the text is not valid UTF-8")
	case utf8.RuneCountInString(s.Reason) > MaxReason:
		return city.InvalidField("alarm", "reason", "the text is longer than %d characters", MaxReason)
	}
	for _, r := range s.Reason {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return city.InvalidField("alarm", "reason", "the text has a control character")
		}
	}
	return nil
}

// past is how long before the command a silence may begin: pages round to
// minutes.
const past = time.Minute

func (s *Silence) checkTimes(now city.Instant) error {
	switch {
	case s.End == 0:
		return city.InvalidField("alarm", "end", "say when it ends: a silence ends by itself")
	case s.Begin < now.Add(-past):
		return city.InvalidField("alarm", "begin", "%s is past; leave it out for now", s.Begin)
	case s.Begin > now.Add(MaxAhead):
		return city.InvalidField("alarm", "begin", "a silence can begin 30 days from now at the latest")
	case s.End <= s.Begin || s.End <= now:
		return city.InvalidField("alarm", "end", "%s is not after the begin", s.End)
	case s.End.Sub(s.Begin) > MaxSilence:
		return city.InvalidField("alarm", "end", "a silence lasts 7 days at most; change the rule or its alarm file if it is not needed")
	}
	return nil
}

// sorted is m with every list in order and without repetitions.
func (m Matchers) sorted() Matchers {
	return Matchers{Rules: ordered(m.Rules), Entities: ordered(m.Entities), Areas: ordered(m.Areas), Severities: ordered(m.Severities)}
}

func ordered[T ~string | ~uint8](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

func (m *Matchers) check(known Known) error {
	if len(m.Rules)+len(m.Entities)+len(m.Areas) == 0 {
		return city.InvalidField("alarm", "rules", "name rules, entities or areas: a silence of everything would hide everything")
	}
	for _, n := range []struct {
		field string
		count int
	}{{"rules", len(m.Rules)}, {"entities", len(m.Entities)}, {"areas", len(m.Areas)}, {"severities", len(m.Severities)}} {
		if n.count > MaxListed {
			return city.InvalidField("alarm", n.field, "at most %d", MaxListed)
		}
	}
	for _, r := range m.Rules {
		if !slices.Contains(known.Rules, r) {
			return city.InvalidField("alarm", "rules", "the city has no rule %q; GET /api/v1/city lists them", r)
		}
	}
	for _, id := range m.Entities {
		if why := city.CheckEntityID(id); why != "" {
			return city.InvalidField("alarm", "entities", "%q %s", id, why)
		}
	}
	for _, id := range m.Areas {
		if !slices.ContainsFunc(known.Areas, func(a Area) bool { return a.ID == id }) {
			return city.InvalidField("alarm", "areas", "the city has no area %q", id)
		}
	}
	for _, s := range m.Severities {
		if s.String() == "" {
			return city.InvalidField("alarm", "severities", "minor, moderate, major or critical")
		}
	}
	return nil
}

// match says whether the silence is about a situation.
func (c *Config) match(m *Matchers, s *city.Situation) bool {
	return (len(m.Rules) == 0 || slices.Contains(m.Rules, s.Rule)) &&
		(len(m.Entities) == 0 || slices.Contains(m.Entities, s.Entity)) &&
		(len(m.Severities) == 0 || slices.Contains(m.Severities, s.Severity)) &&
		(len(m.Areas) == 0 || c.liesIn(s.Place, m.Areas))
}

// Command is what a person says to a panel: a new silence, or one that ends.
type Command struct {
	Place
	At city.Instant // the city's clock
	// Make is a new silence; if nil, End names the one that ends.
	Make *Silence
	End  city.SilenceID
}

// Commands are the commands that silences are made of, in their order.
func Commands(silences []Silence) []Command {
	var out []Command
	for i := range silences {
		s := silences[i]
		out = append(out, Command{Place: s.Made, At: s.CreatedAt, Make: &s})
		if s.Ended.Number != 0 {
			out = append(out, Command{Place: s.Ended, At: s.EndedAt, End: s.ID})
		}
	}
	slices.SortFunc(out, func(a, b Command) int {
		if a.Number < b.Number {
			return -1
		}
		return 1
	})
	return out
}
