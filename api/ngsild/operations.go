package ngsild

import (
	"errors"
	"net/http"

	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/internal/wire"
)

// batchCreate is POST /entityOperations/create (clause 5.6.7).
func (h *Handler) batchCreate(w http.ResponseWriter, r *http.Request) error {
	return h.batch(w, r, func(options) city.Op { return city.OpCreate }, "keyValues")
}

// batchUpsert is POST /entityOperations/upsert (clause 5.6.8): options=update
// merges attributes, otherwise entities are replaced.
func (h *Handler) batchUpsert(w http.ResponseWriter, r *http.Request) error {
	return h.batch(w, r, func(o options) city.Op {
		if o.update {
			return city.OpObserve
		}
		return city.OpReplace
	}, "update", "replace", "keyValues")
}

// batchUpdate is POST /entityOperations/update (clause 5.6.9).
func (h *Handler) batchUpdate(w http.ResponseWriter, r *http.Request) error {
	return h.batch(w, r, func(options) city.Op { return city.OpUpdate }, "replace", "keyValues")
}

func (h *Handler) batch(w http.ResponseWriter, r *http.Request, choose func(options) city.Op, allowed ...string) error {
	p, err := parseParams(r.URL.RawQuery, set(pOptions, pFormat, pLocal))
	if err != nil {
		return err
	}
	o, err := p.options(allowed...)
	if err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	if err := h.readBody(r, d); err != nil {
		return err
	}
	d.start(h.Clock.Now(), o.keyValues)
	out := outcome{h: h, r: r}
	changes, err := d.batch(choose(o), &out)
	if err != nil {
		return err
	}
	return h.apply(w, r, changes, &out, d)
}

// apply writes changes and answers with what became of them.
func (h *Handler) apply(w http.ResponseWriter, r *http.Request, changes []city.Change, out *outcome, d *decoder) error {
	if len(changes) > 0 {
		results, err := h.Writer.Write(r.Context(), changes)
		if err != nil {
			return err
		}
		for i := range results {
			out.add(&changes[i], &results[i])
		}
	}
	return out.answer(w, d)
}

// batch reads a list of entities. A list that is not JSON is an error; an
// entity that breaks a rule is a fault of its own.
func (d *decoder) batch(do city.Op, out *outcome) ([]city.Change, error) {
	if err := d.openList("entities"); err != nil {
		return nil, err
	}
	var changes []city.Change
	for n := 0; d.dec.PeekKind() != ']'; n++ {
		if n == MaxBatch {
			return nil, &city.Error{Kind: city.TooLarge, Op: op, Field: index(n), Detail: "a batch has at most 10000 entities; split it"}
		}
		if err := d.element(n); err != nil {
			return nil, err
		}
		from := d.dec.InputOffset()
		if len(changes) == cap(changes) {
			changes = d.growChanges(changes, from)
		}
		c := city.Change{Op: do}
		err := d.entity(&c)
		if err == nil {
			err = complete(&c)
		}
		if err == nil {
			changes = append(changes, c)
			continue
		}
		var e *city.Error
		if errors.As(err, &e) && e.Field == "body" {
			return nil, err
		}
		if err := d.leave(1); err != nil {
			return nil, err
		}
		if c.Entity == "" {
			c.Entity = d.idIn(from)
		}
		out.fail(c.Entity, within(index(n), err))
	}
	return changes, d.endList(len(changes) + out.failed)
}

func (d *decoder) openList(what string) error {
	if d.dec.PeekKind() != '[' {
		return d.wrong("body", "must be a list of "+what)
	}
	_, err := d.dec.ReadToken()
	return err
}

// element fails unless the n-th element of the list is an object.
func (d *decoder) element(n int) error {
	if d.dec.PeekKind() != '{' {
		return d.wrong(index(n), "must be an entity, a JSON object")
	}
	return nil
}

func (d *decoder) endList(n int) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	if n == 0 {
		return city.InvalidField(op, "body", "is an empty list")
	}
	return d.end()
}

// growChanges makes room: after the first entity, for as many of its size as
// the body can still hold.
func (d *decoder) growChanges(changes []city.Change, offset int64) []city.Change {
	capacity := 4
	if n := len(changes); n > 0 {
		capacity = min(2*n+8, MaxBatch)
		if n <= 8 && offset > 0 {
			capacity = max(capacity, min(int(int64(len(d.body))*int64(n)/offset)+8, MaxBatch))
		}
	}
	return append(make([]city.Change, 0, capacity), changes...)
}

// leave skips what is open below a depth of the body.
func (d *decoder) leave(depth int) error {
	for {
		if d.dec.StackDepth() == depth {
			return nil
		}
		var err error
		if kind := d.dec.PeekKind(); kind == '}' || kind == ']' {
			_, err = d.dec.ReadToken()
		} else {
			err = d.dec.SkipValue()
		}
		if err != nil {
			return syntax(err)
		}
	}
}

// idIn is the id of the faulty entity that begins after an offset, if it has one.
func (d *decoder) idIn(from int64) city.EntityID {
	var e struct {
		ID string `json:"id"`
	}
	raw := d.body[from:d.dec.InputOffset()]
	for len(raw) > 0 && raw[0] != '{' {
		raw = raw[1:]
	}
	if wire.Unmarshal(raw, &e) != nil {
		return ""
	}
	return city.EntityID(clip(e.ID))
}

// batchDelete is POST /entityOperations/delete (clause 5.6.10).
func (h *Handler) batchDelete(w http.ResponseWriter, r *http.Request) error {
	if _, err := parseParams(r.URL.RawQuery, set(pLocal)); err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	if err := h.readBody(r, d); err != nil {
		return err
	}
	d.start(h.Clock.Now(), false)
	if err := d.openList("ids"); err != nil {
		return err
	}
	var changes []city.Change
	out := outcome{h: h, r: r}
	for n := 0; d.dec.PeekKind() != ']'; n++ {
		if n == MaxBatch {
			return &city.Error{Kind: city.TooLarge, Op: op, Field: index(n), Detail: "a batch has at most 10000 ids; split it"}
		}
		id, err := d.text(index(n))
		if err != nil {
			return err
		}
		if err := checkID(city.EntityID(id)); err != nil {
			return renamed(err, index(n))
		}
		changes = append(changes, city.Change{Op: city.OpDelete, Entity: city.EntityID(id), Source: Source, At: d.now, ReceivedAt: d.now})
	}
	if err := d.endList(len(changes)); err != nil {
		return err
	}
	return h.apply(w, r, changes, &out, d)
}

// outcome gathers what became of the entities of a batch.
type outcome struct {
	h         *Handler
	r         *http.Request
	created   []city.EntityID
	succeeded []city.EntityID
	errors    []byte // BatchEntityError members, separated by commas
	failed    int
	retry     *problem.Document // the first failure that asks to try again
}

func (o *outcome) fail(id city.EntityID, err error) {
	doc := o.h.Problems.Document(o.r, err)
	if doc.Retry > 0 && o.retry == nil {
		o.retry = doc
	}
	if o.failed > 0 {
		o.errors = append(o.errors, ',')
	}
	o.failed++
	o.errors = append(o.errors, `{"entityId":`...)
	o.errors = wire.AppendString(o.errors, string(id))
	o.errors = append(o.errors, `,"error":`...)
	o.errors = doc.Append(o.errors)
	o.errors = append(o.errors, '}')
}

func (o *outcome) add(c *city.Change, r *Result) {
	if err := refusal(r); err != nil {
		o.fail(c.Entity, err)
		return
	}
	if r.Created || c.Op == city.OpCreate {
		o.created = append(o.created, c.Entity)
	}
	o.succeeded = append(o.succeeded, c.Entity)
}

// answer is 201 with the ids created, 204 if none was, or 207 with a
// BatchOperationResult if something failed (clause 6.14 to 6.17).
func (o *outcome) answer(w http.ResponseWriter, d *decoder) error {
	switch {
	case o.failed > 0 && len(o.succeeded) == 0 && o.retry != nil:
		return o.retry // nothing was applied: the caller should slow down
	case o.failed > 0:
		d.out = append(d.out[:0], `{"success":`...)
		d.out = appendIDs(d.out, o.succeeded)
		d.out = append(d.out, `,"errors":[`...)
		d.out = append(d.out, o.errors...)
		d.out = append(d.out, ']', '}')
		return respond(w, http.StatusMultiStatus, false, d.out)
	case len(o.created) > 0:
		d.out = appendIDs(d.out[:0], o.created)
		return respond(w, http.StatusCreated, false, d.out)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func appendIDs(dst []byte, ids []city.EntityID) []byte {
	dst = append(dst, '[')
	for i, id := range ids {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(id))
	}
	return append(dst, ']')
}
