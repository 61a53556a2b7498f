package silences

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/alarm"
	"citybrain/city"
	"citybrain/internal/clock"
)

// Silencer takes what people say.
type Silencer interface {
	// Silence makes a silence as of now: it is durable, with the record that
	// proves it, and holds when the call returns. Denied, or Invalid with the
	// field that cannot be so.
	Silence(ctx context.Context, who *city.Actor, asked alarm.Silence) (alarm.Silence, error)
	// End ends a silence before its time. NotFound, Denied, or Conflict if it has
	// ended.
	End(ctx context.Context, who *city.Actor, id city.SilenceID) (alarm.Silence, error)
}

// Silences are read from the records.
type Silences interface {
	// Silences lists the latest made first; fewer than the limit means that there
	// are no more.
	Silences(ctx context.Context, f Filter) ([]alarm.Silence, error)
	// Silence is the silence with an id, or NotFound.
	Silence(ctx context.Context, id city.SilenceID) (alarm.Silence, error)
	// CountStandings counts the situations that are up by the first way in which
	// they are suppressed, "" for none.
	CountStandings(ctx context.Context) (map[city.SuppressedBy]int, error)
}

// Filter selects silences; a zero value does not filter.
type Filter struct {
	State  alarm.State
	Now    city.Instant
	Before city.SilenceID // with a lower id
	Limit  int
}

// Options are what the operations work with.
type Options struct {
	Silencer Silencer
	Silences Silences
	Clock    clock.Clock // the city's
}

// Routes registers the operations on an interface.
func Routes(api huma.API, o Options) {
	d := &desk{o}
	d.reads(api)
	d.commands(api)
}

// desk serves silences.
type desk struct{ Options }
