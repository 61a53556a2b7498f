package views

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/operation"
)

// basemap serves the base map, which stays as it is while the program runs: it
// is compressed once.
func basemap(api huma.API, mux *http.ServeMux, body []byte) {
	if body == nil {
		body = []byte(`{"type":"FeatureCollection","features":[]}`)
	}
	sum := sha256.Sum256(body)
	etag, packed := `"`+hex.EncodeToString(sum[:8])+`"`, compressed(body)
	const path = "/api/v1/basemap"
	mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", etag)
		h.Set("Cache-Control", "private, no-cache")
		h.Set("Vary", "Accept-Encoding")
		if operation.Matches(r, etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/geo+json")
		out := body
		if operation.Accepts(r, "gzip") {
			h.Set("Content-Encoding", "gzip")
			out = packed
		}
		h.Set("Content-Length", strconv.Itoa(len(out)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(out)
		}
	})
	op := operation.New("get-basemap", http.MethodGet, path, "views", "The city's own base map")
	op.Description = "A GeoJSON FeatureCollection. Properties: kind (area, block, building, district, park, rail, river, road, water), name {zh, en} and rank where known. No features where the city has none."
	op.Responses = map[string]*huma.Response{"200": {Description: "The map", Content: map[string]*huma.MediaType{"application/geo+json": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"type", "features"}, Properties: map[string]*huma.Schema{
			"type":     {Type: huma.TypeString, Enum: []any{"FeatureCollection"}},
			"features": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
		}}}}}, "304": {Description: strings.ToLower(http.StatusText(http.StatusNotModified))}}
	operation.Describe(api, op)
}

func compressed(body []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(body)
	}
	if err != nil || z.Close() != nil { // writing to memory does not fail
		panic(err)
	}
	return out.Bytes()
}
