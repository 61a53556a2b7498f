package app

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"citybrain/api/proofs"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/tesseralog"
)

// evidence is the ledger of a city: it gives the records that wait for it
// their leaves and answers what can be proved.
type evidence struct {
	a       *App
	log     *tesseralog.Log
	waiting atomic.Int64 // records without a leaf, as last counted
	sealed  atomic.Int64 // when the last leaf was covered, by the machine's clock
}

func openEvidence(ctx context.Context, a *App) (*evidence, error) {
	name := filepath.Base(a.Config.City)
	log, err := tesseralog.Open(ctx, filepath.Join(a.Config.Data, ledgerFolder), tesseralog.Options{Origin: "citybrain/" + name, Logger: a.Logger})
	if err != nil {
		return nil, err
	}
	return &evidence{a: a, log: log}, nil
}

// run gives leaves until ctx ends.
func (e *evidence) run(ctx context.Context) error {
	var watching sync.WaitGroup
	watching.Go(func() { e.watch(ctx) })
	defer watching.Wait()
	return e.log.Run(ctx, outbox{e.a.store, e})
}

// outbox notes when leaves come.
type outbox struct {
	ledger.Outbox
	e *evidence
}

// Place implements ledger.Outbox.
func (o outbox) Place(ctx context.Context, placed []ledger.Placed) error {
	err := o.Outbox.Place(ctx, placed)
	if err == nil && len(placed) > 0 {
		o.e.sealed.Store(int64(o.e.a.wall.Now()))
	}
	return err
}

// countEvery is how often waiting records are counted.
const countEvery = 500 * time.Millisecond

func (e *evidence) watch(ctx context.Context) {
	beat := time.NewTicker(countEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		if n, err := e.a.store.WaitingCount(ctx); err == nil {
			e.waiting.Store(int64(n))
		}
	}
}

// retryEvidence is when to try again a move that the ledger holds up.
const retryEvidence = 10 * time.Second

// ready refuses moves once too many records wait for their leaves: what is done
// must stay provable.
func (e *evidence) ready() error {
	if e.waiting.Load() < int64(e.a.Config.Evidence.MaxWaiting) {
		return nil
	}
	why := "the ledger does not keep up"
	if err := e.log.Health(); err != nil {
		why = readable(err)
	}
	refusal := city.Errorf(city.Unavailable, "app.evidence", "nothing more can be done on cases until it can be proved: %d records wait for the ledger (%s). What was done is kept", e.waiting.Load(), why)
	refusal.Retry = retryEvidence
	return refusal
}

// LedgerStatus implements proofs.Ledger.
func (e *evidence) LedgerStatus(ctx context.Context) (proofs.Status, error) {
	key, checkpoint, err := e.latest()
	if err != nil {
		return proofs.Status{}, err
	}
	waiting, err := e.a.store.WaitingCount(ctx)
	origin, _ := key.Name()
	return proofs.Status{Size: checkpoint.Size, Waiting: waiting, Checkpoint: string(checkpoint.Raw), Key: string(key), Origin: origin,
		LastSealedAt: city.Instant(e.sealed.Load())}, err
}

func (e *evidence) latest() (ledger.Key, ledger.Checkpoint, error) {
	folder := e.log.Folder()
	key, err := folder.Key()
	if err != nil {
		return "", ledger.Checkpoint{}, err
	}
	checkpoint, err := folder.Checkpoint(key)
	return key, checkpoint, err
}

// Examine implements proofs.Ledger.
func (e *evidence) Examine(ctx context.Context, subject string, ids []ledger.RecordID) (proofs.Examination, error) {
	_, checkpoint, err := e.latest()
	if err != nil {
		return proofs.Examination{}, err
	}
	out := proofs.Examination{Checkpoint: string(checkpoint.Raw), Size: checkpoint.Size}
	for _, id := range ids {
		one, err := e.examine(ctx, &checkpoint, id)
		if err != nil {
			return out, err
		}
		out.Records = append(out.Records, one)
	}
	found := func(d ledger.Damage) { out.Damage = append(out.Damage, d) }
	if err = e.a.store.CheckCase(ctx, casework.CaseID(subject), found); err == nil && subject != "" {
		_, err = checkFiles(ctx, e.a.store, e.a.files, casework.CaseID(subject), found)
	}
	return out, err
}

func (e *evidence) examine(ctx context.Context, checkpoint *ledger.Checkpoint, id ledger.RecordID) (proofs.Examined, error) {
	record, err := e.a.store.Record(ctx, id)
	out := proofs.Examined{ID: id, Leaf: record.Leaf, State: proofs.Sealed}
	if err == nil {
		_, err = e.log.Folder().Proof(checkpoint, &record)
	} else {
		out.Leaf = -1
	}
	switch {
	case err == nil:
	case city.KindOf(err) == city.NotFound && out.Leaf < checkpoint.Size && out.Leaf >= 0, city.KindOf(err) == city.Invalid:
		out.State, out.Text = proofs.Damaged, readable(err)
	case city.KindOf(err) == city.NotFound && record.ID == "":
		out.State, out.Text = proofs.Damaged, "the record is missing"
	case city.KindOf(err) == city.NotFound:
		out.State = proofs.Waiting
	default:
		return out, err
	}
	return out, nil
}

// Proof implements proofs.Ledger.
func (e *evidence) Proof(ctx context.Context, id ledger.RecordID) ([]byte, error) {
	_, checkpoint, err := e.latest()
	if err != nil {
		return nil, err
	}
	return proofOf(ctx, e.a.store, e.log.Folder(), &checkpoint, id)
}

// recordReader reads single records.
type recordReader interface {
	Record(ctx context.Context, id ledger.RecordID) (ledger.Sealed, error)
}

func proofOf(ctx context.Context, records recordReader, folder ledger.Folder, c *ledger.Checkpoint, id ledger.RecordID) ([]byte, error) {
	record, err := records.Record(ctx, id)
	if err != nil {
		return nil, err
	}
	proof, err := folder.Proof(c, &record)
	if city.KindOf(err) == city.NotFound {
		waits := city.Errorf(city.Unavailable, "app.Proof", "record %s waits for its leaf; it follows within a second", id)
		waits.Retry = time.Second
		return nil, waits
	}
	if err != nil {
		return nil, err
	}
	return ledger.WriteProof(proof), nil
}
