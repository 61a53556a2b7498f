package ngsild

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"citybrain/api/problem"
	"citybrain/city"
)

const op = "ngsild"

// readBody puts r's body into d. What it takes counts against the bytes in
// flight until d is released.
func (h *Handler) readBody(r *http.Request, d *decoder) error {
	if err := checkRequest(r); err != nil {
		return err
	}
	if err := checkContentType(r.Header["Content-Type"]); err != nil {
		return err
	}
	want := r.ContentLength
	if want > h.MaxBody {
		r.Close = true
		return tooLarge(h.MaxBody)
	}
	if want < 0 {
		want = h.MaxBody
	}
	if h.inFlight.Add(want) > h.InFlight {
		h.inFlight.Add(-want)
		return &city.Error{Kind: city.Overload, Op: op, Detail: "too many large bodies at once; send smaller batches or fewer at a time"}
	}
	d.budget, d.reserved = &h.inFlight, want
	return d.read(r.Body, r.ContentLength, h.MaxBody)
}

func tooLarge(limit int64) error {
	return &city.Error{Kind: city.TooLarge, Op: op, Field: "body", Detail: "the body is larger than " + strconv.FormatInt(limit, 10) + " bytes; split the batch"}
}

// read fills d.body with the length stated, or up to limit where none is.
func (d *decoder) read(body io.Reader, length, limit int64) error {
	if length >= 0 {
		d.body = grow(d.body[:0], int(length))[:length]
		n, err := io.ReadFull(body, d.body)
		d.body = d.body[:n]
		return cutOff(err)
	}
	d.body = grow(d.body[:0], 4096)
	for {
		if len(d.body) == cap(d.body) {
			d.body = grow(d.body, 2*cap(d.body))
		}
		n, err := body.Read(d.body[len(d.body):cap(d.body)])
		d.body = d.body[:len(d.body)+n]
		if int64(len(d.body)) > limit {
			return tooLarge(limit)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return cutOff(err)
		}
	}
}

func grow(b []byte, capacity int) []byte {
	if cap(b) >= capacity {
		return b
	}
	return append(make([]byte, 0, capacity), b...)
}

func cutOff(err error) error {
	if err == nil || err == io.EOF {
		return nil
	}
	var size *http.MaxBytesError
	if errors.As(err, &size) {
		return err
	}
	return &city.Error{Kind: city.Invalid, Op: op, Field: "body", Detail: "the body ended before its stated length; nothing of it was applied", Err: err}
}

// checkRequest refuses what holds for every operation and is not built.
func checkRequest(r *http.Request) error {
	if tenant := r.Header["Ngsild-Tenant"]; len(tenant) > 0 && tenant[0] != "" {
		return &city.Error{Kind: city.NotFound, Op: op, Field: "NGSILD-Tenant", Detail: "there is no such tenant: one program serves one city"}
	}
	return nil
}

func checkContentType(header []string) error {
	if len(header) == 0 {
		return mediaType("a body needs a Content-Type")
	}
	switch header[0] {
	case "application/json", "application/ld+json", "application/json; charset=utf-8":
		return nil
	}
	media, _, err := mime.ParseMediaType(header[0])
	if err == nil && (media == "application/json" || media == "application/ld+json" || media == "application/merge-patch+json") {
		return nil
	}
	return mediaType("the Content-Type is not understood")
}

func mediaType(detail string) error {
	return problem.WithStatus(http.StatusUnsupportedMediaType, &city.Error{Kind: city.Invalid, Op: op, Field: "Content-Type",
		Detail: detail + "; send application/json or application/ld+json"})
}

// acceptsLD says whether the answer is to be JSON-LD with the context inside.
// Quality values are not weighed: JSON-LD is taken only where JSON is not.
func acceptsLD(r *http.Request) (bool, error) {
	header := r.Header["Accept"]
	if len(header) == 0 {
		return false, nil
	}
	ld := false
	for _, line := range header {
		switch line {
		case "application/json", "*/*":
			return false, nil
		}
		for part := range strings.SplitSeq(line, ",") {
			media, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(media)) {
			case "application/json", "*/*", "application/*":
				return false, nil
			case "application/ld+json":
				ld = true
			}
		}
	}
	if !ld {
		return false, problem.WithStatus(http.StatusNotAcceptable, &city.Error{Kind: city.Invalid, Op: op, Field: "Accept",
			Detail: "answers are application/json or application/ld+json"})
	}
	return true, nil
}

// entityID is the id in the path, checked.
func entityID(r *http.Request) (city.EntityID, error) {
	id := city.EntityID(r.PathValue("id"))
	if why := city.CheckEntityID(id); why != "" {
		return "", city.InvalidField(op, "entityId", "%q %s", clip(string(id)), why)
	}
	return id, nil
}

func attributeName(r *http.Request) (city.AttributeName, error) {
	name := r.PathValue("name")
	if why := city.CheckName(name); why != "" {
		return "", city.InvalidField(op, "attrId", "%q %s", clip(name), why)
	}
	return city.AttributeName(name), nil
}

// clip shortens what a caller sent for use in an error text.
func clip(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// respond writes body as the whole answer. Headers set before stay.
func respond(w http.ResponseWriter, status int, ld bool, body []byte) error {
	h := w.Header()
	if ld {
		h["Content-Type"] = typeLD
	} else {
		h["Content-Type"] = typeJSON
		h["Link"] = append(linkContext[:1:1], h["Link"]...)
	}
	if len(body) > 2000 { // below, net/http states the length itself
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone gets nothing
	return nil
}
