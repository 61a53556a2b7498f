package tesseralog

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"k8s.io/klog/v2"

	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// Log is an evidence log that this program writes. Safe for concurrent use.
type Log struct {
	options  Options
	folder   ledger.Folder
	key      ledger.Key
	lock     *os.File
	append   *tessera.Appender
	reader   tessera.LogReader
	shutdown func(context.Context) error
	cancel   context.CancelFunc
	wake     chan struct{}
	running  sync.Mutex
	settling <-chan struct{} // closed when no leaf is under way any more

	mu     sync.Mutex
	fault  error // why the last attempt failed; nil while all is well
	odd    error // records that cannot have a leaf, or leaves without a record
	closed bool
}

// quiet is done once: Tessera writes its diary to standard error, of which
// every fault reaches us as an error too.
var quiet = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(slog.DiscardHandler)) })

// Open opens the log in a folder, and makes folder, key pair and an empty log if
// there is none. Only one program may have it open: Conflict. Invalid if the log
// has another name than Options.Origin, if a part of it is missing, or if what
// stands in its files is not what its last checkpoint grew into; such a log must
// not be continued but verified. The caller closes it.
func Open(ctx context.Context, dir string, o Options) (*Log, error) {
	quiet()
	l := &Log{options: o.withDefaults(), folder: ledger.Folder(dir), wake: make(chan struct{}, 1)}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, unavailable(err, "the evidence folder cannot be made")
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	l.lock = lock
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return l, nil
}

// open does what Open promises, once the folder is ours.
func (l *Log) open(ctx context.Context) error {
	signer, key, err := openKey(string(l.folder), l.options.Origin)
	if err != nil {
		return err
	}
	l.key = key
	if err := l.checkGrowth(); err != nil {
		return err
	}
	if err := sweep(l.folder); err != nil {
		return unavailable(err, "what a stopped program left behind cannot be removed")
	}
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	driver, err := posix.New(ctx, posix.Config{Path: l.folder.Path("")})
	if err != nil {
		l.cancel()
		return unavailable(err, "the log cannot be opened")
	}
	o := tessera.NewAppendOptions().WithCheckpointSigner(signer).
		WithBatching(uint(l.options.Group), l.options.BatchAge).
		WithCheckpointInterval(l.options.CheckpointEvery).WithCheckpointRepublishInterval(0)
	l.append, l.shutdown, l.reader, err = tessera.NewAppender(ctx, driver, o)
	if err != nil {
		l.cancel()
		return unavailable(err, "the log cannot be opened")
	}
	return nil
}

// lockFolder keeps two programs from writing to one log.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, unavailable(err, "the evidence folder cannot be written to")
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(city.Errorf(city.Conflict, "tesseralog.Open", "another program writes to the evidence folder %s", dir), f.Close())
	}
	return f, nil
}

// checkGrowth holds what Tessera would continue from against what was signed
// last: a log must never sign two histories.
func (l *Log) checkGrowth() error {
	damaged := func(err error) error {
		e := city.Errorf(city.Invalid, "tesseralog.Open", "the log in %s is not what its last checkpoint says; nothing more is added to it. Verify it, and put back a sound copy that is not older", string(l.folder))
		e.Err = err
		return e
	}
	size, root, err := treeState(l.folder)
	c, signedErr := l.folder.Checkpoint(l.key)
	switch none := errors.Is(err, fs.ErrNotExist); {
	case none && city.KindOf(signedErr) == city.NotFound:
		return nil // a new log
	case err == nil && size == 0 && city.KindOf(signedErr) == city.NotFound:
		return nil // killed before the first checkpoint
	case none:
		return damaged(errors.New("its state is gone"))
	case err != nil:
		return unavailable(err, "the log's state cannot be read")
	case signedErr != nil:
		return damaged(signedErr)
	case size < c.Size:
		return damaged(errors.New("its state is older than its checkpoint"))
	}
	if err := l.folder.VerifyGrowth(&c, size, root); err != nil {
		return damaged(err)
	}
	return nil
}

// treeState reads how far Tessera has integrated, which may be further than the
// last checkpoint says.
func treeState(f ledger.Folder) (int64, []byte, error) {
	data, err := os.ReadFile(f.Path(".state/treeState"))
	if err != nil {
		return 0, nil, err
	}
	var state struct {
		Size int64  `json:"size"`
		Root []byte `json:"root"`
	}
	return state.Size, state.Root, wire.Unmarshal(data, &state)
}

// Folder is where the log stands: to read, prove and verify.
func (l *Log) Folder() ledger.Folder { return l.folder }

// Key is the log's public key.
func (l *Log) Key() ledger.Key { return l.key }

// Checkpoint is the last signed checkpoint.
func (l *Log) Checkpoint() (ledger.Checkpoint, error) { return l.folder.Checkpoint(l.key) }

// Proof is the proof of a record that has its leaf; like ledger.Folder.Proof
// under the last checkpoint.
func (l *Log) Proof(r *ledger.Sealed) (*ledger.Proof, error) {
	c, err := l.Checkpoint()
	if err != nil {
		return nil, err
	}
	return l.folder.Proof(&c, r)
}

// Wake says that a record may be waiting, so that its leaf follows at once.
func (l *Log) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Health is nil while records get their leaves, and otherwise the error that
// keeps them waiting or needs a person to look.
func (l *Log) Health() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault != nil {
		return l.fault
	}
	return l.odd
}

// Close waits until a checkpoint covers every leaf added, at most Patience, and
// lets go of the folder. Run has returned before.
func (l *Log) Close() error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.options.Patience)
	defer cancel()
	err := l.shutdown(ctx)
	l.cancel()
	return errors.Join(err, l.lock.Close())
}

// pause waits, unless woken or at the end.
func (l *Log) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-l.wake:
	}
}

func unavailable(err error, text string) error {
	e := city.Errorf(city.Unavailable, "tesseralog", "%s: %s", text, plain(err))
	e.Err = err
	return e
}

// plain is the cause of an error as the operating system words it.
func plain(err error) string {
	var p *fs.PathError
	var n syscall.Errno
	switch {
	case errors.As(err, &p):
		return p.Path + ": " + p.Err.Error()
	case errors.As(err, &n):
		return n.Error()
	}
	return err.Error()
}
