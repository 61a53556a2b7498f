package natsbus

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"citybrain/city"
)

// Options of the log. The zero value of each field but Dir means its default.
type Options struct {
	Dir string
	// MaxBytes is the size at which the log refuses new batches. Default 10 GiB.
	MaxBytes int64
	// Sync is the time between syncs to the disk. Default 2 minutes, as in
	// JetStream. SyncAlways syncs every batch before it is acknowledged.
	Sync       time.Duration
	SyncAlways bool
	// Reserve is the free space on the disk below which batches are refused, so
	// that the engine itself never meets a full disk. Default 64 MiB.
	Reserve int64
	Logger  *slog.Logger
}

// Defaults of Options.
const (
	DefaultMaxBytes = 10 << 30
	DefaultSync     = 2 * time.Minute
	DefaultReserve  = 64 << 20
)

const (
	streamName = "CITYLOG"
	subject    = "citylog"
	markerName = "CITYBRAIN-LOG"
	markerText = "This folder is the log of a standalone City Brain (NATS JetStream, not clustered).\nDo not open it with a clustered server: it would delete the streams.\n"
	// maxMessage bounds one batch; the writer keeps batches far smaller.
	maxMessage = 8 << 20
	maxHeader  = 4 << 10 // of maxMessage, for the engine
	opTimeout  = 10 * time.Second
)

// Log is the log of a city. All methods are safe for concurrent use.
type Log struct {
	opts   Options
	mu     sync.Mutex // held while a batch is appended
	srv    *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	stream jetstream.Stream
	last   uint64
	broken bool  // a write failed; the server is started anew before the next
	lost   error // what ended all writing
	closed bool
	space  spaceGuard

	syncing sync.Mutex // guards what follows
	synced  uint64     // last at the last Sync
	newest  string     // block at the last Sync
}

// Open starts the server on a folder, which it creates if it is not there.
// Errors are city errors that say what to do.
func Open(ctx context.Context, o Options) (*Log, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.Sync == 0 {
		o.Sync = DefaultSync
	}
	if o.Reserve == 0 {
		o.Reserve = DefaultReserve
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := claimFolder(o.Dir); err != nil {
		return nil, err
	}
	l := &Log{opts: o, space: spaceGuard{dir: o.Dir, reserve: o.Reserve}}
	if err := l.start(ctx); err != nil {
		l.stop()
		return nil, err
	}
	return l, nil
}

// claimFolder makes sure that the folder is ours: new, or marked by us and
// without traces of a cluster.
func claimFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Open", Detail: "cannot make the log folder", Err: err}
	}
	if trace := clusterTrace(dir); trace != "" {
		return city.Errorf(city.Unavailable, "log.Open",
			"%s was written by a clustered NATS server (found %s). A standalone City Brain must not open it, it would delete the streams. Choose another folder, or connect this city to its cluster", dir, trace)
	}
	marker := filepath.Join(dir, markerName)
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Open", Detail: "cannot read the log folder", Err: err}
	}
	if len(entries) > 0 {
		return city.Errorf(city.Unavailable, "log.Open",
			"%s is not empty and has no %s marker: it is not the log of a standalone City Brain. Choose another --data folder; if it is ours and only the marker was lost, put an empty file of that name there", dir, markerName)
	}
	if err := os.WriteFile(marker, []byte(markerText), 0o640); err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Open", Detail: "cannot write to the log folder", Err: err}
	}
	return nil
}

// clusterTrace finds the raft folders that a clustered server keeps.
func clusterTrace(dir string) string {
	found := ""
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		if e.Name() == "_js_" {
			rel, _ := filepath.Rel(dir, path)
			found = rel
			return filepath.SkipAll
		}
		if strings.Count(strings.TrimPrefix(path, dir), string(filepath.Separator)) > 4 {
			return filepath.SkipDir
		}
		return nil
	})
	return found
}

func (l *Log) start(ctx context.Context) error {
	srv, err := server.NewServer(&server.Options{
		ServerName: "citybrain", DontListen: true, JetStream: true, StoreDir: l.opts.Dir,
		JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: l.opts.MaxBytes + 1<<30,
		SyncInterval: l.opts.Sync, SyncAlways: l.opts.SyncAlways,
		MaxPayload: maxMessage, MaxPending: 4 * maxMessage, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return startError(l.opts.Dir, err)
	}
	l.srv = srv
	srv.SetLoggerV2(natsLogger{l.opts.Logger}, false, false, false)
	srv.Start()
	if !srv.ReadyForConnections(opTimeout) {
		return startError(l.opts.Dir, errors.New("the server did not become ready"))
	}
	l.conn, err = nats.Connect("", nats.InProcessServer(srv), nats.MaxReconnects(0), nats.Timeout(opTimeout))
	if err != nil {
		return startError(l.opts.Dir, err)
	}
	if l.js, err = jetstream.New(l.conn); err != nil {
		return startError(l.opts.Dir, err)
	}
	return l.openStream(ctx)
}

func (l *Log) openStream(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, opTimeout)
	defer cancel()
	stream, err := l.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: streamName, Subjects: []string{subject}, Storage: jetstream.FileStorage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
		MaxBytes: l.opts.MaxBytes, MaxMsgSize: maxMessage, Replicas: 1, DenyDelete: true, AllowDirect: true,
	})
	if err != nil {
		return startError(l.opts.Dir, err)
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return startError(l.opts.Dir, err)
	}
	if err := checkWhole(l.opts.Dir, info.State); err != nil {
		return err
	}
	l.stream, l.last = stream, info.State.LastSeq
	return nil
}

// checkWhole refuses a log with holes: we never delete single messages, so a
// hole means damage.
func checkWhole(dir string, s jetstream.StreamState) error {
	if s.NumDeleted == 0 && (s.Msgs == 0 || s.Msgs == s.LastSeq-s.FirstSeq+1) {
		return nil
	}
	return city.Errorf(city.Unavailable, "log.Open",
		"the log in %s is damaged: of batches %d to %d only %d can be read. Restore the data folder from a backup; do not go on writing to it", dir, s.FirstSeq, s.LastSeq, s.Msgs)
}

func startError(dir string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: "log.Open", Detail: fmt.Sprintf("the log in %s cannot be opened: %v", dir, err), Err: err}
}

// Close stops the server after what was acknowledged is synced to the disk.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.stop()
	return nil
}

func (l *Log) stop() {
	if l.conn != nil {
		l.conn.Close()
	}
	if l.srv != nil {
		l.srv.Shutdown()
		l.srv.WaitForShutdown()
	}
	l.conn, l.srv = nil, nil
}

// natsLogger passes what the server says on to slog.
type natsLogger struct{ log *slog.Logger }

func (n natsLogger) Noticef(format string, v ...any) { n.log.Debug(fmt.Sprintf(format, v...)) }
func (n natsLogger) Warnf(format string, v ...any) {
	n.log.Warn("log engine: " + fmt.Sprintf(format, v...))
}
func (n natsLogger) Fatalf(format string, v ...any) {
	n.log.Error("log engine: " + fmt.Sprintf(format, v...))
}
func (n natsLogger) Errorf(format string, v ...any) {
	n.log.Error("log engine: " + fmt.Sprintf(format, v...))
}
func (n natsLogger) Debugf(string, ...any) {}
func (n natsLogger) Tracef(string, ...any) {}
