package alarm

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// RecordID is the id of the record of a command about a silence.
func RecordID(id city.SilenceID, version int64) ledger.RecordID {
	return ledger.RecordID("silence." + string(id) + "." + strconv.FormatInt(version, 10))
}

// proven is a silence as its records show it. It is data on disk.
type proven struct {
	ID         string   `json:"id"`
	Version    int64    `json:"version"`
	Rules      []string `json:"rules"`
	Entities   []string `json:"entities"`
	Areas      []string `json:"areas"`
	Severities []string `json:"severities"`
	Author     string   `json:"author"`
	Post       string   `json:"post"`
	Reason     string   `json:"reason"`
	Begin      string   `json:"begin"`
	End        string   `json:"end"`
	CreatedAt  string   `json:"createdAt"`
	EndedAt    string   `json:"endedAt"`
	EndedBy    string   `json:"endedBy"`
	EndPost    string   `json:"endPost"`
	Made       uint64   `json:"made"`
	MadeAfter  uint64   `json:"madeAfter"`
	Ended      uint64   `json:"ended"`
	EndedAfter uint64   `json:"endedAfter"`
}

type recordBody struct {
	What          string `json:"what"`
	By            string `json:"by"`
	Silence       proven `json:"silence"`
	SilenceDigest string `json:"silenceDigest"`
}

func provenOf(s *Silence) proven {
	p := proven{
		ID: string(s.ID), Version: s.Version, Rules: texts(s.Match.Rules), Entities: texts(s.Match.Entities), Areas: texts(s.Match.Areas),
		Severities: make([]string, len(s.Match.Severities)), Author: string(s.Author), Post: string(s.Post), Reason: s.Reason,
		Begin: s.Begin.String(), End: s.End.String(), CreatedAt: s.CreatedAt.String(),
		EndedAt: s.EndedAt.String(), EndedBy: string(s.EndedBy), EndPost: string(s.EndPost),
		Made: s.Made.Number, MadeAfter: uint64(s.Made.After), Ended: s.Ended.Number, EndedAfter: uint64(s.Ended.After),
	}
	for i, v := range s.Match.Severities {
		p.Severities[i] = v.String()
	}
	return p
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// Digest is the SHA-256, in hex, of all that a silence is, in a form that does
// not depend on where it is stored. The body of each of its records has that of
// the silence after the command as its member "silenceDigest".
func Digest(s *Silence) string {
	body, err := wire.Marshal(provenOf(s))
	if err != nil { // a text that is none; the digest of nothing matches no record
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// RecordOf is the record that proves the last command about a silence.
func RecordOf(s *Silence) (ledger.Record, error) {
	what, by, at := "silence", s.Author, s.CreatedAt
	if s.Ended.Number != 0 {
		what, by, at = "end", s.EndedBy, s.EndedAt
	}
	body, err := wire.Marshal(recordBody{what, string(by), provenOf(s), Digest(s)})
	if err != nil {
		return ledger.Record{}, &city.Error{Kind: city.Internal, Op: "alarm: record", Err: err}
	}
	return ledger.Record{ID: RecordID(s.ID, s.Version), Kind: ledger.SilenceChange, Subject: string(s.ID), Seq: s.Version, At: at, Body: body}, nil
}
