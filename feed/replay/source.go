package replay

import (
	"context"
	"fmt"
	"io"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
)

// How many rows of a feed are mapped at once, and how many behind a row are
// known before it is merged.
const (
	sourceRows = 512
	lookAhead  = 16
	enoughRows = 8
)

// unstatedLateness stands in for the lateness that a mapping does not state
// when a row is compared with its neighbours.
const unstatedLateness = time.Hour

// source is one observed feed on its way into the merge: rows with the time at
// which the merge takes each, which never falls.
type source struct {
	index    int // of the feed among all
	position int // among the sources
	feed     Feed
	reader   *rowfile.Reader
	mapper   *mapping.Mapper
	bounds   mapping.Bounds
	leap     time.Duration

	rows  []city.Change
	keys  []city.Instant // of rows[:ready]
	head  int            // next row for the merge
	ready int            // rows before it have keys
	key   city.Instant   // of the last row with a key
	ended bool           // the file is read
	err   error          // why it ended early
}

func newSource(ctx context.Context, index int, f Feed, window city.Interval) (*source, error) {
	r, x, err := f.open(ctx, rowfile.Options{})
	if err != nil {
		return nil, err
	}
	spec := f.Mapping.Spec()
	late := unstatedLateness
	if spec.Lateness != nil {
		late = *spec.Lateness
	}
	return &source{
		index: index, feed: f, reader: r, mapper: x, bounds: mapping.Bounds{Window: window},
		leap: spec.MaxAhead() + late, key: window.From,
	}, nil
}

// peek says when the merge takes the next row; ok is false behind the last.
func (s *source) peek() (key city.Instant, ok bool) {
	if s.head == s.ready && !s.fill() {
		return 0, false
	}
	return s.keys[s.head], true
}

// fill maps the next rows. The rows that were not ready move to the front.
func (s *source) fill() bool {
	if s.ended && s.ready == len(s.rows) {
		return false
	}
	s.rows = append(s.rows[:0], s.rows[s.ready:]...)
	s.head, s.ready, s.keys = 0, 0, s.keys[:0]
	for !s.ended && len(s.rows) < sourceRows+lookAhead {
		s.read()
	}
	settled := len(s.rows)
	if !s.ended {
		settled -= lookAhead
	}
	for ; s.ready < settled; s.ready++ {
		s.settle(s.ready)
	}
	return s.ready > 0
}

func (s *source) read() {
	var row mapping.Row
	if err := s.reader.Next(&row); err != nil {
		s.ended = true
		if err != io.EOF {
			s.err = err
		}
		return
	}
	s.rows = append(s.rows, city.Change{})
	c := &s.rows[len(s.rows)-1]
	s.mapper.Map(&row, &s.bounds, 0, c)
}

// settle gives row i its key. A row that leaps ahead while the rows behind it go
// on where the feed was before was not observed when it says: it would hold back
// every later row of the feed, so it is quarantined.
func (s *source) settle(i int) {
	c := &s.rows[i]
	if c.Op == city.OpObserve {
		if s.key != 0 && c.At > s.key.Add(s.leap) && s.leapsBack(i) {
			mapping.Refuse(c, fmt.Sprintf("time: %s lies more than %s ahead of the rows before and behind it", c.At, city.DurationText(s.leap)))
		} else {
			s.key = max(s.key, c.At)
		}
	}
	s.keys = append(s.keys, s.key)
}

// leapsBack says whether the rows behind row i go on at s.key.
func (s *source) leapsBack(i int) bool {
	behind := 0
	for j := i + 1; j < len(s.rows) && j <= i+lookAhead; j++ {
		if s.rows[j].Op != city.OpObserve {
			continue
		}
		if at := s.rows[j].At; at.Add(s.leap) >= s.rows[i].At || at < s.key.Add(-s.leap) {
			return false
		}
		behind++
	}
	return behind >= enoughRows
}
