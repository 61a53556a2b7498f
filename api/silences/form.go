package silences

import (
	"citybrain/alarm"
	"citybrain/api/operation"
	"citybrain/city"
)

// SilenceBody is a silence as callers see it.
type SilenceBody struct {
	ID         string   `json:"id" example:"00000017"`
	Rules      []string `json:"rules" doc:"Situations of one of these rules; none: of any" example:"parking-relief/road-congestion"`
	Entities   []string `json:"entities" doc:"About one of these entities; none: about any"`
	Areas      []string `json:"areas" doc:"In one of these areas of the city; none: anywhere" example:"old-town"`
	Severities []string `json:"severities" doc:"Of one of these severities; none: of any" enum:"minor,moderate,major,critical"`
	Reason     string   `json:"reason" doc:"Plain text: never markup" example:"Road works until noon"`
	Author     string   `json:"author" doc:"The account that made it" example:"duty-officer"`
	Post       string   `json:"post" example:"duty-officer"`
	Begin      string   `json:"begin" format:"date-time"`
	End        string   `json:"end" format:"date-time"`
	CreatedAt  string   `json:"createdAt" format:"date-time"`
	State      string   `json:"state" enum:"waiting,active,over,ended" doc:"By the city's clock at the time of the answer. over: it came to its end; ended: a person ended it"`
	EndedAt    string   `json:"endedAt,omitempty" format:"date-time"`
	EndedBy    string   `json:"endedBy,omitempty"`
	Records    []string `json:"records" doc:"The ids of the records that prove it; see /api/v1/records/{id}/proof"`
}

// SilenceList is a page of silences.
type SilenceList struct {
	Silences []SilenceBody `json:"silences"`
	Next     string        `json:"next,omitempty" doc:"Hand it in as after for the next page; absent on the last"`
}

// SilenceRequest is a silence that somebody asks for.
type SilenceRequest struct {
	Rules      []string `json:"rules,omitempty" maxItems:"50" doc:"As pack/rule" example:"parking-relief/road-congestion"`
	Entities   []string `json:"entities,omitempty" maxItems:"50"`
	Areas      []string `json:"areas,omitempty" maxItems:"50"`
	Severities []string `json:"severities,omitempty" maxItems:"4" enum:"minor,moderate,major,critical"`
	Reason     string   `json:"reason" minLength:"1" maxLength:"500" doc:"Why: whoever takes over the watch reads it" example:"Road works until noon"`
	Begin      string   `json:"begin,omitempty" maxLength:"40" doc:"RFC 3339; now if absent" example:"2014-08-11T06:00:00Z"`
	End        string   `json:"end" maxLength:"40" doc:"RFC 3339, by the city's clock; at most 7 days after the begin" example:"2014-08-11T12:00:00Z"`
}

// AlarmCounts say how many situations are up and what people are told of them.
type AlarmCounts struct {
	Up         int              `json:"up" doc:"Situations that are up, announced or not"`
	Announced  int              `json:"announced" doc:"Rows of /api/v1/situations?state=up&announced=true"`
	Suppressed SuppressedCounts `json:"suppressed" doc:"Rows of /api/v1/situations?state=up&announced=false, by the first way in which they are suppressed"`
}

// SuppressedCounts count situations by the first way in which they are
// suppressed.
type SuppressedCounts struct {
	Total     int `json:"total"`
	Silenced  int `json:"silenced"`
	Inhibited int `json:"inhibited"`
	Flapping  int `json:"flapping"`
	Grouped   int `json:"grouped"`
}

func bodyOf(s *alarm.Silence, now city.Instant) SilenceBody {
	b := SilenceBody{
		ID: string(s.ID), Rules: texts(s.Match.Rules), Entities: texts(s.Match.Entities), Areas: texts(s.Match.Areas), Severities: make([]string, len(s.Match.Severities)),
		Reason: s.Reason, Author: string(s.Author), Post: string(s.Post), Begin: s.Begin.String(), End: s.End.String(), CreatedAt: s.CreatedAt.String(),
		State: string(s.StateAt(now)), EndedAt: s.EndedAt.String(), EndedBy: string(s.EndedBy),
	}
	for i, v := range s.Match.Severities {
		b.Severities[i] = v.String()
	}
	for version := range s.Version {
		b.Records = append(b.Records, string(alarm.RecordID(s.ID, version+1)))
	}
	return b
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// asked is what a request asks for.
func (r *SilenceRequest) asked() (s alarm.Silence, err error) {
	s.Reason = r.Reason
	s.Match = alarm.Matchers{Rules: namesOf[city.RuleID](r.Rules), Entities: namesOf[city.EntityID](r.Entities), Areas: r.Areas}
	for _, name := range r.Severities {
		s.Match.Severities = append(s.Match.Severities, city.SeverityOf(name))
	}
	if s.Begin, err = operation.Instant("begin", r.Begin); err != nil {
		return s, err
	}
	s.End, err = operation.Instant("end", r.End)
	return s, err
}

func namesOf[T ~string](list []string) (out []T) {
	for _, v := range list {
		out = append(out, T(v))
	}
	return out
}
