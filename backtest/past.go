package backtest

import (
	"context"
	"encoding/hex"
	"errors"

	"citybrain/city"
	"citybrain/history"
)

// Past plays the sealed days of a data folder.
type Past struct {
	Archive *history.Archive
	// Reads says of which types rows are wanted.
	Reads func(city.EntityType) bool
	// Known are entities with the attributes that sources sent once and for all:
	// the rules are told of them before everything else.
	Known []city.Entity
	// Since and Round are those of the replay that the folder has lived: its
	// clock stood at Since and went on Round at a time. With a Round of zero time
	// passed by itself, and moves with every reading.
	Since, Round city.Instant

	inputs []Input
}

// Inputs implements Source.
func (p *Past) Inputs() []Input { return p.inputs }

// Sealed is the end of the last sealed day.
func (p *Past) Sealed() city.Instant {
	var last city.Instant
	for _, s := range p.Archive.Segments(history.Want{Types: p.Reads}) {
		last = max(last, (s.Day + 1).Start())
	}
	return last
}

// Play implements Source.
func (p *Past) Play(ctx context.Context, window city.Interval, gate Gate) error {
	want := history.Want{Interval: window, Types: p.Reads}
	p.inputs = p.inputs[:0]
	for _, s := range p.Archive.Segments(want) {
		p.inputs = append(p.inputs, Input{Name: s.File(), Bytes: s.Bytes, SHA256: hex.EncodeToString(s.SHA256[:])})
	}
	gate.Take(p.introductions(window.From))
	gate.Tick(window.From)
	at := pacer{gate: gate, clock: window.From, round: p.Round, next: p.nextRound(window.From)}
	err := p.Archive.Play(ctx, want, func(changes []city.Change) error {
		at.take(changes)
		return ctx.Err()
	})
	if err != nil {
		var damage *city.Error
		if errors.As(err, &damage) {
			return damage
		}
		return err
	}
	gate.Tick(window.To)
	return nil
}

// introductions tell the rules what they would have learned once and for all.
func (p *Past) introductions(at city.Instant) []city.Change {
	var out []city.Change
	for i := range p.Known {
		e := &p.Known[i]
		c := city.Change{Op: city.OpUpdate, Entity: e.ID, Type: e.Type, At: at, ReceivedAt: at}
		for _, a := range e.Attributes {
			if a.ObservedAt == 0 {
				a.ReceivedAt = at
				c.Attributes, c.Source = append(c.Attributes, a), a.Source
			}
		}
		if len(c.Attributes) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// nextRound is the end of the round in which an instant lies.
func (p *Past) nextRound(at city.Instant) city.Instant {
	if p.Round <= 0 {
		return 0
	}
	rounds := (at - p.Since) / p.Round
	next := p.Since + (rounds+1)*p.Round
	for next <= at {
		next += p.Round
	}
	return next
}

// pacer puts ticks between rows that come in the order of their reception.
type pacer struct {
	gate  Gate
	clock city.Instant // received last
	round city.Instant
	next  city.Instant // end of the round
}

// take hands on rows. In rounds, round k holds what was received in
// (T(k-1), T(k)]; without, every moment is ticked when all of it was handed on.
func (p *pacer) take(changes []city.Change) {
	start := 0
	for i := range changes {
		at := changes[i].ReceivedAt
		if at <= p.clock || p.round > 0 && at <= p.next {
			p.clock = max(p.clock, at)
			continue
		}
		p.hand(changes[start:i])
		start = i
		if p.round > 0 {
			p.gate.Tick(p.next)
			for p.next < at {
				p.next += p.round
			}
			if p.next-p.round > p.clock { // the rounds between are idle: their end alone says the same
				p.gate.Tick(p.next - p.round)
			}
		} else {
			p.gate.Tick(p.clock + 1)
		}
		p.clock = at
	}
	p.hand(changes[start:])
}

func (p *pacer) hand(changes []city.Change) {
	if len(changes) > 0 {
		p.gate.Take(changes)
	}
}
