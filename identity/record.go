package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// RecordID is the id of the record of an account's change.
func RecordID(id city.AccountID, version int64) ledger.RecordID {
	return ledger.RecordID("account." + string(id) + "." + strconv.FormatInt(version, 10))
}

// proven is an account as its records show it: everything but the password's
// hash, of which only a digest is said.
type proven struct {
	ID             string   `json:"id"`
	NameZH         string   `json:"nameZh"`
	NameEN         string   `json:"nameEn"`
	Posts          []string `json:"posts"`
	PasswordDigest string   `json:"passwordDigest"`
	Disabled       bool     `json:"disabled"`
	Version        int64    `json:"version"`
	CreatedAt      string   `json:"createdAt"`
	ChangedAt      string   `json:"changedAt"`
}

// recordBody is the body of an account-change record.
type recordBody struct {
	What          string `json:"what"`
	By            string `json:"by"`
	Account       proven `json:"account"`
	AccountDigest string `json:"accountDigest"`
}

func provenOf(a *Account) proven {
	p := proven{ID: string(a.ID), NameZH: a.Name.ZH, NameEN: a.Name.EN, Posts: make([]string, len(a.Posts)), Disabled: a.Disabled, Version: a.Version,
		CreatedAt: a.CreatedAt.String(), ChangedAt: a.ChangedAt.String()}
	for i, id := range a.Posts {
		p.Posts[i] = string(id)
	}
	if a.Password != "" {
		p.PasswordDigest = digest([]byte(a.Password))
	}
	return p
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Digest is the SHA-256, in hex, of all that an account is, in a form that does
// not depend on where it is stored. The body of every account-change record has
// that of the account after the change as its member "accountDigest": whoever
// keeps accounts can find out that one differs from its last record.
func Digest(a *Account) string {
	body, err := wire.Marshal(provenOf(a))
	if err != nil { // a name that is no text; the digest of nothing matches no record
		return ""
	}
	return digest(body)
}

// recordOf is the record of a change: what was done, by whom, and the account
// after it.
func recordOf(a *Account, what string, by city.AccountID) (ledger.Record, error) {
	body, err := wire.Marshal(recordBody{what, string(by), provenOf(a), Digest(a)})
	if err != nil {
		return ledger.Record{}, &city.Error{Kind: city.Internal, Op: "identity: record", Err: err}
	}
	return ledger.Record{ID: RecordID(a.ID, a.Version), Kind: ledger.AccountChange, Subject: string(a.ID), Seq: a.Version, At: a.ChangedAt, Body: body}, nil
}
