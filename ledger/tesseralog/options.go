package tesseralog

import (
	"log/slog"
	"time"
)

// Options say how a log is kept. The zero value works for a log that exists; a
// new one needs an Origin.
type Options struct {
	// Origin names the log for ever, in its key and in every checkpoint: a name
	// without spaces or '+', by custom an address without scheme, such as
	// "citybrain.example.org/shili". "" takes that of the key in the folder.
	Origin string
	// Group is how many records are added together at most.
	Group int
	// Poll is how often the outbox is looked into when nobody calls Wake.
	Poll time.Duration
	// BatchAge is how long Tessera waits for a group to fill.
	BatchAge time.Duration
	// CheckpointEvery is the least time between two checkpoints.
	CheckpointEvery time.Duration
	// Patience is how long the disk may take to answer before Health says that
	// it does not. Nothing is given up then.
	Patience time.Duration
	// Retry is the longest pause between two attempts after a fault.
	Retry time.Duration
	// MinRoom is how many bytes must be free on the disk for a leaf to be added.
	MinRoom int64
	// Logger gets what a person should know; nil: slog's default.
	Logger *slog.Logger
}

// What an Options leaves at zero. A record that comes alone is under a signed
// checkpoint after Poll + BatchAge + 2×CheckpointEvery + the time of a dozen
// file syncs: well within a second.
const (
	DefaultGroup           = 4096
	DefaultPoll            = 100 * time.Millisecond
	DefaultBatchAge        = 5 * time.Millisecond
	DefaultCheckpointEvery = 200 * time.Millisecond
	DefaultPatience        = 10 * time.Second
	DefaultRetry           = 2 * time.Second
	DefaultMinRoom         = 16 << 20
)

func (o Options) withDefaults() Options {
	if o.Group <= 0 {
		o.Group = DefaultGroup
	}
	if o.MinRoom <= 0 {
		o.MinRoom = DefaultMinRoom
	}
	for _, d := range []struct {
		value   *time.Duration
		initial time.Duration
	}{
		{&o.Poll, DefaultPoll}, {&o.BatchAge, DefaultBatchAge}, {&o.CheckpointEvery, DefaultCheckpointEvery},
		{&o.Patience, DefaultPatience}, {&o.Retry, DefaultRetry},
	} {
		if *d.value <= 0 {
			*d.value = d.initial
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}
