package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/feed/replay"
	"citybrain/history"
	"citybrain/model"
	"citybrain/store/sqlstore"
)

// pastSource is what a backtest reads, with what the report says of it.
type pastSource struct {
	backtest.Source
	judged bool // rows have passed standards and quality rules before
	about  backtest.Reading
	close  func() error
}

func (s *pastSource) reading() backtest.Reading {
	s.about.Inputs = s.Inputs()
	return s.about
}

// open opens the files of the feeds, or the data folder.
func (t *trial) open(ctx context.Context) (*pastSource, error) {
	if t.Data != "" {
		return t.openData(ctx)
	}
	files, err := backtest.OpenFiles(t.tried.City, t.Feeds, t.reads())
	if err != nil {
		return nil, err
	}
	return &pastSource{Source: files, about: backtest.Reading{From: backtest.FromFiles}, close: func() error { return nil }}, nil
}

// openData opens the sealed days of a data folder to read them, also while the
// city runs on it.
func (t *trial) openData(ctx context.Context) (*pastSource, error) {
	dir := filepath.Join(t.Data, historyFolder)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, city.InvalidField(opBacktest, "data", "%s is not the data folder of a city: it has no folder %s", t.Data, historyFolder)
	}
	store, err := readRecords(ctx, t.Data, t.Records)
	if err != nil {
		return nil, err
	}
	s, err := t.openPast(ctx, store, dir)
	if err != nil {
		store.Close()
		return nil, err
	}
	return s, nil
}

func readRecords(ctx context.Context, data, records string) (*sqlstore.Store, error) {
	if records != "" {
		return sqlstore.OpenPostgresReading(ctx, records)
	}
	return sqlstore.OpenReading(ctx, filepath.Join(data, recordsFile))
}

func (t *trial) openPast(ctx context.Context, store *sqlstore.Store, dir string) (*pastSource, error) {
	owner, err := store.Fact(ctx, factCity)
	if err != nil {
		return nil, err
	}
	if name := filepath.Base(absolute(t.City)); owner != name {
		return nil, city.InvalidField(opBacktest, "data", "the folder %s belongs to the city %q, not to %q", t.Data, owner, name)
	}
	archive, err := history.OpenArchive(ctx, dir, store)
	if err != nil {
		return nil, err
	}
	p := &backtest.Past{Archive: archive, Reads: t.reads()}
	if err := lived(ctx, store, p); err != nil {
		return nil, err
	}
	present := model.NewPresent()
	if _, err := present.Load(ctx, checkpoints{store: store}); err != nil {
		return nil, err
	}
	for _, e := range present.Query(model.Query{}).Entities {
		if p.Reads(e.Type) {
			p.Known = append(p.Known, e)
		}
	}
	sealed := p.Sealed()
	if sealed <= t.options.From {
		return nil, city.InvalidField(opBacktest, "from", "no day from %s on is sealed in %s (sealed until %s): what is younger stands in the log, which a backtest does not read", t.options.From, t.Data, sealed)
	}
	t.options.Judged = true
	return &pastSource{Source: p, judged: true, about: backtest.Reading{From: backtest.FromHistory, Sealed: backtest.Time(sealed)}, close: store.Close}, nil
}

// lived tells p how time passed in the folder.
func lived(ctx context.Context, store *sqlstore.Store, p *backtest.Past) error {
	fact, err := store.Fact(ctx, factTime)
	if err != nil {
		return err
	}
	var from, until string
	if _, err := fmt.Sscanf(fact, "replay %s %s", &from, &until); err != nil {
		return nil // live, or a simulation: time passed by itself
	}
	if p.Since, err = city.ParseInstant(from); err != nil {
		return err
	}
	p.Round = city.Instant(replay.DefaultRound.Microseconds())
	return nil
}
