package sqlstore

import (
	"crypto/sha256"
	"encoding/hex"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
)

// storedCase is the body of a case. Its JSON is data on disk and the records of
// the ledger commit to it, so it does not follow the fields of casework's types.
// Instants are microseconds since 1970.
type storedCase struct {
	ID        string       `json:"id"`
	Number    string       `json:"number"`
	Version   int64        `json:"version"`
	Change    uint64       `json:"change"`
	Kind      string       `json:"kind"`
	Procedure string       `json:"procedure,omitempty"`
	Origin    string       `json:"origin"`
	By        string       `json:"by,omitempty"`
	Title     storedNames  `json:"title"`
	Text      string       `json:"text,omitempty"`
	Severity  uint8        `json:"severity"`
	Place     *storedPlace `json:"place,omitempty"`
	Entity    string       `json:"entity,omitempty"`
	Situation *storedNote  `json:"situation,omitempty"`
	State     string       `json:"state"`
	Tasks     []storedTask `json:"tasks,omitempty"`
	Touched   bool         `json:"touched,omitzero"`
	Deadline  int64        `json:"deadline,omitzero"`
	OpenedAt  int64        `json:"openedAt,omitzero"`
	ChangedAt int64        `json:"changedAt,omitzero"`
	ClosedAt  int64        `json:"closedAt,omitzero"`
	Outcome   string       `json:"outcome,omitempty"`
	Into      string       `json:"into,omitempty"`
	From      []string     `json:"from,omitempty"`
	Files     []storedFile `json:"files,omitempty"`
}

type storedNames struct {
	ZH string `json:"zh,omitempty"`
	EN string `json:"en,omitempty"`
}

type storedNote struct {
	ID            string `json:"id,omitempty"`
	Rule          string `json:"rule,omitempty"`
	Type          string `json:"type,omitempty"`
	RaisedAt      int64  `json:"raisedAt,omitzero"`
	ClearedAt     int64  `json:"clearedAt,omitzero"`
	ClearedReason string `json:"clearedReason,omitempty"`
}

type storedTask struct {
	Agency     string      `json:"agency"`
	Lead       bool        `json:"lead,omitzero"`
	State      string      `json:"state"`
	Order      string      `json:"order,omitempty"`
	Asked      storedNames `json:"asked,omitzero"`
	Deadline   int64       `json:"deadline,omitzero"`
	GivenAt    int64       `json:"givenAt,omitzero"`
	AcceptedAt int64       `json:"acceptedAt,omitzero"`
	DoneAt     int64       `json:"doneAt,omitzero"`
	Report     string      `json:"report,omitempty"`
}

type storedFile struct {
	Hash    string      `json:"hash"`
	Media   string      `json:"media"`
	Bytes   int64       `json:"bytes"`
	Name    string      `json:"name,omitempty"`
	View    string      `json:"view,omitempty"`
	Place   *[2]float64 `json:"place,omitempty"`
	TakenAt int64       `json:"takenAt,omitzero"`
	Note    string      `json:"note,omitempty"`
	By      string      `json:"by,omitempty"`
	Agency  string      `json:"agency,omitempty"`
	At      int64       `json:"at,omitzero"`
}

// encodeCase is the body of c and its digest: SHA-256, in hex.
func encodeCase(c *casework.Case) (body []byte, digest string, err error) {
	s := storedCase{
		ID: string(c.ID), Number: c.Number, Version: c.Version, Change: c.Change, Kind: c.Kind, Procedure: c.Procedure,
		Origin: string(c.Origin), By: string(c.By), Title: storedNames(c.Title), Text: c.Text, Severity: uint8(c.Severity),
		Place: storePlace(c.Place), Entity: string(c.Entity), State: string(c.State), Touched: c.Touched,
		Deadline: int64(c.Deadline), OpenedAt: int64(c.OpenedAt), ChangedAt: int64(c.ChangedAt), ClosedAt: int64(c.ClosedAt),
		Outcome: string(c.Outcome), Into: string(c.Into),
	}
	if n := c.Situation; n != (casework.SituationNote{}) {
		s.Situation = &storedNote{string(n.ID), string(n.Rule), n.Type, int64(n.RaisedAt), int64(n.ClearedAt), n.ClearedReason}
	}
	for i := range c.Tasks {
		s.Tasks = append(s.Tasks, storeTask(&c.Tasks[i]))
	}
	for _, id := range c.From {
		s.From = append(s.From, string(id))
	}
	for i := range c.Files {
		s.Files = append(s.Files, storeFile(&c.Files[i]))
	}
	if body, err = wire.Marshal(s); err != nil {
		return nil, "", err
	}
	return body, digestOf(body), nil
}

func digestOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func storeTask(t *casework.Task) storedTask {
	return storedTask{string(t.Agency), t.Lead, string(t.State), t.Order, storedNames(t.Asked), int64(t.Deadline), int64(t.GivenAt),
		int64(t.AcceptedAt), int64(t.DoneAt), t.Report}
}

func (t *storedTask) task() casework.Task {
	return casework.Task{Agency: city.AgencyID(t.Agency), Lead: t.Lead, State: casework.TaskState(t.State), Order: t.Order,
		Asked: city.Names(t.Asked), Deadline: city.Instant(t.Deadline), GivenAt: city.Instant(t.GivenAt), AcceptedAt: city.Instant(t.AcceptedAt),
		DoneAt: city.Instant(t.DoneAt), Report: t.Report}
}

func storeFile(f *casework.File) storedFile {
	out := storedFile{Hash: f.Hash, Media: f.Media, Bytes: f.Bytes, Name: f.Name, View: string(f.View), TakenAt: int64(f.TakenAt),
		Note: f.Note, By: string(f.By), Agency: string(f.Agency), At: int64(f.At)}
	if f.Place != nil {
		out.Place = &[2]float64{f.Place.Lon, f.Place.Lat}
	}
	return out
}

func (f *storedFile) file() casework.File {
	out := casework.File{Hash: f.Hash, Media: f.Media, Bytes: f.Bytes, Name: f.Name, View: casework.View(f.View), TakenAt: city.Instant(f.TakenAt),
		Note: f.Note, By: city.AccountID(f.By), Agency: city.AgencyID(f.Agency), At: city.Instant(f.At)}
	if f.Place != nil {
		out.Place = &city.Point{Lon: f.Place[0], Lat: f.Place[1]}
	}
	return out
}

// decodeCase reads what encodeCase wrote.
func decodeCase(body []byte) (casework.Case, error) {
	var s storedCase
	if err := wire.UnmarshalStrict(body, &s); err != nil {
		return casework.Case{}, err
	}
	place, err := s.Place.place()
	c := casework.Case{
		ID: casework.CaseID(s.ID), Number: s.Number, Version: s.Version, Change: s.Change, Kind: s.Kind, Procedure: s.Procedure,
		Origin: casework.Origin(s.Origin), By: city.AgencyID(s.By), Title: city.Names(s.Title), Text: s.Text, Severity: city.Severity(s.Severity),
		Place: place, Entity: city.EntityID(s.Entity), State: casework.State(s.State), Touched: s.Touched,
		Deadline: city.Instant(s.Deadline), OpenedAt: city.Instant(s.OpenedAt), ChangedAt: city.Instant(s.ChangedAt), ClosedAt: city.Instant(s.ClosedAt),
		Outcome: casework.Outcome(s.Outcome), Into: casework.CaseID(s.Into),
	}
	if n := s.Situation; n != nil {
		c.Situation = casework.SituationNote{ID: city.SituationID(n.ID), Rule: city.RuleID(n.Rule), Type: n.Type,
			RaisedAt: city.Instant(n.RaisedAt), ClearedAt: city.Instant(n.ClearedAt), ClearedReason: n.ClearedReason}
	}
	for i := range s.Tasks {
		c.Tasks = append(c.Tasks, s.Tasks[i].task())
	}
	for _, id := range s.From {
		c.From = append(c.From, casework.CaseID(id))
	}
	for i := range s.Files {
		c.Files = append(c.Files, s.Files[i].file())
	}
	return c, err
}
