package app

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	"citybrain/api/admin"
	"citybrain/city"
	"citybrain/feed/replay"
	"citybrain/model"
)

// feedRunner plays or follows the files of the feeds, and takes pushed rows.
type feedRunner struct {
	a      *App
	files  []replay.Feed
	player *replay.Player
	live   *replay.Live
	fault  atomic.Pointer[error] // what ended the play
}

func newFeedRunner(a *App) *feedRunner {
	r := &feedRunner{a: a}
	for _, m := range a.City.Feeds {
		if spec := m.Spec(); spec.File != "" && a.Config.Feeds != "" {
			r.files = append(r.files, replay.Feed{Mapping: m, Path: filepath.Join(a.Config.Feeds, spec.File)})
		}
	}
	c := a.Config
	if c.Replay == nil {
		r.live = replay.NewLive(gate{a.writer}, r.files, replay.LiveOptions{Clock: a.clock, Log: a.Logger})
		return r
	}
	r.player = replay.New(gate{a.writer}, r.files, replay.Options{
		From: c.From.Instant, Until: c.Until.Instant, Factor: float64(*c.Replay), Resume: a.clock.Now(),
		Advance: a.clock.advance, Log: a.Logger,
	})
	return r
}

// run announces every feed, then plays or follows until ctx ends.
func (r *feedRunner) run(ctx context.Context) error {
	if err := r.announce(ctx); err != nil {
		return err
	}
	if r.live != nil {
		return r.live.Follow(ctx)
	}
	return r.replay(ctx)
}

// announce lets rows be pushed to every feed before, or without, its file.
func (r *feedRunner) announce(ctx context.Context) error {
	runs := map[city.FeedID]uint64{}
	for _, p := range r.a.present.Feeds() {
		runs[p.Feed] = p.Run
	}
	for _, m := range r.a.City.Feeds {
		run, known := runs[m.Feed()]
		if !known {
			run = m.Sum()
		}
		if r.player != nil { // so that what is pushed meanwhile is counted with the file
			if planned := r.player.Run(m.Feed()); planned != 0 {
				run = planned
			}
		}
		for {
			err := r.a.writer.StartFeed(ctx, m.Feed(), run)
			if err == nil {
				break
			}
			if ctx.Err() != nil {
				return nil
			}
			r.a.Logger.Warn("a feed cannot be announced yet", "feed", m.Feed(), "error", err)
			sleep(ctx, time.Second)
		}
	}
	return nil
}

// replay plays the window to its end; then the city's time goes on by itself.
func (r *feedRunner) replay(ctx context.Context) error {
	begun := time.Now()
	playing, done := context.WithCancel(ctx)
	go r.tell(playing)
	err := r.player.Play(ctx)
	done()
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		r.fault.Store(&err)
		return err
	}
	r.a.clock.advance(r.a.Config.Until.Instant)
	r.a.clock.run(1)
	r.a.Logger.Info("the replay has ended; the city keeps serving", "took", time.Since(begun).Round(time.Millisecond))
	return nil
}

// tellEvery is the time between two lines about a replay's progress.
const tellEvery = 30 * time.Second

// tell logs how far a replay has come, until ctx ends.
func (r *feedRunner) tell(ctx context.Context) {
	beat := time.NewTicker(tellEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
			var rows int64
			for _, s := range r.player.Status() {
				rows += s.Rows
			}
			r.a.Logger.Info("replaying", "time", r.a.clock.Now(), "until", r.a.Config.Until.Instant, "rows", rows)
		}
	}
}

// state is what a feed is doing, and why it failed.
func (r *feedRunner) state(feed city.FeedID) (admin.FeedState, string) {
	var list []replay.Status
	if r.player != nil {
		list = r.player.Status()
	} else {
		list = r.live.Status()
	}
	for _, s := range list {
		if s.Feed != feed {
			continue
		}
		text := ""
		if s.Err != nil {
			text = readable(s.Err)
		}
		return admin.FeedState(s.State), text
	}
	return admin.FeedWaiting, ""
}

// readable is the detail of an error for people.
func readable(err error) string { return city.Detail(err) }

// gate lets feed/replay send to the model's writer.
type gate struct{ w *model.Writer }

// Start implements replay.Gate.
func (g gate) Start(ctx context.Context, feed city.FeedID, run uint64) error {
	return g.w.StartFeed(ctx, feed, run)
}

// Send implements replay.Gate.
func (g gate) Send(changes []city.Change) replay.Ticket { return ticket{g.w.Send(changes)} }

// Tick implements replay.Gate.
func (g gate) Tick(at city.Instant) replay.Ticket { return ticket{g.w.SendTick(at)} }

type ticket struct{ p *model.Pending }

// Wait implements replay.Ticket.
func (t ticket) Wait(ctx context.Context) error {
	results, err := t.p.Wait(ctx)
	if err != nil {
		return err
	}
	for i := range results {
		if results[i].Err != nil {
			return results[i].Err
		}
	}
	return nil
}
