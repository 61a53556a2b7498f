package ledger

import (
	"context"
	"path/filepath"

	"github.com/transparency-dev/tessera/api/layout"

	"citybrain/city"
)

// VerifyOptions say what to verify.
type VerifyOptions struct {
	Folder Folder
	// Records to compare with the leaves. Without them only the log itself is
	// verified.
	Records Records
	// Key is the public key of the log; "" takes the one in the folder, which
	// shows nothing against somebody who could exchange both key and log.
	Key Key
	// Saved is a checkpoint that was kept elsewhere, as signed; nil: none. With
	// it truncation, roll-back and rewriting of the log are found.
	Saved []byte
	// Files looks at every file that a record speaks of, names those that are
	// missing or were changed, and says how many there are. An error means that
	// it could not look. nil: files are not looked at.
	Files func(ctx context.Context, found func(Damage)) (int64, error)
}

// Report is what verification has found.
type Report struct {
	Checkpoint Checkpoint // under which everything was verified
	Key        Key        // with which
	Saved      int64      // leaves of the saved checkpoint; -1: none was given
	Bundles    int64      // files of leaves read
	Leaves     int64      // leaves read and hashed
	Tiles      int64      // files of hashes read and compared
	Records    int64      // records compared with their leaves
	Files      int64      // files of evidence held against their hashes
	Unplaced   int64      // records whose leaf is in the log, which they are not yet told
	Waiting    int64      // records without a leaf; Unplaced among them
	Later      int64      // records whose leaf came behind the checkpoint while this ran
	Damages    []Damage   // at most MaxDamages, in order of what they are of
	Omitted    int64      // damages found beyond these
}

// MaxDamages is how many damages a report lists.
const MaxDamages = 10_000

// Sound says whether nothing is damaged.
func (r *Report) Sound() bool { return len(r.Damages) == 0 }

// Verify recomputes the whole log from its leaves, offline: every leaf, every
// tile and every bundle that the checkpoint covers, its root and its signature,
// each record against its leaf, and growth since a saved checkpoint. It changes
// nothing and may run beside the program that writes the log. What is damaged
// is in the report; an error means that it could not be verified at all:
// NotFound if there is no log, Invalid if the key or the saved checkpoint is
// none or of another log.
func Verify(ctx context.Context, o VerifyOptions) (*Report, error) {
	v := &verifier{o: o, report: Report{Key: o.Key, Saved: -1}}
	if err := v.openKey(); err != nil {
		return nil, err
	}
	readable, err := v.openCheckpoint()
	if err != nil {
		return nil, err
	}
	if readable {
		if err := v.run(ctx); err != nil {
			return nil, err
		}
	}
	if err := v.subjects(ctx); err != nil {
		return nil, err
	}
	if o.Files != nil {
		if v.report.Files, err = o.Files(ctx, v.add); err != nil {
			return nil, err
		}
	}
	v.sort()
	return &v.report, nil
}

type verifier struct {
	o      VerifyOptions
	report Report
	saved  *Checkpoint
	signed bool // the log's checkpoint is
	walk   walk
	cursor cursor
	seen   map[Damage]bool
}

func (v *verifier) openKey() (err error) {
	if v.o.Key == "" {
		if v.o.Key, err = v.o.Folder.Key(); err != nil {
			return err
		}
	}
	v.report.Key = v.o.Key
	if _, err := v.o.Key.verifier(); err != nil || v.o.Saved == nil {
		return err
	}
	saved, err := ParseCheckpoint(v.o.Saved, v.o.Key)
	if err != nil {
		e := city.Errorf(city.Invalid, "ledger.Verify", "the saved checkpoint is none of this log: it is not signed by its key, or was changed where it was kept")
		e.Err = err
		return e
	}
	v.saved, v.report.Saved = &saved, saved.Size
	return nil
}

// openCheckpoint says whether there is a checkpoint to go by. A damaged one is
// gone by all the same, so that leaves and records are compared too.
func (v *verifier) openCheckpoint() (bool, error) {
	raw, err := v.o.Folder.rawCheckpoint()
	if err != nil {
		if _, keyErr := v.o.Folder.Key(); keyErr != nil {
			return false, err
		}
		v.found(DamagedCheckpoint, v.checkpointFile(), "cannot be read: "+plain(unwrap(err)).Error())
		return false, nil
	}
	c, err := ParseCheckpoint(raw, v.o.Key)
	if err == nil {
		v.report.Checkpoint, v.signed = c, true
		return true, nil
	}
	v.found(DamagedCheckpoint, v.checkpointFile(), detail(err))
	c, err = readUnsigned(raw)
	if err != nil || !v.plausible(c.Size) {
		return false, nil
	}
	v.report.Checkpoint = c
	return true, nil
}

// plausible says whether the folder has leaves for a size that nobody signed;
// otherwise a changed digit would have a terabyte of leaves missed.
func (v *verifier) plausible(size int64) bool {
	return size >= 0 && (size == 0 || len(v.o.Folder.bundle((size-1)/tileWidth, size).entries) > 0)
}

func (v *verifier) checkpointFile() string { return filepath.Join(LogDir, layout.CheckpointPath) }

func (v *verifier) run(ctx context.Context) error {
	if err := v.walkLeaves(ctx); err != nil {
		return err
	}
	truth := v.findTruth()
	v.judgeBlocks(truth)
	v.judgeLevels(truth)
	v.judgeSaved(truth)
	return v.rest(ctx)
}

// judgeSaved holds the log against the checkpoint that was kept elsewhere.
func (v *verifier) judgeSaved(t *truth) {
	if v.saved == nil {
		return
	}
	now := &v.report.Checkpoint
	switch {
	case v.saved.Size > now.Size:
		v.foundf(RolledBack, v.saved.Size, "the saved checkpoint has %d leaves, the log only %d: it was truncated, or an older copy was put in its place", v.saved.Size, now.Size)
	case v.saved.Size == now.Size && v.saved.Root != now.Root && v.signed:
		v.foundf(Forked, v.saved.Size, "the saved checkpoint and that of the log have both %d leaves but other roots: two histories were signed", now.Size)
	case !v.continues(t):
		v.foundf(Forked, v.saved.Size, "the first %d leaves of the log are not those of the saved checkpoint", v.saved.Size)
	}
}

// subjects lets the records say what differs from its last record.
func (v *verifier) subjects(ctx context.Context) error {
	if v.o.Records == nil {
		return nil
	}
	n, err := v.o.Records.WaitingCount(ctx)
	if err != nil {
		return err
	}
	v.report.Waiting = int64(n)
	return v.o.Records.CheckRecords(ctx, v.add)
}
