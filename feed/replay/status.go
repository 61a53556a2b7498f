package replay

import (
	"sync"

	"citybrain/city"
)

// State of a feed.
type State string

// The states of a feed.
const (
	Waiting State = "waiting" // not begun, or the file is not there or holds no row yet
	Running State = "running"
	Ended   State = "ended"  // every row has been taken
	Failed  State = "failed" // see Err; rows before are kept
)

// Status is how far a feed has come. What became of its rows is counted by the
// model.
type Status struct {
	Feed  city.FeedID
	State State
	Err   error
	Run   uint64
	Rows  int64        // acknowledged by the gate since this start
	Last  city.Instant // observation time of the latest of them
	Clock city.Instant // the city's clock at the last of them
}

// board keeps the status of every feed. Safe for concurrent use.
type board struct {
	mu   sync.Mutex
	list []Status
}

func newBoard(feeds []Feed) *board {
	b := &board{list: make([]Status, len(feeds))}
	for i, f := range feeds {
		b.list[i] = Status{Feed: f.Mapping.Feed(), State: Waiting}
	}
	return b
}

func (b *board) set(i int, fn func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fn(&b.list[i])
}

func (b *board) all() []Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Status(nil), b.list...)
}

// mark is what one send holds of a feed.
type mark struct {
	feed int
	rows int64
	last city.Instant
}

func (b *board) took(marks []mark, clock city.Instant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range marks {
		s := &b.list[m.feed]
		s.Rows += m.rows
		s.Last = max(s.Last, m.last)
		s.Clock = max(s.Clock, clock)
	}
}

// end closes a feed's account; err is why it ended early.
func (b *board) end(i int, err error) {
	b.set(i, func(s *Status) {
		s.State, s.Err = Ended, err
		if err != nil {
			s.State = Failed
		}
	})
}
