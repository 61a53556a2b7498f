package replay

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/internal/clock"
)

// LiveOptions of a Live.
type LiveOptions struct {
	Clock           clock.Clock // the city's clock
	Batch, InFlight int
	Sleep           func(context.Context, time.Duration) error
	Log             *slog.Logger
}

// Live follows the files of the feeds while they grow. A packed file and one of
// reference data are read once. A feed whose file is not there waits for it and
// holds up no other. Use it once.
type Live struct {
	gate  Gate
	feeds []Feed
	board *board
	opts  Options
	clock clock.Clock
}

// NewLive makes a Live.
func NewLive(gate Gate, feeds []Feed, o LiveOptions) *Live {
	opts := Options{Batch: o.Batch, InFlight: o.InFlight, Sleep: o.Sleep, Log: o.Log}.withDefaults()
	l := &Live{gate: gate, feeds: sorted(feeds), opts: opts, clock: o.Clock}
	l.board = newBoard(l.feeds)
	return l
}

// Status is how far each feed is, in the order of their ids. Safe for
// concurrent use.
func (l *Live) Status() []Status { return l.board.all() }

// Follow loads the reference feeds whose files are there, then follows the
// others until ctx ends. A feed that cannot be read further is Failed in the
// status; the others go on. The error is one of the gate's that waiting does not
// mend, or ctx's.
func (l *Live) Follow(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	loaded := make([]bool, len(l.feeds))
	for i, f := range l.feeds {
		if !f.Mapping.Observed() && !absent(f.Path) {
			if err := l.reference(ctx, i, f); err != nil {
				return err
			}
			loaded[i] = true
		}
	}
	var group sync.WaitGroup
	fatal := make(chan error, len(l.feeds))
	for i, f := range l.feeds {
		if loaded[i] {
			continue
		}
		group.Go(func() {
			read := l.feed
			if !f.Mapping.Observed() {
				read = l.reference
			}
			if err := read(ctx, i, f); err != nil {
				fatal <- err
				stop()
			}
		})
	}
	group.Wait()
	select {
	case err := <-fatal:
		return err
	default:
		return ctx.Err()
	}
}

func (l *Live) sender() *sender {
	return &sender{gate: l.gate, board: l.board, log: l.opts.Log, sleep: l.opts.Sleep, limit: l.opts.InFlight, runs: map[city.FeedID]uint64{}}
}

func (l *Live) end(i int, err error) {
	if err != nil {
		sayStopped(l.opts.Log, l.feeds[i], err)
	}
	l.board.end(i, err)
}

// reference loads a reference file as soon as it is there.
func (l *Live) reference(ctx context.Context, i int, f Feed) error {
	for {
		l.await(ctx, i, f)
		if ctx.Err() != nil {
			return nil
		}
		err, fatal := l.load(ctx, i, f)
		switch {
		case fatal != nil:
			return ifNotDone(ctx, fatal)
		case city.KindOf(err) != city.NotFound:
			l.end(i, err)
			return nil
		}
	}
}

func (l *Live) load(ctx context.Context, i int, f Feed) (err, fatal error) {
	content, err := rowfile.Fingerprint(f.Path)
	if err != nil {
		return err, nil
	}
	s := l.sender()
	if fatal := l.begin(ctx, s, i, f.run(content, city.Interval{})); fatal != nil {
		return nil, fatal
	}
	return s.loadWhole(ctx, i, f, l.clock.Now(), l.opts.Batch)
}

// pollEvery is how often Live looks for a file, or a first row, not yet there.
const pollEvery = time.Second

func absent(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// await waits until the feed's file is there or ctx ends. A file that is read
// once must also have kept its size for a poll: somebody may be copying it.
func (l *Live) await(ctx context.Context, i int, f Feed) {
	if !absent(f.Path) {
		return
	}
	l.board.set(i, func(st *Status) { st.State = Waiting })
	l.opts.Log.Warn("a feed waits for its file", "feed", f.Mapping.Feed(), "file", filepath.Base(f.Path))
	once := !f.Mapping.Observed() || rowfile.Packed(f.Path)
	size := int64(-1)
	for l.opts.Sleep(ctx, pollEvery) == nil {
		info, err := os.Stat(f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			size = -1
		case err != nil, !once, info.Size() == size:
			return
		default:
			size = info.Size()
		}
	}
}

func (l *Live) begin(ctx context.Context, s *sender, i int, run uint64) error {
	l.board.set(i, func(st *Status) { st.State, st.Run, st.Err = Running, run, nil })
	return s.start(ctx, l.feeds[i].Mapping.Feed(), run)
}

// feed follows one file, and the file that takes its place, until ctx ends.
//
// A file that takes another's place is a run of its own, even if it begins with
// the same row: its rows are counted anew, and those that the city has already
// come out as duplicates.
func (l *Live) feed(ctx context.Context, i int, f Feed) error {
	again := uint64(0)
	for {
		l.await(ctx, i, f)
		run, err := l.identify(ctx, f)
		if err == nil {
			s := l.sender()
			if err := l.begin(ctx, s, i, run^again); err != nil {
				return ifNotDone(ctx, err)
			}
			var fatal error
			if err, fatal = l.readFile(ctx, s, i, f); fatal != nil {
				return ifNotDone(ctx, fatal)
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if city.KindOf(err) == city.NotFound { // it went while it was opened
			continue
		}
		if !errors.Is(err, rowfile.ErrReplaced) {
			l.end(i, err)
			return nil
		}
		again = uint64(l.clock.Now())
		l.opts.Log.Warn("the file of a feed was cut or replaced; it is read from its first row", "feed", f.Mapping.Feed())
	}
}

func ifNotDone(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// identify waits until the file holds its first row, which names the run.
func (l *Live) identify(ctx context.Context, f Feed) (uint64, error) {
	for {
		content, ok, err := rowfile.Beginning(f.Path)
		if err != nil {
			return 0, err
		}
		if ok {
			return f.run(content, city.Interval{}), nil
		}
		if err := l.opts.Sleep(ctx, pollEvery); err != nil {
			return 0, err
		}
	}
}

// readFile reads one file until it ends, is replaced or ctx ends.
func (l *Live) readFile(ctx context.Context, s *sender, i int, f Feed) (err, fatal error) {
	r, x, err := f.open(ctx, rowfile.Options{Follow: true})
	if err != nil {
		return err, nil
	}
	defer r.Close()
	b := &liveBatch{feed: i, ahead: f.Mapping.Spec().MaxAhead()}
	for {
		err := b.fill(r, x, l.clock.Now(), l.opts.Batch)
		if len(b.rows) > 0 {
			if fatal := s.send(ctx, b.parcel()); fatal != nil {
				return nil, fatal
			}
		}
		if err == nil {
			continue
		}
		if fatal := s.settle(ctx, 0); fatal != nil {
			return nil, fatal
		}
		if !errors.Is(err, rowfile.ErrIdle) {
			if err == io.EOF {
				err = nil
			}
			return err, nil
		}
		if err := r.Wait(ctx); err != nil {
			return err, nil
		}
	}
}

// liveBatch is the rows of a feed that are there now.
type liveBatch struct {
	feed  int
	ahead time.Duration
	now   city.Instant
	rows  []city.Change
}

// fill maps up to limit rows. The error is why there are no more: ErrIdle for
// the moment, io.EOF or another for good.
func (b *liveBatch) fill(r *rowfile.Reader, x *mapping.Mapper, now city.Instant, limit int) error {
	b.now, b.rows = now, nil
	bounds := mapping.Bounds{Latest: now.Add(b.ahead)}
	for len(b.rows) < limit {
		var row mapping.Row
		if err := r.Next(&row); err != nil {
			return err
		}
		b.rows = append(b.rows, city.Change{})
		x.Map(&row, &bounds, now, &b.rows[len(b.rows)-1])
	}
	return nil
}

func (b *liveBatch) parcel() parcel {
	k := mark{feed: b.feed, rows: int64(len(b.rows))}
	for i := range b.rows {
		if b.rows[i].Op == city.OpObserve {
			k.last = max(k.last, b.rows[i].At)
		}
	}
	return parcel{changes: b.rows, marks: []mark{k}, clock: b.now}
}
