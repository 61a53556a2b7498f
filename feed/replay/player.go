package replay

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/internal/clock"
)

// Defaults of Options.
const (
	DefaultRound    = 15 * time.Minute
	DefaultBatch    = 1024
	DefaultInFlight = 6
)

// Options of a Player.
type Options struct {
	// From and Until are the window; zero leaves a side open.
	From, Until city.Instant
	// Factor is how much faster than it happened the window passes: 1 as it
	// happened, 60 sixty times faster, 0 as fast as the gate takes it.
	Factor float64
	// Round is the virtual time between ticks, DefaultRound if zero. With a
	// factor it is at most one second of wall time, and every round is ticked.
	Round time.Duration
	// Batch is how many rows are sent at once, InFlight how many sends and
	// ticks are on their way at once.
	Batch, InFlight int
	// Resume is the city's clock in the log after a restart: up to there a
	// factor does not slow the replay down.
	Resume city.Instant
	// Advance is told the city's clock after each tick.
	Advance func(city.Instant)
	// Wall is the clock that a factor is measured by, Sleep waits by it.
	Wall  clock.Clock
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.Round <= 0 {
		o.Round = DefaultRound
	}
	if second := time.Duration(o.Factor * float64(time.Second)); o.Factor > 0 && second < o.Round {
		o.Round = max(second, time.Millisecond)
	}
	if o.Batch <= 0 {
		o.Batch = DefaultBatch
	}
	if o.InFlight <= 0 {
		o.InFlight = DefaultInFlight
	}
	if o.Wall == nil {
		o.Wall = &clock.Wall{}
	}
	if o.Sleep == nil {
		o.Sleep = sleepFor
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Player replays a window of the feeds' files. Use it once.
type Player struct {
	feeds  []Feed
	runs   []uint64
	broken []error // feeds whose file cannot be read at all
	board  *board
	sender *sender
	opts   Options
}

// New looks at the files of the feeds. A feed whose file is missing or
// unreadable is Failed; the others play.
func New(gate Gate, feeds []Feed, o Options) *Player {
	o = o.withDefaults()
	p := &Player{feeds: sorted(feeds), opts: o}
	p.runs, p.broken = make([]uint64, len(feeds)), make([]error, len(feeds))
	p.board = newBoard(p.feeds)
	for i, f := range p.feeds {
		content, err := rowfile.Fingerprint(f.Path)
		p.broken[i], p.runs[i] = err, f.run(content, p.window())
		p.board.set(i, func(s *Status) { s.Run = p.runs[i] })
	}
	p.sender = &sender{
		gate: gate, board: p.board, log: o.Log, sleep: o.Sleep, advance: o.Advance,
		limit: o.InFlight, runs: map[city.FeedID]uint64{},
	}
	return p
}

func (p *Player) window() city.Interval { return city.Interval{From: p.opts.From, To: p.opts.Until} }

// Status is how far each feed is, in the order of their ids. Safe for
// concurrent use.
func (p *Player) Status() []Status { return p.board.all() }

// Run is what names the reading of a feed to the gate, 0 for an unknown feed.
func (p *Player) Run(feed city.FeedID) uint64 {
	for i, f := range p.feeds {
		if f.Mapping.Feed() == feed {
			return p.runs[i]
		}
	}
	return 0
}

// Play replays everything and returns after the last tick is in the log. A feed
// that cannot be read further is Failed in the status and does not end the
// play; the error is ctx's or one of the gate's that waiting does not mend.
func (p *Player) Play(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	m := &merger{
		batch: p.opts.Batch, round: roundLength(p.opts.Round), until: p.opts.Until, everyRound: p.opts.Factor > 0,
	}
	p.openSources(ctx, m)
	defer func() {
		for _, s := range m.sources {
			if s != nil {
				s.reader.Close()
			}
		}
	}()
	m.clock = p.start(m)
	if err := p.loadReference(ctx, m.clock); err != nil {
		return err
	}
	for _, s := range m.sources {
		if err := p.begin(ctx, s.index); err != nil {
			return err
		}
	}
	return p.stream(ctx, m)
}

func (p *Player) start(m *merger) city.Instant {
	if p.opts.From != 0 {
		return p.opts.From
	}
	if at, ok := m.start(); ok {
		return at
	}
	return p.opts.Wall.Now()
}

func (p *Player) openSources(ctx context.Context, m *merger) {
	for i, f := range p.feeds {
		if !f.Mapping.Observed() || p.broken[i] != nil {
			continue
		}
		s, err := newSource(ctx, i, f, p.window())
		if err != nil {
			p.broken[i] = err
			continue
		}
		s.position = len(m.sources)
		m.sources = append(m.sources, s)
	}
	for i, err := range p.broken {
		if err != nil && p.feeds[i].Mapping.Observed() {
			p.fail(i, err)
		}
	}
}

func (p *Player) fail(i int, err error) {
	sayStopped(p.opts.Log, p.feeds[i], err)
	p.board.end(i, err)
}

func sayStopped(log *slog.Logger, f Feed, err error) {
	log.Error("a feed has stopped", "feed", f.Mapping.Feed(), "error", city.Detail(err))
}

func (p *Player) begin(ctx context.Context, i int) error {
	p.board.set(i, func(s *Status) { s.State = Running })
	return p.sender.start(ctx, p.feeds[i].Mapping.Feed(), p.runs[i])
}

// loadReference loads the reference feeds whole, received at the start, and
// ticks.
func (p *Player) loadReference(ctx context.Context, at city.Instant) error {
	for i, f := range p.feeds {
		if f.Mapping.Observed() {
			continue
		}
		err := p.broken[i]
		if err == nil {
			if err = p.begin(ctx, i); err != nil {
				return err
			}
			var fatal error
			if err, fatal = p.sender.loadWhole(ctx, i, f, at, p.opts.Batch); fatal != nil {
				return fatal
			}
		}
		if err != nil {
			p.fail(i, err)
			continue
		}
		p.board.end(i, nil)
	}
	if err := p.sender.send(ctx, parcel{tick: at, clock: at}); err != nil {
		return err
	}
	return p.sender.settle(ctx, 0)
}

// loadWhole sends every row of a reference file. err is what is wrong with the
// file, fatal what ends the play.
func (s *sender) loadWhole(ctx context.Context, index int, f Feed, at city.Instant, batch int) (err, fatal error) {
	r, x, err := f.open(ctx, rowfile.Options{})
	if err != nil {
		return err, nil
	}
	defer r.Close()
	var rows []city.Change
	for err == nil && fatal == nil {
		var row mapping.Row
		if err = r.Next(&row); err == nil {
			rows = append(rows, city.Change{})
			x.Map(&row, &mapping.Bounds{}, at, &rows[len(rows)-1])
		}
		if len(rows) == batch || err != nil && len(rows) > 0 {
			fatal = s.send(ctx, parcel{changes: rows, marks: []mark{{index, int64(len(rows)), 0}}, clock: at})
			rows = nil
		}
	}
	if fatal == nil {
		fatal = s.settle(ctx, 0)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return err, fatal
}

// stream merges in one goroutine and sends in another.
func (p *Player) stream(ctx context.Context, m *merger) error {
	parcels := make(chan parcel, 2)
	merged := make(chan error, 1)
	m.out = func(ctx context.Context, q parcel) error {
		select {
		case parcels <- q:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	sending, stop := context.WithCancel(ctx)
	from, wallStart := max(m.clock, p.opts.Resume), p.opts.Wall.Now()
	go func() {
		merged <- m.run(sending)
		close(parcels)
	}()
	err := p.sendAll(ctx, parcels, pace{p.opts, from, wallStart})
	stop()
	for range parcels { // the merging goroutine ends before its sources are closed
	}
	return errors.Join(err, clean(ctx, err, <-merged))
}

// clean drops the merger's error where it only says that it was stopped.
func clean(ctx context.Context, sent, merged error) error {
	if sent != nil || ctx.Err() != nil {
		return nil
	}
	return merged
}

func (p *Player) sendAll(ctx context.Context, parcels <-chan parcel, pace pace) error {
	for q := range parcels {
		if wait := pace.wait(q.due); wait > 0 {
			if err := p.sender.settle(ctx, 0); err != nil {
				return err
			}
			if err := p.opts.Sleep(ctx, wait); err != nil {
				return err
			}
		}
		for _, e := range q.ended {
			if e.err != nil {
				sayStopped(p.opts.Log, p.feeds[e.feed], e.err)
			}
		}
		if err := p.sender.send(ctx, q); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return p.sender.settle(ctx, 0)
}

// pace says how long to wait until a moment of the city's clock is due.
type pace struct {
	opts Options
	from city.Instant // the city's clock when the wall's stood at wall
	wall city.Instant
}

func (p pace) wait(due city.Instant) time.Duration {
	if p.opts.Factor <= 0 || due <= p.from {
		return 0
	}
	after := time.Duration(float64(due.Sub(p.from)) / p.opts.Factor)
	return p.wall.Add(after).Sub(p.opts.Wall.Now())
}
