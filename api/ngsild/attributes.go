package ngsild

import (
	"net/http"

	"citybrain/city"
	"citybrain/internal/wire"
)

// patchAttributes is PATCH /entities/{id}/attrs (clause 5.6.2): attributes that
// the entity has are replaced, the others are reported.
func (h *Handler) patchAttributes(w http.ResponseWriter, r *http.Request) error {
	return h.changeAttributes(w, r, city.OpPatch)
}

// appendAttributes is POST /entities/{id}/attrs (clause 5.6.3).
func (h *Handler) appendAttributes(w http.ResponseWriter, r *http.Request) error {
	return h.changeAttributes(w, r, city.OpUpdate)
}

func (h *Handler) changeAttributes(w http.ResponseWriter, r *http.Request, do city.Op) error {
	id, err := entityID(r)
	if err != nil {
		return err
	}
	p, err := parseParams(r.URL.RawQuery, writeParams)
	if err != nil {
		return err
	}
	if _, err := p.options(); err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	if err := h.readBody(r, d); err != nil {
		return err
	}
	change := city.Change{Op: do, Entity: id}
	d.start(h.Clock.Now(), false)
	if err := d.entity(&change); err != nil {
		return err
	}
	if err := d.end(); err != nil {
		return err
	}
	if len(change.Attributes) == 0 {
		return city.InvalidField(op, "body", "holds no attribute")
	}
	res, err := h.write(r, change)
	if err != nil {
		return err
	}
	if len(res.Missing) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	d.out = appendUpdateResult(d.out[:0], change.Attributes, res.Missing)
	return respond(w, http.StatusMultiStatus, false, d.out)
}

// appendUpdateResult appends an UpdateResult (clause 5.2.18).
func appendUpdateResult(dst []byte, attrs []city.Attribute, missing []city.AttributeName) []byte {
	lacks := func(name city.AttributeName) bool {
		for _, m := range missing {
			if m == name {
				return true
			}
		}
		return false
	}
	dst = append(dst, `{"updated":[`...)
	first := true
	for i := range attrs {
		if lacks(attrs[i].Name) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = wire.AppendString(dst, string(attrs[i].Name))
	}
	dst = append(dst, `],"notUpdated":[`...)
	for i, name := range missing {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"attributeName":`...)
		dst = wire.AppendString(dst, string(name))
		dst = append(dst, `,"reason":"the entity has no such attribute"}`...)
	}
	return append(dst, ']', '}')
}

// patchAttribute is PATCH /entities/{id}/attrs/{name} (clause 5.6.4): members
// that the body does not have stay, except observedAt, which belongs to the
// value.
func (h *Handler) patchAttribute(w http.ResponseWriter, r *http.Request) error {
	id, err := entityID(r)
	if err != nil {
		return err
	}
	name, err := attributeName(r)
	if err != nil {
		return err
	}
	if _, err := parseParams(r.URL.RawQuery, set(pLocal)); err != nil {
		return err
	}
	d := newDecoder()
	defer d.release()
	if err := h.readBody(r, d); err != nil {
		return err
	}
	d.start(h.Clock.Now(), false)
	change := city.Change{Op: city.OpAmend, Entity: id}
	if err := d.fragment(&change, name); err != nil {
		return err
	}
	res, err := h.write(r, change)
	if err != nil {
		return err
	}
	if len(res.Missing) > 0 {
		return noAttribute(name)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func noAttribute(name city.AttributeName) error {
	return &city.Error{Kind: city.NotFound, Op: op, Field: "attrId", Detail: "the entity has no attribute " + clip(string(name))}
}

// fragment reads a body that is one attribute.
func (d *decoder) fragment(c *city.Change, name city.AttributeName) error {
	d.attrs, d.latest = d.attrs[:0], 0
	interned, err := d.intern([]byte(name))
	if err != nil {
		return renamed(err, "attrId")
	}
	d.attrs = append(d.attrs, city.Attribute{Name: city.AttributeName(interned), ReceivedAt: d.now, Source: Source})
	if err := d.attribute(&d.attrs[0], 1); err != nil {
		return err
	}
	if err := d.end(); err != nil {
		return err
	}
	d.finish(c)
	return nil
}

// removeAttribute is DELETE /entities/{id}/attrs/{name} (clause 5.6.5).
func (h *Handler) removeAttribute(w http.ResponseWriter, r *http.Request) error {
	id, err := h.addressed(r, deleteAttrParam)
	if err != nil {
		return err
	}
	name, err := attributeName(r)
	if err != nil {
		return err
	}
	now := h.Clock.Now()
	res, err := h.write(r, city.Change{Op: city.OpDeleteAttribute, Entity: id, Source: Source, At: now, ReceivedAt: now,
		Attributes: []city.Attribute{{Name: name, ReceivedAt: now, Source: Source}}})
	if err != nil {
		return err
	}
	if len(res.Missing) > 0 {
		return noAttribute(name)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
