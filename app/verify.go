package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
	"citybrain/store/filestore"
	"citybrain/store/sqlstore"
)

// Kept is a data folder that is only read: to verify it or take proofs from it,
// while the program runs or after it has stopped.
type Kept struct {
	Folder ledger.Folder
	store  *sqlstore.Store
	files  *filestore.Store
}

// OpenKept opens the data folder of a city. Records are the address of the
// PostgreSQL database that has them, or "" if they are in the folder.
func OpenKept(ctx context.Context, data, records string) (*Kept, error) {
	folder := filepath.Join(data, ledgerFolder)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, city.InvalidField("app.OpenKept", "data", "%s is not the data folder of a city: it has no folder %s", data, ledgerFolder)
	}
	k := &Kept{Folder: ledger.Folder(folder), files: filestore.Reading(filepath.Join(data, filesFolder))}
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
	return ledger.Verify(ctx, ledger.VerifyOptions{Folder: k.Folder, Records: k.store, Saved: saved, Key: key,
		Files: func(ctx context.Context, found func(ledger.Damage)) (int64, error) {
			return checkFiles(ctx, k.store, k.files, "", found)
		}})
}

// checkFiles holds the files that the moves of a case attach, or of every case
// (""), against their hashes, and says how many there are. Files are kept before
// the move that attaches them, so one that is missing is always damage.
func checkFiles(ctx context.Context, records *sqlstore.Store, files *filestore.Store, id casework.CaseID, found func(ledger.Damage)) (int64, error) {
	var hashes []string
	moves := map[string][]string{} // by hash
	_, err := records.Attached(ctx, id, func(m *casework.Move) {
		if moves[m.File] == nil {
			hashes = append(hashes, m.File)
		}
		moves[m.File] = append(moves[m.File], fmt.Sprintf("case %s in move %d", m.Case, m.Seq))
	})
	for _, hash := range hashes {
		if err != nil {
			break
		}
		why := files.Verify(ctx, hash)
		if err = ctx.Err(); why != nil && err == nil {
			found(ledger.Damage{What: ledger.DamagedFile, ID: hash, Text: faultOf(why) + "; it was attached to " + strings.Join(moves[hash], ", ")})
		}
	}
	return int64(len(hashes)), err
}

// faultOf is what is wrong with a file, in words.
func faultOf(err error) string {
	switch city.KindOf(err) {
	case city.NotFound:
		return "the file is missing"
	case city.Internal:
		return "the file was changed: its content does not have this hash"
	}
	return "the file cannot be read: " + readable(err)
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
