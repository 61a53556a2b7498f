package ngsild

import (
	"net/url"
	"strconv"
	"strings"

	"citybrain/city"
)

// param is a query parameter that some operation understands.
type param uint8

const (
	pType param = iota
	pID
	pIDPattern
	pAttrs
	pQ
	pGeorel
	pGeometry
	pCoordinates
	pGeoproperty
	pLimit
	pOffset
	pCount
	pOptions
	pFormat
	pLocal
	pTimerel
	pTimeAt
	pEndTimeAt
	pTimeproperty
	pLastN
	pDeleteAll
	paramCount
)

var paramNames = [paramCount]string{"type", "id", "idPattern", "attrs", "q", "georel", "geometry", "coordinates", "geoproperty",
	"limit", "offset", "count", "options", "format", "local", "timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "deleteAll"}

// unbuiltParams are parameters of the standard that no operation understands yet.
var unbuiltParams = map[string]bool{"csf": true, "scopeQ": true, "lang": true, "datasetId": true, "pick": true, "omit": true,
	"join": true, "joinLevel": true, "containedBy": true, "entityMap": true, "orderBy": true, "collation": true, "via": true,
	"jsonKeys": true, "expandValues": true, "geometryProperty": true, "details": true, "aggrMethods": true,
	"aggrPeriodDuration": true, "splitEntities": true, "observedAt": true, "ngsildConformance": true, "onlyIds": true, "ordering": true}

// params are the query parameters of one request.
type params struct {
	has    uint32
	values [paramCount]string
}

func (p *params) given(i param) bool   { return p.has&(1<<i) != 0 }
func (p *params) value(i param) string { return p.values[i] }
func set(list ...param) (allowed uint32) {
	for _, i := range list {
		allowed |= 1 << i
	}
	return allowed
}

// parseParams reads the query part of a URL. A parameter that the operation
// does not know, or that comes twice, is an error that names it.
func parseParams(raw string, allowed uint32) (*params, error) {
	if raw == "" {
		return &noParams, nil
	}
	p := new(params)
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := unescape(name)
		if err != nil {
			return nil, city.InvalidField(op, clip(name), "a parameter's name is badly escaped")
		}
		if value, err = unescape(value); err != nil {
			return nil, city.InvalidField(op, clip(name), "the value is badly escaped")
		}
		if err := p.put(name, value, allowed); err != nil {
			return nil, err
		}
	}
	return p, nil
}

var noParams params

func (p *params) put(name, value string, allowed uint32) error {
	for i, known := range paramNames {
		if known != name || allowed&(1<<i) == 0 {
			continue
		}
		if p.given(param(i)) {
			return city.InvalidField(op, name, "the parameter is given twice")
		}
		p.has |= 1 << i
		p.values[i] = value
		return nil
	}
	if unbuiltParams[name] {
		return &city.Error{Kind: city.Unsupported, Op: op, Field: name, Detail: "the parameter is not built"}
	}
	return city.InvalidField(op, clip(name), "this operation has no such parameter")
}

func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, nil
	}
	return url.QueryUnescape(s)
}

// number is a whole number from least to most, or otherwise if it is not given.
func (p *params) number(i param, otherwise, least, most int) (int, error) {
	if !p.given(i) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(p.value(i))
	if err != nil || n < least || n > most {
		return 0, city.InvalidField(op, paramNames[i], "%q is not a whole number from %d to %d", clip(p.value(i)), least, most)
	}
	return n, nil
}

func (p *params) truth(i param) (bool, error) {
	switch p.value(i) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, city.InvalidField(op, paramNames[i], "%q is neither true nor false", clip(p.value(i)))
}

// names is a comma-separated list of attribute names.
func (p *params) names(i param) ([]city.AttributeName, error) {
	if !p.given(i) {
		return nil, nil
	}
	var list []city.AttributeName
	for part := range strings.SplitSeq(p.value(i), ",") {
		if why := city.CheckName(part); why != "" {
			return nil, city.InvalidField(op, paramNames[i], "the name %q %s", clip(part), why)
		}
		list = append(list, city.AttributeName(part))
	}
	return list, nil
}

// options are the members of options and format.
type options struct {
	keyValues      bool
	sysAttrs       bool
	provenance     bool
	count          bool
	update         bool
	temporalValues bool
}

// options reads options and format; only those in allowed are understood.
func (p *params) options(allowed ...string) (o options, err error) {
	for _, i := range [...]param{pOptions, pFormat} {
		if !p.given(i) {
			continue
		}
		for part := range strings.SplitSeq(p.value(i), ",") {
			if err := o.put(part, paramNames[i], allowed); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

func (o *options) put(name, field string, allowed []string) error {
	if name == "simplified" {
		name = "keyValues"
	}
	known := name == "normalized"
	for _, a := range allowed {
		known = known || a == name
	}
	switch {
	case known:
	case name == "concise" || name == "noOverwrite" || name == "aggregatedValues" || name == "jsonldContext":
		return &city.Error{Kind: city.Unsupported, Op: op, Field: field, Detail: "the option " + name + " is not built"}
	default:
		return city.InvalidField(op, field, "this operation has no option %q", clip(name))
	}
	switch name {
	case "keyValues":
		o.keyValues = true
	case "sysAttrs":
		o.sysAttrs = true
	case "provenance":
		o.provenance = true
	case "count":
		o.count = true
	case "update":
		o.update = true
	case "temporalValues":
		o.temporalValues = true
	}
	return nil
}
