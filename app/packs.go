package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"

	"citybrain/internal/wire"
	"citybrain/ledger"
	"citybrain/pack"
)

// packRecord is the body of the record of a pack change.
type packRecord struct {
	Pack    string `json:"pack"`
	Version string `json:"version"`
	Digest  string `json:"digest"` // SHA-256 over names and contents of its files
	Was     string `json:"was,omitempty"`
}

// recordPacks leaves a record of every pack whose files are not those with
// which the city last ran. The digest last recorded is kept as a fact, written
// after the record: a crash between the two finds the record there already.
func (a *App) recordPacks(ctx context.Context) error {
	for _, p := range a.City.Packs {
		digest, err := folderDigest(p.Dir)
		if err != nil {
			return err
		}
		fact := "pack " + p.Name
		known, err := a.store.Fact(ctx, fact)
		if err != nil {
			return err
		}
		var was string
		var seq int64
		if known != "" {
			if _, err := fmt.Sscanf(known, "%d %s", &seq, &was); err != nil {
				return err
			}
		}
		if was == digest {
			continue
		}
		if err := a.recordPack(ctx, p, digest, was, seq+1); err != nil {
			return err
		}
		if err := a.store.SaveFact(ctx, fact, fmt.Sprintf("%d %s", seq+1, digest)); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) recordPack(ctx context.Context, p *pack.Pack, digest, was string, seq int64) error {
	id := ledger.RecordID(fmt.Sprintf("pack.%s.%d.%s", p.Name, seq, digest[:16]))
	if _, err := a.store.Record(ctx, id); err == nil {
		return nil
	}
	body, err := wire.Marshal(packRecord{Pack: p.Name, Version: p.Version, Digest: digest, Was: was})
	if err != nil {
		return err
	}
	return a.store.AddRecord(ctx, ledger.Record{ID: id, Kind: ledger.PackChange, Subject: p.Name, Seq: seq, At: a.wall.Now(), Body: body})
}

// folderDigest is the SHA-256 over the names and contents of all files.
func folderDigest(dir string) (string, error) {
	sum := sha256.New()
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		fmt.Fprintf(sum, "%d %s %d\n", len(name), name, len(text))
		sum.Write(text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
