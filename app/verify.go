package app

import (
	"context"
	"os"
	"path/filepath"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/store/sqlstore"
)

// Kept is a data folder that is only read: to verify it or take proofs from it,
// while the program runs or after it has stopped.
type Kept struct {
	Folder ledger.Folder
	store  *sqlstore.Store
}

// OpenKept opens the data folder of a city. Records are the address of the
// PostgreSQL database that has them, or "" if they are in the folder.
func OpenKept(ctx context.Context, data, records string) (*Kept, error) {
	folder := filepath.Join(data, ledgerFolder)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, city.InvalidField("app.OpenKept", "data", "%s is not the data folder of a city: it has no folder %s", data, ledgerFolder)
	}
	k := &Kept{Folder: ledger.Folder(folder)}
	var err error
	if records == "" {
		k.store, err = sqlstore.OpenReading(ctx, filepath.Join(data, recordsFile))
	} else {
		k.store, err = sqlstore.OpenPostgresReading(ctx, records)
	}
	return k, err
}

// Close closes the records.
func (k *Kept) Close() error { return k.store.Close() }

// Verify recomputes everything; saved is a checkpoint that was kept elsewhere,
// or nil, key the public key that was, or "".
func (k *Kept) Verify(ctx context.Context, saved []byte, key ledger.Key) (*ledger.Report, error) {
	return ledger.Verify(ctx, ledger.VerifyOptions{Folder: k.Folder, Records: k.store, Saved: saved, Key: key})
}

// Proof is the self-contained proof of a record.
func (k *Kept) Proof(ctx context.Context, id ledger.RecordID) ([]byte, error) {
	key, err := k.Folder.Key()
	if err != nil {
		return nil, err
	}
	checkpoint, err := k.Folder.Checkpoint(key)
	if err != nil {
		return nil, err
	}
	return proofOf(ctx, k.store, k.Folder, &checkpoint, id)
}
