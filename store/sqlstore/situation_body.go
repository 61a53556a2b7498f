package sqlstore

import (
	"errors"
	"fmt"
	"strconv"

	"citybrain/city"
	"citybrain/internal/wire"
)

// situationBody is the part of a situation that no query filters by. Its JSON
// is data on disk, so it does not follow the fields of city's types.
type situationBody struct {
	Place         *storedPlace     `json:"place,omitempty"`
	RaisedReason  string           `json:"raisedReason,omitempty"`
	Evidence      []storedEvidence `json:"evidence,omitempty"`
	ClearedReason string           `json:"clearedReason,omitempty"`
	ClearEvidence []storedEvidence `json:"clearEvidence,omitempty"`
	Standing      *storedStanding  `json:"standing,omitempty"`
}

type storedPlace struct {
	Kind   string       `json:"kind"`
	Points [][2]float64 `json:"points"`
	Rings  []int32      `json:"rings,omitempty"`
	Parts  []int32      `json:"parts,omitempty"`
}

// storedEvidence has its number as text, since JSON knows no infinity.
type storedEvidence struct {
	Entity    string       `json:"entity,omitempty"`
	Attribute string       `json:"attribute,omitempty"`
	Kind      string       `json:"kind"`
	Number    string       `json:"number,omitempty"`
	Text      string       `json:"text,omitempty"`
	Place     *storedPlace `json:"place,omitempty"`
	At        int64        `json:"at,omitzero"`
	Source    string       `json:"source,omitempty"`
	Note      string       `json:"note,omitempty"`
}

var valueKinds = [...]string{
	city.None: "none", city.Number: "number", city.Text: "text", city.Bool: "bool", city.Time: "time",
	city.Geo: "geo", city.Relation: "relation", city.JSON: "json",
}

func encodeBody(s *city.Situation) ([]byte, error) {
	return wire.Marshal(situationBody{
		storePlace(s.Place), valid(s.RaisedReason), storeEvidence(s.Evidence), valid(s.ClearedReason), storeEvidence(s.ClearEvidence), storeStanding(&s.Standing),
	})
}

func storePlace(p *city.Place) *storedPlace {
	if p == nil {
		return nil
	}
	out := &storedPlace{Kind: p.Kind.String(), Points: make([][2]float64, len(p.Points)), Rings: p.Rings, Parts: p.Parts}
	for i, q := range p.Points {
		out.Points[i] = [2]float64{q.Lon, q.Lat}
	}
	return out
}

func storeEvidence(list []city.Evidence) []storedEvidence {
	var out []storedEvidence
	for i := range list {
		e := &list[i]
		s := storedEvidence{
			Entity: valid(string(e.Entity)), Attribute: valid(string(e.Attribute)), Kind: valueKinds[e.Value.Kind], Text: valid(e.Value.Text),
			Place: storePlace(e.Value.Place), At: int64(e.At), Source: valid(string(e.Source)), Note: valid(e.Note),
		}
		if e.Value.Num != 0 {
			s.Number = strconv.FormatFloat(e.Value.Num, 'g', -1, 64)
		}
		out = append(out, s)
	}
	return out
}

// decodeBody reads what encodeBody wrote into s.
func decodeBody(data []byte, s *city.Situation) error {
	var b situationBody
	if err := wire.UnmarshalStrict(data, &b); err != nil {
		return err
	}
	var errs [3]error
	s.Place, errs[0] = b.Place.place()
	s.Evidence, errs[1] = loadEvidence(b.Evidence)
	s.ClearEvidence, errs[2] = loadEvidence(b.ClearEvidence)
	s.RaisedReason, s.ClearedReason = b.RaisedReason, b.ClearedReason
	s.Standing = b.Standing.standing()
	return errors.Join(errs[:]...)
}

func (p *storedPlace) place() (*city.Place, error) {
	if p == nil {
		return nil, nil
	}
	out := &city.Place{Kind: city.PlaceKindOf(p.Kind), Rings: p.Rings, Parts: p.Parts}
	if out.Kind == 0 {
		return nil, fmt.Errorf("%q is no kind of place", p.Kind)
	}
	for _, q := range p.Points {
		out.Points = append(out.Points, city.Point{Lon: q[0], Lat: q[1]})
	}
	return out, nil
}

func loadEvidence(list []storedEvidence) ([]city.Evidence, error) {
	var out []city.Evidence
	for i := range list {
		e := &list[i]
		v := city.Value{Text: e.Text}
		var err error
		if v.Kind, err = kindOf(e.Kind); err != nil {
			return nil, err
		}
		if v.Place, err = e.Place.place(); err != nil {
			return nil, err
		}
		if e.Number != "" {
			if v.Num, err = strconv.ParseFloat(e.Number, 64); err != nil {
				return nil, err
			}
		}
		out = append(out, city.Evidence{Entity: city.EntityID(e.Entity), Attribute: city.AttributeName(e.Attribute), Value: v,
			At: city.Instant(e.At), Source: city.SourceID(e.Source), Note: e.Note})
	}
	return out, nil
}

func kindOf(name string) (city.ValueKind, error) {
	for k, n := range valueKinds {
		if n == name {
			return city.ValueKind(k), nil
		}
	}
	return 0, fmt.Errorf("%q is no kind of value", name)
}
