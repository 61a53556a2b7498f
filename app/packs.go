package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"citybrain/internal/wire"
	"citybrain/ledger"
)

// definition is a folder of files that says how the city works: a pack, or the
// city definition itself.
type definition struct {
	kind    ledger.Kind
	name    string
	version string
	digest  string // SHA-256 over names and contents of its files; "" once it is not used any more
}

// changeRecord is the body of the record of a changed definition.
type changeRecord struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Digest  string `json:"digest,omitempty"` // absent: taken out
	Was     string `json:"was,omitempty"`
}

// factPacks names the packs that were enabled when the city last ran.
const factPacks = "packs"

// recordPacks leaves a record of every pack, and of the city definition, whose
// files are not those with which the city last ran, and of every pack that was
// taken out. What was last recorded is kept as a fact, written after the record:
// a crash between the two finds the record there already.
func (a *App) recordPacks(ctx context.Context) error {
	now, err := a.definitions()
	if err != nil {
		return err
	}
	var names []string
	for _, d := range now {
		if d.kind == ledger.PackChange {
			names = append(names, d.name)
		}
	}
	before, err := a.store.Fact(ctx, factPacks)
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(before) {
		if !slices.Contains(names, name) {
			now = append(now, definition{kind: ledger.PackChange, name: name})
		}
	}
	for _, d := range now {
		if err := a.recordChange(ctx, d); err != nil {
			return err
		}
	}
	return a.store.SaveFact(ctx, factPacks, strings.Join(names, " "))
}

func (a *App) definitions() ([]definition, error) {
	digest, err := folderDigest(a.City.Dir)
	list := []definition{{kind: ledger.CityChange, name: filepath.Base(a.Config.City), digest: digest}}
	for _, p := range a.City.Packs {
		if err != nil {
			return nil, err
		}
		digest, err = folderDigest(p.Dir)
		list = append(list, definition{ledger.PackChange, p.Name, p.Version, digest})
	}
	return list, err
}

// recordChange records d unless it is what was recorded last.
func (a *App) recordChange(ctx context.Context, d definition) error {
	word := strings.TrimSuffix(string(d.kind), "-change")
	fact := word + " " + d.name
	known, err := a.store.Fact(ctx, fact)
	if err != nil {
		return err
	}
	var seq int64
	var was string
	if known != "" {
		if n, err := fmt.Sscanf(known, "%d %s", &seq, &was); n == 0 {
			return err
		}
	}
	if known != "" && was == d.digest {
		return nil
	}
	id := ledger.RecordID(fmt.Sprintf("%s.%s.%d.%.16s", word, d.name, seq+1, d.digest+"-taken-out-"))
	if _, err := a.store.Record(ctx, id); err != nil {
		body, err := wire.Marshal(changeRecord{Name: d.name, Version: d.version, Digest: d.digest, Was: was})
		if err != nil {
			return err
		}
		record := ledger.Record{ID: id, Kind: d.kind, Subject: d.name, Seq: seq + 1, At: a.wall.Now(), Body: body}
		if err := a.store.AddRecord(ctx, record); err != nil {
			return err
		}
	}
	return a.store.SaveFact(ctx, fact, fmt.Sprintf("%d %s", seq+1, d.digest))
}

// folderDigest is the SHA-256 over the names and contents of all files.
func folderDigest(dir string) (string, error) {
	sum := sha256.New()
	files := os.DirFS(dir)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name) // also through a link
		fmt.Fprintf(sum, "%d %s %d\n", len(name), name, len(text))
		sum.Write(text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)), err
}
