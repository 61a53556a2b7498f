package stream

import (
	"context"
	"errors"
	"net/http"
	"os"
	"time"

	"citybrain/api/caller"
	"citybrain/api/ngsild"
	"citybrain/api/problem"
	"citybrain/api/situation"
	"citybrain/city"
	"citybrain/internal/wire"
)

// The sizes of what is written at once.
const (
	entitiesPerEvent = 500
	situationsAtOnce = 200
	fullBuffer       = 256 << 10
)

// client is one connection. Its goroutine does all the work; the hub only wakes it.
type client struct {
	hub     *Hub
	account city.AccountID // "" with --auth open
	filter  filter
	at      place
	wake    chan struct{}

	out  []byte
	w    http.ResponseWriter
	rc   *http.ResponseController
	ids  []city.EntityID
	seen map[city.EntityID]struct{}
}

// rouse says that there are situations or cases to send. It never waits.
func (c *client) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// ServeHTTP answers GET /api/v1/stream until the client or the hub leaves.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		h.Problems.Write(w, r, problem.WithStatus(http.StatusMethodNotAllowed, city.Errorf(city.Invalid, "stream", "the stream is read with GET")))
		return
	}
	f, from, err := readRequest(r)
	if err != nil {
		h.Problems.Write(w, r, err)
		return
	}
	c := &client{hub: h, filter: f, wake: make(chan struct{}, 1), w: w, rc: http.NewResponseController(w), seen: map[city.EntityID]struct{}{}}
	if who, ok := caller.Of(r.Context()); ok && !who.Open {
		c.account = who.Actor.Account
	}
	now, err := h.join(c)
	if err != nil {
		h.Problems.Write(w, r, err)
		return
	}
	defer h.leave(c)
	err = c.run(r.Context(), from, now)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		h.slow.Add(1)
	}
}

// run sends until ctx ends or the client cannot be written to.
func (c *client) run(ctx context.Context, from *place, now place) error {
	// The server's deadline for reading a request would end the stream.
	_ = c.rc.SetReadDeadline(time.Time{})
	c.begin(from, now)
	if err := c.flush(); err != nil {
		return err
	}
	c.rouse()
	beat := time.NewTicker(c.hub.Heartbeat)
	defer beat.Stop()
	var gather <-chan time.Time
	if c.filter.entities {
		t := time.NewTicker(c.hub.Gather)
		defer t.Stop()
		gather = t.C
	}
	var tick <-chan time.Time
	if c.hub.Clock != nil {
		t := time.NewTicker(c.hub.Tick)
		defer t.Stop()
		tick = t.C
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.hub.done:
			return c.sendNews(ctx) // what was published before the end
		case <-c.wake:
			err = c.sendNews(ctx)
		case <-tick:
			err = c.sendClock()
		case <-gather:
			err = c.sendEntities()
		case <-beat.C:
			err = c.beat()
		}
		if err != nil {
			return err
		}
	}
}

// begin writes the head of the answer and finds the place to go on from.
func (c *client) begin(from *place, now place) {
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers would break the promise of time
	c.w.WriteHeader(http.StatusOK)
	c.at = now
	c.out = append(c.out, "retry: 2000\n"...)
	defer c.appendClock()
	if from == nil {
		c.out = append(c.endID(c.out), '\n')
		return
	}
	if from.cases == nowhere {
		from.cases = now.cases
	}
	if from.pos > now.pos || from.change > now.change || from.cases > now.cases { // not of this log
		c.reset("the id is not of this city's log")
		return
	}
	c.at = *from
	c.out = append(c.endID(c.out), '\n')
}

// endID appends the line with the client's place.
func (c *client) endID(dst []byte) []byte {
	dst = append(dst, "id: "...)
	dst = c.at.append(dst)
	return append(dst, '\n')
}

// beat keeps the connection alive, and the client's place fresh where nothing
// of interest has happened: an id without data raises no event.
func (c *client) beat() error {
	if !c.filter.entities {
		c.at.pos = city.Position(c.hub.last.Load())
	}
	c.out = append(c.endID(append(c.out, ": alive\n"...)), '\n')
	return c.flush()
}

// reset tells the client to read entities again.
func (c *client) reset(why string) {
	c.hub.resets.Add(1)
	c.out = append(c.endID(c.out), "event: reset\ndata: {\"reason\":"...)
	c.out = wire.AppendString(c.out, why)
	c.out = append(c.out, "}\n\n"...)
}

// flush writes what has been gathered, within the time that a client has.
func (c *client) flush() error {
	if len(c.out) == 0 {
		return nil
	}
	_ = c.rc.SetWriteDeadline(time.Now().Add(c.hub.WriteTimeout))
	_, err := c.w.Write(c.out)
	if err == nil {
		err = c.rc.Flush()
	}
	if c.out = c.out[:0]; cap(c.out) > 4*fullBuffer {
		c.out = nil
	}
	return err
}

// sendNews sends every situation and every case after the client's place.
func (c *client) sendNews(ctx context.Context) error {
	if err := c.sendSituations(ctx); err != nil {
		return err
	}
	return c.sendCases(ctx)
}

// sendSituations sends every situation after the client's place.
func (c *client) sendSituations(ctx context.Context) error {
	for {
		list, err := c.nextSituations(ctx)
		if err != nil || len(list) == 0 {
			return errors.Join(err, c.flush())
		}
		for i := range list {
			if err := c.appendSituation(&list[i]); err != nil {
				return err
			}
			if len(c.out) >= fullBuffer {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
	}
}

// nextSituations are those the hub keeps, or from the store what is older.
func (c *client) nextSituations(ctx context.Context) ([]city.Situation, error) {
	list, known := c.hub.situationsAfter(c.at.change)
	if known {
		return list, nil
	}
	list, err := c.hub.Situations.SituationChanges(ctx, c.at.change, situationsAtOnce)
	if err != nil {
		return nil, err
	}
	// The store may be behind the hub: never go past what the hub has not.
	if len(list) == 0 {
		list, _ = c.hub.situationsAfter(c.hub.oldestKept() - 1)
	}
	return list, nil
}

func (c *client) appendSituation(s *city.Situation) (err error) {
	c.at.change = s.Standing.Notice
	if !c.filter.wantsSituation(s) {
		return nil
	}
	c.hub.situations.Add(1)
	c.out = append(c.endID(c.out), "event: situation\ndata: "...)
	if c.out, err = situation.Append(c.out, s); err != nil {
		return err
	}
	c.out = append(c.out, '\n', '\n')
	return nil
}

// sendEntities sends the entities that changed since the client's place, as
// they are now.
func (c *client) sendEntities() error {
	clear(c.seen)
	ids, upto, missed := c.hub.changed(c.at.pos, &c.filter, c.seen, c.ids[:0])
	c.ids = ids
	if missed {
		c.at.pos = upto
		c.reset("entity changes were missed: read the entities again")
	}
	for len(ids) > 0 {
		n := min(entitiesPerEvent, len(ids))
		if n == len(ids) {
			c.at.pos = upto
		}
		c.appendEntities(ids[:n], upto)
		ids = ids[n:]
		if len(c.out) >= fullBuffer {
			if err := c.flush(); err != nil {
				return err
			}
		}
	}
	c.at.pos = upto
	return c.flush()
}

func (c *client) appendEntities(ids []city.EntityID, upto city.Position) {
	c.hub.entities.Add(uint64(len(ids)))
	c.out = append(c.endID(c.out), "event: entities\ndata: {\"position\":"...)
	c.out = wire.AppendNumber(c.out, float64(upto))
	c.out = append(c.out, ",\"entities\":["...)
	var gone []city.EntityID
	first := true
	for _, id := range ids {
		found := c.hub.Present.View(id, func(e *city.Entity) {
			if !first {
				c.out = append(c.out, ',')
			}
			first = false
			c.out = ngsild.AppendEntity(c.out, e, &entityForm)
		})
		if !found {
			gone = append(gone, id)
		}
	}
	c.out = append(c.out, "],\"deleted\":["...)
	for i, id := range gone {
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.out = wire.AppendString(c.out, string(id))
	}
	c.out = append(c.out, "]}\n\n"...)
}

var entityForm ngsild.Form
