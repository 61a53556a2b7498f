package ngsild

import (
	"net/http"
	"net/url"

	"citybrain/city"
)

var (
	writeParams     = set(pOptions, pLocal)
	readParams      = set(pAttrs, pOptions, pFormat, pLocal, pType)
	deleteParams    = set(pLocal, pType)
	deleteAttrParam = set(pLocal, pType, pDeleteAll)
)

// create is POST /entities (clause 5.6.1).
func (h *Handler) create(w http.ResponseWriter, r *http.Request) error {
	p, err := parseParams(r.URL.RawQuery, set(pOptions, pFormat, pLocal))
	if err != nil {
		return err
	}
	o, err := p.options("keyValues")
	if err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	if err := h.readBody(r, d); err != nil {
		return err
	}
	change := city.Change{Op: city.OpCreate}
	d.start(h.Clock.Now(), o.keyValues)
	if err := d.whole(&change); err != nil {
		return err
	}
	if _, err := h.write(r, change); err != nil {
		return err
	}
	w.Header()["Location"] = []string{Prefix + "entities/" + url.PathEscape(string(change.Entity))}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// whole reads a body that is one entity with id and type.
func (d *decoder) whole(c *city.Change) error {
	if err := d.entity(c); err != nil {
		return err
	}
	if err := complete(c); err != nil {
		return err
	}
	return d.end()
}

func complete(c *city.Change) error {
	if c.Entity == "" {
		return city.InvalidField(op, "id", "is missing")
	}
	if c.Type == "" {
		return city.InvalidField(op, "type", "is missing")
	}
	return nil
}

// write hands one change to the gate.
func (h *Handler) write(r *http.Request, change city.Change) (Result, error) {
	results, err := h.Writer.Write(r.Context(), []city.Change{change})
	if err != nil {
		return Result{}, err
	}
	return results[0], refusal(&results[0])
}

// refusal is why a change was not applied, or nil. What the city's quality
// rules keep out of the present is refused, not silently dropped.
func refusal(r *Result) error {
	switch {
	case r.Err != nil:
		return r.Err
	case r.Class == city.RowQuarantined:
		return city.InvalidField(op, "", "a quality rule of the city refuses these values; they are in quarantine: %s", r.Reason)
	}
	return nil
}

// read is GET /entities/{id} (clause 5.7.1).
func (h *Handler) read(w http.ResponseWriter, r *http.Request) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	id, err := entityID(r)
	if err != nil {
		return err
	}
	var f Form
	var asked city.EntityType
	if r.URL.RawQuery != "" {
		if f, asked, err = readForm(r.URL.RawQuery); err != nil {
			return err
		}
	}
	if f.Context, err = acceptsLD(r); err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	found, matches := false, true
	h.Present.View(id, func(e *city.Entity) {
		found = asked == "" || asked == e.Type
		matches = f.Attributes == nil || hasAny(e, f.Attributes)
		d.out = AppendEntity(d.out[:0], e, &f)
	})
	if !found || !matches {
		return notFound(id, found)
	}
	return respond(w, http.StatusOK, f.Context, d.out)
}

func readForm(raw string) (f Form, asked city.EntityType, err error) {
	p, err := parseParams(raw, readParams)
	if err != nil {
		return f, "", err
	}
	o, err := p.options("keyValues", "sysAttrs", "provenance")
	if err != nil {
		return f, "", err
	}
	f.KeyValues, f.SysAttrs, f.Provenance = o.keyValues, o.sysAttrs, o.provenance
	f.Attributes, err = p.names(pAttrs)
	return f, city.EntityType(p.value(pType)), err
}

func hasAny(e *city.Entity, names []city.AttributeName) bool {
	for _, name := range names {
		if e.Attribute(name) != nil {
			return true
		}
	}
	return false
}

func notFound(id city.EntityID, exists bool) error {
	if exists {
		return &city.Error{Kind: city.NotFound, Op: op, Field: "attrs", Detail: "the entity has none of these attributes"}
	}
	return &city.Error{Kind: city.NotFound, Op: op, Field: "entityId", Detail: "there is no entity " + clip(string(id))}
}

// remove is DELETE /entities/{id} (clause 5.6.6).
func (h *Handler) remove(w http.ResponseWriter, r *http.Request) error {
	id, err := h.addressed(r, deleteParams)
	if err != nil {
		return err
	}
	now := h.Clock.Now()
	if _, err := h.write(r, city.Change{Op: city.OpDelete, Entity: id, Source: Source, At: now, ReceivedAt: now}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// addressed is the entity of a request without a body.
func (h *Handler) addressed(r *http.Request, allowed uint32) (city.EntityID, error) {
	if err := checkRequest(r); err != nil {
		return "", err
	}
	if _, err := parseParams(r.URL.RawQuery, allowed); err != nil {
		return "", err
	}
	return entityID(r)
}
