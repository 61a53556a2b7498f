package proofs

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/operation"
	"citybrain/api/problem"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
)

// Ledger is what the operations ask of the evidence.
type Ledger interface {
	// LedgerStatus is the state of the log now.
	LedgerStatus(ctx context.Context) (Status, error)
	// Examine recomputes records now: each record's digest against its leaf, the
	// leaf against the tree of the latest checkpoint, and the subject against
	// what its last record says of it. The results are in the order of ids.
	Examine(ctx context.Context, subject string, ids []ledger.RecordID) (Examination, error)
	// Proof is the self-contained proof of a record, as C2SP tlog-proof;
	// NotFound if there is no such record, Unavailable while it waits for its leaf.
	Proof(ctx context.Context, id ledger.RecordID) ([]byte, error)
}

// Status is the state of the log of evidence.
type Status struct {
	Size         int64        // leaves that the checkpoint covers
	Waiting      int          // records without a leaf
	Checkpoint   string       // the latest, as a C2SP signed note
	Key          string       // the verifier key (vkey) of its signature
	Origin       string       // the log's name
	LastSealedAt city.Instant // when the last leaf was covered; 0: never since the program started
}

// Examination is what was found when records were recomputed.
type Examination struct {
	Checkpoint string
	Size       int64
	Records    []Examined
	// Damage is what is wrong beside single records: the subject differs from
	// its last record, or a record is missing.
	Damage []ledger.Damage
}

// Examined is one record recomputed.
type Examined struct {
	ID    ledger.RecordID
	Leaf  int64 // -1 while it waits
	State State
	Text  string // what is wrong, of a damaged one
}

// State is what became of a record.
type State string

// The states.
const (
	Sealed  State = "sealed"  // its leaf is in the tree that the checkpoint signs
	Waiting State = "waiting" // it has no leaf yet, or the checkpoint does not cover it
	Damaged State = "damaged" // record, leaf and tree do not agree
)

// Options are what the operations work with.
type Options struct {
	Ledger   Ledger
	Cases    casework.Records
	Problems *problem.Reporter
}

// LedgerBody is the state of the log of evidence.
type LedgerBody struct {
	Size         int64  `json:"size" doc:"Leaves that the checkpoint covers"`
	Waiting      int    `json:"waiting" doc:"Records that wait for their leaf"`
	Checkpoint   string `json:"checkpoint" doc:"The latest (C2SP tlog-checkpoint): keep it elsewhere, and nobody can go back behind it unseen"`
	Key          string `json:"key" doc:"The key that verifies the checkpoint"`
	Origin       string `json:"origin" doc:"The log's name"`
	LastSealedAt string `json:"lastSealedAt,omitempty" format:"date-time"`
}

// VerificationBody is a case's evidence, recomputed for this answer.
type VerificationBody struct {
	Checkpoint string         `json:"checkpoint"`
	Size       int64          `json:"size"`
	Verified   bool           `json:"verified" doc:"Nothing is damaged; moves may still wait for their leaf"`
	Moves      []VerifiedMove `json:"moves"`
	Damage     []DamageBody   `json:"damage" doc:"What is wrong beside single moves: the case differs from its last record, or a record is missing"`
}

// VerifiedMove is one move's evidence.
type VerifiedMove struct {
	Seq    int64  `json:"seq"`
	Record string `json:"record"`
	Leaf   int64  `json:"leaf" doc:"-1 while it waits"`
	State  string `json:"state" enum:"sealed,waiting,damaged"`
	Text   string `json:"text,omitempty" doc:"What is wrong"`
}

// DamageBody is one fault.
type DamageBody struct {
	What string `json:"what" example:"subject"`
	ID   string `json:"id"`
	Text string `json:"text"`
}

type caseInput struct {
	ID string `path:"id" maxLength:"64" doc:"The case's id"`
}

// desk serves proofs.
type desk struct {
	Options
	turns chan struct{}
}

// verifications is how many cases are verified at once: each reads all files of
// its case.
const verifications = 2

// turn waits until a verification may begin. Its end gives the turn back.
func (d *desk) turn(ctx context.Context) error {
	select {
	case d.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(verifyWait):
		return &city.Error{Kind: city.Overload, Op: "proofs", Retry: verifyWait, Detail: "many cases are being verified; try again in a moment"}
	}
}

// verifyWait is how long a verification waits for its turn.
const verifyWait = 5 * time.Second

// Routes registers the operations on an interface and its mux.
func Routes(api huma.API, mux *http.ServeMux, o Options) {
	if o.Problems == nil {
		o.Problems = &problem.Reporter{}
	}
	d := &desk{o, make(chan struct{}, verifications)}
	huma.Register(api, operation.New("get-ledger", http.MethodGet, "/api/v1/ledger", "evidence", "The log of evidence: size, what waits, checkpoint and key"), d.status)
	op := operation.New("verify-case", http.MethodGet, "/api/v1/cases/{id}/verification", "evidence", "A case's evidence, recomputed now", http.StatusNotFound)
	op.Description = "Every move's record is hashed again, compared with its leaf, and the leaf with the tree that the latest checkpoint signs."
	huma.Register(api, op, d.verify)
	const path = "/api/v1/records/{id}/proof"
	mux.HandleFunc("GET "+path, d.proof)
	proof := operation.New("get-proof", http.MethodGet, path, "evidence", "The proof of a record, to be checked on another machine", http.StatusForbidden, http.StatusNotFound)
	proof.Description = "A C2SP tlog-proof with the record in it; `citybrain verify --proof FILE --key KEY` checks it. 503 while the record waits for its leaf. " +
		"Records of accounts are for administrators and auditors."
	proof.Parameters = []*huma.Param{operation.Text("path", "id", "The record's id", "case.6f1e0c5ab1d1b6a6a1f8a5d2c4e7b90a.4")}
	proof.Responses = map[string]*huma.Response{"200": {Description: "The proof", Content: map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	operation.Describe(api, proof)
}

func (d *desk) status(ctx context.Context, _ *struct{}) (*operation.Reply[LedgerBody], error) {
	s, err := d.Ledger.LedgerStatus(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(LedgerBody{s.Size, s.Waiting, s.Checkpoint, s.Key, s.Origin, s.LastSealedAt.String()}), nil
}

func (d *desk) verify(ctx context.Context, in *caseInput) (*operation.Reply[VerificationBody], error) {
	id := casework.CaseID(in.ID)
	if _, err := d.Cases.Case(ctx, id); err != nil {
		return nil, operation.Fail(ctx, err)
	}
	moves, err := d.Cases.Moves(ctx, id, 0)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	ids := make([]ledger.RecordID, len(moves))
	for i := range moves {
		ids[i] = ledger.RecordID(moves[i].Record)
	}
	if err := d.turn(ctx); err != nil {
		return nil, operation.Fail(ctx, err)
	}
	defer func() { <-d.turns }()
	found, err := d.Ledger.Examine(ctx, in.ID, ids)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(verification(&found, moves)), nil
}

func verification(found *Examination, moves []casework.StoredMove) VerificationBody {
	out := VerificationBody{Checkpoint: found.Checkpoint, Size: found.Size, Verified: len(found.Damage) == 0,
		Moves: make([]VerifiedMove, len(found.Records)), Damage: make([]DamageBody, len(found.Damage))}
	for i, r := range found.Records {
		out.Moves[i] = VerifiedMove{Seq: moves[i].Seq, Record: string(r.ID), Leaf: r.Leaf, State: string(r.State), Text: r.Text}
		out.Verified = out.Verified && r.State != Damaged
	}
	for i, damage := range found.Damage {
		out.Damage[i] = DamageBody{string(damage.What), damage.ID, damage.Text}
	}
	return out
}

var recordForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,120}$`)

// proof serves a proof as a file to be saved.
func (d *desk) proof(w http.ResponseWriter, r *http.Request) {
	body, err := d.readProof(r.Context(), r.PathValue("id"))
	if err != nil {
		d.Problems.Write(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+r.PathValue("id")+`.tlog-proof"`)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}

func (d *desk) readProof(ctx context.Context, id string) ([]byte, error) {
	if !recordForm.MatchString(id) {
		return nil, city.InvalidField("proofs", "id", "%q is not the id of a record, such as case.6f1e….4", id)
	}
	if len(id) > 8 && id[:8] == "account." {
		if err := caller.Require(ctx, "reading records of accounts", city.Administrator, city.Auditor); err != nil {
			return nil, err
		}
	}
	return d.Ledger.Proof(ctx, ledger.RecordID(id))
}
