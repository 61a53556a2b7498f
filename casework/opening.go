package casework

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"citybrain/city"
)

// Opening is what a case begins with: the report of a person, or what a
// procedure makes of a situation.
type Opening struct {
	Actor    city.Actor
	Kind     string // "" for General
	Title    city.Names
	Text     string
	Severity city.Severity
	Place    *city.Place
	Entity   city.EntityID
	Limit    time.Duration // of the case, from its opening; 0: none
	// Key is made by who reports by hand, for one report: at most MaxKey of
	// [A-Za-z0-9-]. A report sent again with its key is the same case. "": none.
	Key string

	// Procedure and Situation are of a case that a procedure opens.
	Procedure string
	Situation SituationNote
}

// General is the kind of a case of which nobody said the kind.
const General = "general"

// CaseIDOf is the id of the case that a procedure ("pack/name") opens for a
// situation: 16 bytes of SHA-256 in hex. So there is one case, however often the
// situation is taken.
func CaseIDOf(procedure string, s city.SituationID) CaseID {
	return digestID("procedure", procedure, string(s))
}

// id is what names the case: of a report by hand, who made it under which key;
// without a key who said what at which moment, so that the same report sent
// twice at once is one case.
func (o *Opening) id(now city.Instant) CaseID {
	if o.Procedure != "" {
		return CaseIDOf(o.Procedure, o.Situation.ID)
	}
	if o.Key != "" {
		return digestID("key", string(o.Actor.Account), o.Key)
	}
	at := strconv.FormatInt(int64(now), 10)
	return digestID("hand", string(o.Actor.Account), at, o.Kind, o.Title.ZH, o.Title.EN, o.Text, string(o.Entity))
}

func digestID(parts ...string) CaseID {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return CaseID(hex.EncodeToString(sum[:16]))
}

// Begin is the case that an opening makes, in state Reported, and its first
// move. It refuses who may not report (Denied) and texts that are no texts
// (Invalid), by a *Refusal. It is pure.
func Begin(o Opening, now city.Instant) (Case, Move, error) {
	o.clean()
	who, refusal := acting(&o.Actor, openers)
	if refusal == nil {
		refusal = o.check()
	}
	if refusal != nil {
		return Case{}, Move{}, refusal
	}
	c := Case{
		ID: o.id(now), Version: 1, Kind: o.Kind, Procedure: o.Procedure, Origin: FromOfficer, By: who.Agency,
		Title: o.Title, Text: o.Text, Severity: o.Severity, Place: o.Place, Entity: o.Entity, Situation: o.Situation,
		State: Reported, Touched: o.Procedure == "", OpenedAt: now, ChangedAt: now, Deadline: after(now, o.Limit),
	}
	if o.Procedure != "" {
		c.Origin = FromSituation
	}
	m := Move{Case: c.ID, Seq: 1, At: now, Verb: Report, Account: o.Actor.Account, Program: o.Actor.Program,
		Post: who.ID, By: who.Agency, To: Reported, Text: o.Text}
	return c, m, nil
}

func (o *Opening) clean() {
	o.Text = cleanText(o.Text)
	o.Title = city.Names{ZH: cleanText(o.Title.ZH), EN: cleanText(o.Title.EN)}
	if o.Kind == "" {
		o.Kind = General
	}
}

// after is d later than at, or 0 where there is no limit.
func after(at city.Instant, d time.Duration) city.Instant {
	if d <= 0 {
		return 0
	}
	return at.Add(d)
}
