package ngsild

import (
	"net/http"
	"sort"
	"strings"

	"citybrain/city"
	"citybrain/history"
	"citybrain/internal/wire"
)

var temporalParams = set(pTimerel, pTimeAt, pEndTimeAt, pTimeproperty, pLastN, pAttrs, pOptions, pFormat, pLocal, pType)

// temporal is GET /temporal/entities/{id} (clause 5.7.3). An answer that does
// not hold all instances asked for is 206 with the range it covers.
func (h *Handler) temporal(w http.ResponseWriter, r *http.Request) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	id, err := entityID(r)
	if err != nil {
		return err
	}
	p, err := parseParams(r.URL.RawQuery, temporalParams)
	if err != nil {
		return err
	}
	o, err := p.options("temporalValues", "sysAttrs", "provenance")
	if err != nil {
		return err
	}
	q, err := p.past(id)
	if err != nil {
		return err
	}
	ld, err := acceptsLD(r)
	if err != nil {
		return err
	}
	page, err := h.Past.Read(r.Context(), q)
	if err != nil {
		return err
	}
	kind, exists := q.Type, false
	h.Present.View(id, func(e *city.Entity) { kind, exists = e.Type, true })
	if len(page.Readings) == 0 && !exists {
		return notFound(id, false)
	}
	d := newDecoder()
	defer d.release()
	f := Form{SysAttrs: o.sysAttrs, Provenance: o.provenance, Context: ld}
	d.out = appendTemporal(d.out[:0], id, kind, page.Readings, &f, o.temporalValues)
	status := http.StatusOK
	if page.More && len(page.Readings) > 0 {
		status = http.StatusPartialContent
		first, last := page.Readings[0].At, page.Readings[len(page.Readings)-1].At
		w.Header()["Content-Range"] = []string{"date-time " + first.String() + "-" + last.String() + "/*"}
	}
	return respond(w, status, ld, d.out)
}

// past is the query that the temporal parameters ask for.
func (p *params) past(id city.EntityID) (q history.Query, err error) {
	q = history.Query{Entity: id, Type: city.EntityType(p.value(pType))}
	if v := p.value(pTimeproperty); v != "" && v != "observedAt" {
		return q, &city.Error{Kind: city.Unsupported, Op: op, Field: "timeproperty", Detail: "only observedAt is built"}
	}
	if q.Attributes, err = p.names(pAttrs); err != nil {
		return q, err
	}
	if q.LastN, err = p.number(pLastN, 0, 1, history.MaxLimit); err != nil {
		return q, err
	}
	q.Limit = q.LastN
	q.Interval, err = p.interval()
	return q, err
}

// interval is the half-open time that timerel asks for (clause 4.11): before
// timeAt, after it, or between timeAt (included) and endTimeAt.
func (p *params) interval() (v city.Interval, err error) {
	if !p.given(pTimerel) {
		for _, i := range [...]param{pTimeAt, pEndTimeAt} {
			if p.given(i) {
				return v, city.InvalidField(op, paramNames[i], "needs timerel")
			}
		}
		return v, nil
	}
	at, err := p.instant(pTimeAt)
	if err != nil {
		return v, err
	}
	switch rel := p.value(pTimerel); rel {
	case "before":
		v.To = at
	case "after":
		v.From = at + 1
	case "between":
		v.From = at
		v.To, err = p.instant(pEndTimeAt)
		if err == nil && v.To <= v.From {
			err = city.InvalidField(op, "endTimeAt", "must be after timeAt")
		}
		return v, err
	default:
		return v, city.InvalidField(op, "timerel", "%q is none of before, after, between", clip(rel))
	}
	if p.given(pEndTimeAt) {
		return v, city.InvalidField(op, "endTimeAt", "belongs to timerel=between")
	}
	return v, nil
}

func (p *params) instant(i param) (city.Instant, error) {
	if !p.given(i) {
		return 0, city.InvalidField(op, paramNames[i], "is missing")
	}
	at, err := city.ParseInstant(clip(p.value(i)))
	if err != nil && strings.Contains(p.value(i), " ") {
		return 0, city.InvalidField(op, paramNames[i], "%s; in a URL write %%2B for +, which means a space there", err)
	}
	if err != nil {
		return 0, city.InvalidField(op, paramNames[i], "%s", err)
	}
	return at, nil
}

// instance is one attribute of one reading.
type instance struct {
	a  *city.Attribute
	at city.Instant
}

// appendTemporal appends an EntityTemporal: for each attribute its instances in
// the order of time, or with values only the pairs [value, time].
func appendTemporal(dst []byte, id city.EntityID, kind city.EntityType, readings []history.Reading, f *Form, values bool) []byte {
	dst = append(dst, `{"id":`...)
	dst = wire.AppendString(dst, string(id))
	if kind != "" {
		dst = append(dst, `,"type":`...)
		dst = wire.AppendString(dst, string(kind))
	}
	series := map[city.AttributeName][]instance{}
	var names []city.AttributeName
	for i := range readings {
		for j := range readings[i].Attributes {
			a := &readings[i].Attributes[j]
			if series[a.Name] == nil {
				names = append(names, a.Name)
			}
			series[a.Name] = append(series[a.Name], instance{a, readings[i].At})
		}
	}
	sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
	for _, name := range names {
		dst = append(dst, ',')
		dst = wire.AppendString(dst, string(name))
		dst = append(dst, ':')
		if values {
			dst = appendPairs(dst, series[name])
		} else {
			dst = appendInstances(dst, series[name], f)
		}
	}
	if f.Context {
		dst = append(dst, `,"@context":"`+coreContextURI+`"`...)
	}
	return append(dst, '}')
}

func appendInstances(dst []byte, list []instance, f *Form) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendAttribute(dst, list[i].a, f)
	}
	return append(dst, ']')
}

// appendPairs appends the simplified temporal form (clause 4.5.9).
func appendPairs(dst []byte, list []instance) []byte {
	switch list[0].a.Value.Kind {
	case city.Relation:
		dst = append(dst, `{"type":"Relationship","objects":[`...)
	case city.Geo:
		dst = append(dst, `{"type":"GeoProperty","values":[`...)
	default:
		dst = append(dst, `{"type":"Property","values":[`...)
	}
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		dst = appendNGSIValue(dst, &list[i].a.Value)
		dst = append(dst, ',')
		dst = wire.AppendInstant(dst, list[i].at)
		dst = append(dst, ']')
	}
	return append(dst, ']', '}')
}

// types is GET /types (clause 5.7.5).
func (h *Handler) types(w http.ResponseWriter, r *http.Request) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	if _, err := parseParams(r.URL.RawQuery, set(pLocal)); err != nil {
		return err
	}
	ld, err := acceptsLD(r)
	if err != nil {
		return err
	}
	var names []string
	for name := range h.Present.Types() {
		names = append(names, string(name))
	}
	sort.Strings(names)
	body := []byte(`{"id":"urn:ngsi-ld:EntityTypeList:city","type":"EntityTypeList","typeList":[`)
	for i, name := range names {
		if i > 0 {
			body = append(body, ',')
		}
		body = wire.AppendString(body, name)
	}
	body = append(body, ']')
	if ld {
		body = append(body, `,"@context":"`+coreContextURI+`"`...)
	}
	return respond(w, http.StatusOK, ld, append(body, '}'))
}
