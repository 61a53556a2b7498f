package ngsild

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"citybrain/city"
	"citybrain/internal/wire"
)

// The limits of a query.
const (
	maxQ      = 4096 // bytes of q and idPattern
	maxIDs    = 1000 // ids or types of a query
	maxOffset = 1_000_000_000
	maxMetres = 2.1e7 // more than half around the Earth
	maxPoint  = 100   // bytes of coordinates
)

var queryParams = set(pType, pID, pIDPattern, pAttrs, pQ, pGeorel, pGeometry, pCoordinates, pGeoproperty, pLimit, pOffset, pCount, pOptions, pFormat, pLocal)

// query is GET /entities (clause 5.7.2).
func (h *Handler) query(w http.ResponseWriter, r *http.Request) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	p, err := parseParams(r.URL.RawQuery, queryParams)
	if err != nil {
		return err
	}
	q, f, err := p.query()
	if err != nil {
		return err
	}
	ld, err := acceptsLD(r)
	if err != nil {
		return err
	}
	f.Context = ld
	countOnly := q.Limit == 0
	if countOnly {
		q.Limit = 1
	}
	page := h.Present.Query(q)
	if countOnly {
		page.Entities, page.More, q.Limit = nil, false, 0
	}
	d := newDecoder()
	defer d.release()
	d.out = append(d.out[:0], '[')
	for i := range page.Entities {
		if i > 0 {
			d.out = append(d.out, ',')
		}
		d.out = AppendEntity(d.out, &page.Entities[i], &f)
	}
	d.out = append(d.out, ']')
	head := w.Header()
	if q.Count {
		head["Ngsild-Results-Count"] = []string{strconv.Itoa(page.Total)}
	}
	pageLinks(head, r.URL, q.Offset, q.Limit, page.More)
	return respond(w, http.StatusOK, ld, d.out)
}

// query is the model's query that the parameters ask for, and the form of the
// answer.
func (p *params) query() (q Query, f Form, err error) {
	o, err := p.options("keyValues", "sysAttrs", "provenance", "count")
	if err != nil {
		return q, f, err
	}
	f.KeyValues, f.SysAttrs, f.Provenance = o.keyValues, o.sysAttrs, o.provenance
	if q.Count, err = p.truth(pCount); err != nil {
		return q, f, err
	}
	q.Count = q.Count || o.count
	least := 1
	if q.Count {
		least = 0
	}
	if q.Limit, err = p.number(pLimit, DefaultLimit, least, MaxLimit); err != nil {
		return q, f, err
	}
	if q.Offset, err = p.number(pOffset, 0, 0, maxOffset); err != nil {
		return q, f, err
	}
	if q.Attrs, err = p.names(pAttrs); err != nil {
		return q, f, err
	}
	f.Attributes = q.Attrs
	return q, f, p.selection(&q)
}

// selection reads which entities are asked for.
func (p *params) selection(q *Query) error {
	local, err := p.truth(pLocal)
	if err != nil {
		return err
	}
	if !local && p.has&set(pType, pID, pIDPattern, pAttrs, pQ, pGeorel) == 0 {
		return city.InvalidField(op, "type", "the query asks for everything: give type, id, idPattern, attrs, q or georel, or local=true (clause 5.7.2)")
	}
	if err := p.ids(q); err != nil {
		return err
	}
	if p.given(pQ) {
		if q.Match, err = CompileQ(p.value(pQ)); err != nil {
			return err
		}
	}
	q.Near, err = p.near()
	return err
}

func (p *params) ids(q *Query) error {
	if p.given(pType) {
		if strings.ContainsAny(p.value(pType), ";()") {
			return &city.Error{Kind: city.Unsupported, Op: op, Field: "type", Detail: "of the type selection language, only lists (a,b or a|b) are built"}
		}
		for _, name := range strings.FieldsFunc(p.value(pType), func(r rune) bool { return r == ',' || r == '|' }) {
			if why := city.CheckName(name); why != "" {
				return city.InvalidField(op, "type", "the name %q %s", clip(name), why)
			}
			q.Types = append(q.Types, city.EntityType(name))
		}
		if len(q.Types) == 0 {
			return city.InvalidField(op, "type", "is empty")
		}
	}
	if p.given(pID) {
		for id := range strings.SplitSeq(p.value(pID), ",") {
			if err := checkID(city.EntityID(id)); err != nil {
				return err
			}
			q.IDs = append(q.IDs, city.EntityID(id))
		}
	}
	if len(q.Types) > maxIDs || len(q.IDs) > maxIDs {
		return city.InvalidField(op, "id", "at most %d ids or types at once", maxIDs)
	}
	return p.pattern(q)
}

func (p *params) pattern(q *Query) (err error) {
	if !p.given(pIDPattern) {
		return nil
	}
	if q.IDPattern, err = compilePattern(p.value(pIDPattern)); err != nil {
		return renamed(err, "idPattern")
	}
	return nil
}

// compilePattern compiles a regular expression of RE2, whose time is linear.
func compilePattern(s string) (*regexp.Regexp, error) {
	if s == "" || len(s) > maxQ {
		return nil, city.InvalidField(op, "", "a pattern has 1 to %d bytes", maxQ)
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil, city.InvalidField(op, "", "the pattern is not a regular expression (RE2): %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// near reads georel=near with a point (clause 4.10).
func (p *params) near() (*Near, error) {
	if !p.given(pGeorel) {
		for _, i := range [...]param{pGeometry, pCoordinates, pGeoproperty} {
			if p.given(i) {
				return nil, city.InvalidField(op, paramNames[i], "needs georel")
			}
		}
		return nil, nil
	}
	rel, bounds, bounded := strings.Cut(p.value(pGeorel), ";")
	switch {
	case rel == "within" || rel == "contains" || rel == "intersects" || rel == "equals" || rel == "disjoint" || rel == "overlaps":
		return nil, &city.Error{Kind: city.Unsupported, Op: op, Field: "georel", Detail: "the relation " + rel + " is not built, near is"}
	case rel != "near":
		return nil, city.InvalidField(op, "georel", "%q is not a geographical relation", clip(rel))
	case !bounded:
		return nil, city.InvalidField(op, "georel", "near needs maxDistance or minDistance, such as near;maxDistance==800")
	case p.given(pGeoproperty) && p.value(pGeoproperty) != string(city.LocationName):
		return nil, &city.Error{Kind: city.Unsupported, Op: op, Field: "geoproperty", Detail: "only location is indexed"}
	}
	at, err := p.point()
	if err != nil {
		return nil, err
	}
	n := &Near{At: at}
	for part := range strings.SplitSeq(bounds, ";") {
		if err := bound(n, part); err != nil {
			return nil, err
		}
	}
	if n.Max > 0 && n.Min > n.Max {
		return nil, city.InvalidField(op, "georel", "minDistance is greater than maxDistance")
	}
	return n, nil
}

// bound reads one side of the ring around a point.
func bound(n *Near, s string) error {
	name, value, ok := strings.Cut(s, "==")
	metres, good := wire.ParseNumber([]byte(value))
	if !ok || !good || !(metres > 0 && metres <= maxMetres) {
		return city.InvalidField(op, "georel", "%q is not a distance in metres, such as maxDistance==800", clip(s))
	}
	target := &n.Max
	switch name {
	case "maxDistance":
	case "minDistance":
		target = &n.Min
	default:
		return city.InvalidField(op, "georel", "%q is neither maxDistance nor minDistance", clip(name))
	}
	if *target != 0 {
		return city.InvalidField(op, "georel", "%s is given twice", name)
	}
	*target = metres
	return nil
}

func (p *params) point() (city.Point, error) {
	if g := p.value(pGeometry); g != "Point" {
		if city.PlaceKindOf(g) != 0 {
			return city.Point{}, &city.Error{Kind: city.Unsupported, Op: op, Field: "geometry", Detail: "near a " + g + " is not built, near a Point is"}
		}
		return city.Point{}, city.InvalidField(op, "geometry", "must be Point")
	}
	c := p.value(pCoordinates)
	if c == "" || len(c) > maxPoint {
		return city.Point{}, city.InvalidField(op, "coordinates", "must be [longitude,latitude]")
	}
	place, err := wire.ParsePlace([]byte(`{"type":"Point","coordinates":` + c + `}`))
	if err != nil {
		return city.Point{}, renamed(err, "coordinates")
	}
	return place.Points[0], nil
}

// pageLinks adds the links to the pages before and after (clause 6.3.10).
func pageLinks(h http.Header, u *url.URL, offset, limit int, more bool) {
	if limit == 0 || !more && offset == 0 {
		return
	}
	link := func(rel string, offset int) {
		v := u.Query()
		v.Set("offset", strconv.Itoa(offset))
		v.Set("limit", strconv.Itoa(limit))
		h["Link"] = append(h["Link"], `<`+u.EscapedPath()+`?`+v.Encode()+`>; rel="`+rel+`"; type="application/json"`)
	}
	if offset > 0 {
		link("prev", max(0, offset-limit))
	}
	if more {
		link("next", offset+limit)
	}
}
