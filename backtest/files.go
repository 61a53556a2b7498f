package backtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"citybrain/city"
	"citybrain/feed/replay"
	"citybrain/pack"
)

// Files plays the files of a city's feeds as the program replays them.
type Files struct {
	feeds  []replay.Feed
	inputs []Input
}

// OpenFiles looks at the files of the city's feeds in dir. Feeds without a file
// are left out, and those of types that reads denies. NotFound names the files
// that are not there.
func OpenFiles(c *pack.City, dir string, reads func(city.EntityType) bool) (*Files, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, city.InvalidField("backtest.OpenFiles", "feeds", "%s is not a folder", dir)
	}
	f := &Files{}
	var missing []string
	for _, m := range c.Feeds {
		name := m.Spec().File
		if name == "" || !reads(m.Spec().Type) {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		input, err := inputOf(path, name)
		if err != nil {
			missing = append(missing, name)
			continue
		}
		f.feeds = append(f.feeds, replay.Feed{Mapping: m, Path: path})
		f.inputs = append(f.inputs, input)
	}
	switch {
	case len(missing) > 0:
		return nil, &city.Error{Kind: city.NotFound, Op: "backtest.OpenFiles", Field: "feeds",
			Detail: dir + " lacks " + strings.Join(missing, ", ") + ", which the city definition names"}
	case len(f.feeds) == 0:
		return nil, city.InvalidField("backtest.OpenFiles", "feeds", "no feed of the city that the rules read has a file; try --data with the folder of a running city")
	}
	return f, nil
}

func inputOf(path, name string) (Input, error) {
	file, err := os.Open(path)
	if err != nil {
		return Input{}, err
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	return Input{Name: name, Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// Inputs implements Source.
func (f *Files) Inputs() []Input { return f.inputs }

// Play implements Source.
func (f *Files) Play(ctx context.Context, window city.Interval, gate Gate) error {
	p := replay.New(atOnce{gate}, f.feeds, replay.Options{From: window.From, Until: window.To})
	if err := p.Play(ctx); err != nil {
		return err
	}
	var errs []error
	for _, s := range p.Status() {
		errs = append(errs, s.Err)
	}
	return errors.Join(errs...)
}

// atOnce is the gate of a replay that has taken what it is given when the call
// returns: nothing is in flight, nothing is sent again.
type atOnce struct{ gate Gate }

type landed struct{}

// Wait implements replay.Ticket.
func (landed) Wait(context.Context) error { return nil }

// Start implements replay.Gate.
func (atOnce) Start(context.Context, city.FeedID, uint64) error { return nil }

// Send implements replay.Gate.
func (g atOnce) Send(changes []city.Change) replay.Ticket {
	g.gate.Take(changes)
	return landed{}
}

// Tick implements replay.Gate.
func (g atOnce) Tick(at city.Instant) replay.Ticket {
	g.gate.Tick(at)
	return landed{}
}
