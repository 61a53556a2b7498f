package situation

import (
	"github.com/danielgtaylor/huma/v2"

	"citybrain/city"
	"citybrain/internal/wire"
)

// Document is a situation as callers see it.
type Document struct {
	ID            string     `json:"id" doc:"The same after a replay" example:"0f3c5ab1d1b6a6a1f8a5d2c4e7b90a11"`
	Rule          string     `json:"rule" doc:"The rule that raised it, as pack/rule" example:"parking-relief/road-congestion"`
	Type          string     `json:"type" doc:"What kind of situation: the rule without its pack" example:"road-congestion"`
	Entity        string     `json:"entity" doc:"What it is about" example:"urn:ngsi-ld:RoadSegment:158324"`
	Severity      string     `json:"severity" enum:"minor,moderate,major,critical" doc:"Blue, yellow, orange, red"`
	State         string     `json:"state" enum:"up,cleared"`
	Place         *JSON      `json:"place,omitempty" doc:"A GeoJSON geometry (RFC 7946)"`
	RaisedAt      string     `json:"raisedAt" format:"date-time" doc:"Observation time of the reading that raised it" example:"2014-08-11T06:35:00Z"`
	RaisedReason  string     `json:"raisedReason"`
	Evidence      []Evidence `json:"evidence" doc:"The values the rule looked at when it raised"`
	ClearedAt     string     `json:"clearedAt,omitempty" format:"date-time"`
	ClearedReason string     `json:"clearedReason,omitempty"`
	ClearEvidence []Evidence `json:"clearEvidence,omitempty"`
	Change        uint64     `json:"change" doc:"Numbers every raise and clear from 1" example:"42"`

	Notice      uint64        `json:"notice" doc:"Numbers all that is said of situations from 1: each raise and clear, each change of what is suppressed, each reminder. The stream resumes by it" example:"42"`
	Announced   bool          `json:"announced" doc:"Nothing keeps it from being announced; of a cleared one, nothing did in the end"`
	AnnouncedAt string        `json:"announcedAt,omitempty" format:"date-time" doc:"When it was announced first; absent: never"`
	Suppressed  []Suppression `json:"suppressed,omitempty" doc:"Why it is not announced, the first reason first. It is recorded all the same"`
	Group       string        `json:"group,omitempty" doc:"It was announced together with others of this group at announcedAt" example:"parking-relief/roads-of-an-area old-town"`
	Flapping    bool          `json:"flapping,omitempty,omitzero" doc:"It stands for a row of situations of its rule and entity that were raised and cleared again and again"`
	Reminders   int           `json:"reminders,omitempty,omitzero" doc:"How often it was announced again because it was still up"`
	RemindedAt  string        `json:"remindedAt,omitempty" format:"date-time"`
}

// Suppression is one reason why a situation is not announced.
type Suppression struct {
	Way       string `json:"way" enum:"silenced,inhibited,flapping,grouped"`
	Rule      string `json:"rule,omitempty" doc:"The entry of an alarm file that says so" example:"parking-relief/explained-by-garage"`
	Situation string `json:"situation,omitempty" doc:"The situation that explains this one"`
	Silence   string `json:"silence,omitempty" doc:"See /api/v1/silences/{id}" example:"00000017"`
	Author    string `json:"author,omitempty" doc:"Who silenced it" example:"duty-officer"`
	Group     string `json:"group,omitempty" doc:"The group in which it waits"`
	Since     string `json:"since,omitempty" format:"date-time" doc:"When the flapping began"`
	Changes   int    `json:"changes,omitempty,omitzero" doc:"How often it had changed when this one was raised"`
	Until     string `json:"until,omitempty" format:"date-time" doc:"When the silence ends or the group is announced; absent where that depends on others"`
}

// Evidence is one value that a rule looked at.
type Evidence struct {
	Entity    string `json:"entity" example:"urn:ngsi-ld:RoadSegment:158324"`
	Attribute string `json:"attribute,omitempty" example:"avgSpeed"`
	Value     *JSON  `json:"value,omitempty" doc:"Any JSON value"`
	At        string `json:"at,omitempty" format:"date-time"`
	Source    string `json:"source,omitempty" doc:"The feed or interface the value came from" example:"traffic"`
	Note      string `json:"note,omitempty" doc:"What it is evidence of" example:"within 800 m: 312 m"`
}

// Of is the document of s.
func Of(s *city.Situation) Document {
	d := Document{
		ID: string(s.ID), Rule: string(s.Rule), Type: s.Type, Entity: string(s.Entity), Severity: s.Severity.String(), State: "up",
		RaisedAt: s.RaisedAt.String(), RaisedReason: s.RaisedReason, Evidence: evidence(s.Evidence),
		ClearedAt: s.ClearedAt.String(), ClearedReason: s.ClearedReason, ClearEvidence: evidence(s.ClearEvidence),
		Change: s.Change,
	}
	d.stand(&s.Standing)
	if !s.Up() {
		d.State = "cleared"
	}
	if s.Place != nil {
		d.Place = &JSON{wire.AppendPlace(nil, s.Place)}
	}
	return d
}

// stand says what people are told of it.
func (d *Document) stand(st *city.Standing) {
	d.Notice, d.Announced, d.AnnouncedAt = st.Notice, !st.Quiet(), st.AnnouncedAt.String()
	d.Group, d.Flapping, d.Reminders, d.RemindedAt = st.Group, st.Flapping, st.Reminders, st.RemindedAt.String()
	for i := range st.Suppressed {
		x := &st.Suppressed[i]
		d.Suppressed = append(d.Suppressed, Suppression{
			Way: string(x.Way), Rule: x.Rule, Situation: string(x.Situation), Silence: string(x.Silence), Author: string(x.Author), Group: x.Group,
			Since: x.Since.String(), Changes: x.Changes, Until: x.Until.String(),
		})
	}
}

func evidence(list []city.Evidence) []Evidence {
	out := make([]Evidence, len(list))
	for i := range list {
		e := &list[i]
		out[i] = Evidence{Entity: string(e.Entity), Attribute: string(e.Attribute), At: e.At.String(), Source: string(e.Source), Note: e.Note}
		if e.Value.Kind != city.None {
			out[i].Value = &JSON{wire.AppendValue(nil, &e.Value)}
		}
	}
	return out
}

// Append appends s as JSON.
func Append(dst []byte, s *city.Situation) ([]byte, error) {
	body, err := wire.Marshal(Of(s))
	return append(dst, body...), err
}

// JSON is a value that is JSON already.
type JSON struct{ Raw wire.Value }

// MarshalJSON is the value.
func (j JSON) MarshalJSON() ([]byte, error) { return j.Raw, nil }

// Schema says that any JSON may stand here.
func (j JSON) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }
