package indicator

import (
	"context"
	"sync"
	"time"

	"citybrain/city"
	"citybrain/model"
)

// Fresh is how long readings are handed out again: many pages that look at once
// cost one evaluation.
const Fresh = time.Second

// Board reads all figures of a city. Fill it and use it; it is safe for
// concurrent use.
type Board struct {
	Figures    []Figure
	Present    Present
	Situations Situations

	mu       sync.Mutex
	at       city.Instant
	readings []Reading
}

// Read is every figure, in order. now is the city's time; wall is the time by
// which readings grow old, that of the machine's clock. The caller changes
// nothing in the answer.
func (b *Board) Read(ctx context.Context, now, wall city.Instant) ([]Reading, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if age := wall.Sub(b.at); b.readings != nil && age >= 0 && age < Fresh {
		return b.readings, nil
	}
	out := make([]Reading, len(b.Figures))
	types := b.Present.Types()
	for i := range b.Figures {
		r, err := b.read(ctx, &b.Figures[i], types, now)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	b.at, b.readings = wall, out
	return out, nil
}

func (b *Board) read(ctx context.Context, f *Figure, types map[city.EntityType]int, now city.Instant) (r Reading, err error) {
	r = Reading{Figure: f, Known: true}
	switch {
	case f.Share != nil:
		r.Rows, r.Part, r.Whole = f.Share.add(b.Present)
		if r.Known = r.Whole > 0; r.Known {
			r.Value = 100 * r.Part / r.Whole
		}
	case f.Entities != nil:
		r.Rows = b.Present.Query(model.Query{Types: []city.EntityType{f.Entities.Type}, Match: f.Entities.Match, Limit: 1, Count: true}).Total
		r.Value, r.Whole = float64(r.Rows), float64(types[f.Entities.Type])
	case f.Records != nil:
		r.Rows, err = f.Records(ctx, now)
		r.Value = float64(r.Rows)
	default:
		r.Rows, err = b.Situations.CountUp(ctx, f.Situation)
		r.Value = float64(r.Rows)
	}
	r.Tone = Calm
	if r.Known {
		r.Tone = f.tone(r.Value)
	}
	return r, err
}
