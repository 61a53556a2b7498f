package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"citybrain/test/driver"
)

// problem is an answer of RFC 9457.
type problem struct {
	Type, Title, Detail, Field string
	Status                     int
}

// refused checks that a is a problem with a status, and returns it.
func refused(t testing.TB, what string, a driver.Answer, status int) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal(a.Body, &p); err != nil {
		t.Fatalf("%s: status %d without a problem: %.300s", what, a.Status, a.Body)
	}
	if a.Status != status || p.Status != status || p.Type == "" || p.Title == "" || p.Detail == "" {
		t.Errorf("%s: status %d, want %d with a full problem: %.500s", what, a.Status, status, a.Body)
	}
	return p
}

const entitiesPath = "/ngsi-ld/v1/entities"

// TestBadRequestsNameTheFault sends what a client may get wrong. Each answer
// names the field, and nothing of it is applied.
func TestBadRequestsNameTheFault(t *testing.T) {
	server := townSetup(t).start(t)
	c := dial(t, server)
	const id = `"id":"urn:ngsi-ld:Vehicle:bad","type":"Vehicle"`
	for _, bad := range []struct {
		what, method, target, body string
		status                     int
		names                      []string
	}{
		{"malformed JSON", "POST", entitiesPath, `{` + id + `,"speed":`, 400, []string{"JSON"}},
		{"more after the value", "POST", entitiesPath, `{` + id + `} {}`, 400, []string{"body"}},
		{"a member twice", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property","value":1},"speed":{"type":"Property","value":2}}`, 400, []string{"speed"}},
		{"not UTF-8", "POST", entitiesPath, `{` + id + ",\"speed\":{\"type\":\"Property\",\"value\":\"\xff\"}}", 400, []string{"UTF-8"}},
		{"an id of the wrong type", "POST", entitiesPath, `{"id":5,"type":"Vehicle"}`, 400, []string{"id"}},
		{"an id that is no URI", "POST", entitiesPath, `{"id":"bad","type":"Vehicle"}`, 400, []string{"id", "URI"}},
		{"no type", "POST", entitiesPath, `{"id":"urn:ngsi-ld:Vehicle:bad"}`, 400, []string{"type"}},
		{"an attribute that is a number", "POST", entitiesPath, `{` + id + `,"speed":5}`, 400, []string{"speed"}},
		{"a property without a value", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property"}}`, 400, []string{"speed.value"}},
		{"a number out of range", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property","value":1e999}}`, 400, []string{"speed"}},
		{"a place outside the world", "POST", entitiesPath, `{` + id + `,"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[500,95]}}}`, 400, []string{"location"}},
		{"a place that is a text", "POST", entitiesPath, `{` + id + `,"location":{"type":"GeoProperty","value":"here"}}`, 400, []string{"location"}},
		{"an open polygon", "POST", entitiesPath, `{` + id + `,"location":{"type":"GeoProperty","value":{"type":"Polygon","coordinates":[[[1,1],[2,2],[3,1],[1,2]]]}}}`, 400, []string{"location"}},
		{"a year out of range", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property","value":1,"observedAt":"9999-01-01T00:00:00Z"}}`, 400, []string{"observedAt"}},
		{"a day that does not exist", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property","value":1,"observedAt":"2014-02-30T00:00:00Z"}}`, 400, []string{"observedAt"}},
		{"a time without a zone", "POST", entitiesPath, `{` + id + `,"speed":{"type":"Property","value":1,"observedAt":"2014-02-03T00:00:00"}}`, 400, []string{"observedAt"}},
		{"a batch that is an object", "POST", "/ngsi-ld/v1/entityOperations/upsert", `{}`, 400, []string{"body"}},
		{"an unknown parameter", "GET", entitiesPath + "?type=Vehicle&colour=red", "", 400, []string{"colour"}},
		{"a limit that is a word", "GET", entitiesPath + "?type=Vehicle&limit=many", "", 400, []string{"limit"}},
		{"a query that is cut", "GET", entitiesPath + "?type=Vehicle&q=" + url.QueryEscape("speed>"), "", 400, []string{"q"}},
		{"an entity that is not there", "GET", entitiesPath + "/urn:ngsi-ld:Vehicle:none", "", 404, nil},
		{"a patch of an entity that is not there", "PATCH", entitiesPath + "/urn:ngsi-ld:Vehicle:none/attrs", `{"speed":{"type":"Property","value":1}}`, 404, nil},
		{"an operation that is not built", "POST", "/ngsi-ld/v1/csourceRegistrations", `{}`, 501, []string{"csourceRegistrations"}},
		{"a page of situations that is a word", "GET", "/api/v1/situations?limit=many", "", 0, []string{"limit"}},
		{"a state that does not exist", "GET", "/api/v1/situations?state=sleeping", "", 0, []string{"state"}},
		{"a path that does not exist", "GET", "/api/v1/weather", "", 404, nil},
	} {
		var body []byte
		if bad.body != "" {
			body = []byte(bad.body)
		}
		a, err := c.Do(bad.method, bad.target, body)
		if err != nil {
			t.Fatalf("%s: %v", bad.what, err)
		}
		if bad.status == 0 && (a.Status == 400 || a.Status == 422) {
			bad.status = a.Status
		}
		refused(t, bad.what, a, bad.status)
		mentions(t, bad.what, string(a.Body), bad.names...)
		if a.Close {
			c = dial(t, server)
		}
	}
	a, err := c.Do("GET", entitiesPath+"/urn:ngsi-ld:Vehicle:bad", nil)
	if err != nil || a.Status != 404 {
		t.Errorf("something refused was applied: %d %s %v", a.Status, a.Body, err)
	}
}

// TestBatchNamesItsBadEntity sends a batch of which one entity is bad: the good
// ones are applied, the bad one is not and its error names it (207).
func TestBatchNamesItsBadEntity(t *testing.T) {
	c := dial(t, townSetup(t).start(t))
	a, err := c.Do("POST", "/ngsi-ld/v1/entityOperations/upsert", []byte(`[
		{"id":"urn:ngsi-ld:Vehicle:good","type":"Vehicle","speed":{"type":"Property","value":1}},
		{"id":"urn:ngsi-ld:Vehicle:outside","type":"Vehicle","location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[181,0]}}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != 207 {
		t.Fatal(a.Err(207))
	}
	mentions(t, "the answer", string(a.Body), `"success":["urn:ngsi-ld:Vehicle:good"]`, `"entityId":"urn:ngsi-ld:Vehicle:outside"`, "location")
	for id, status := range map[string]int{"good": 200, "outside": 404} {
		if a, err := c.Do("GET", entitiesPath+"/urn:ngsi-ld:Vehicle:"+id, nil); err != nil || a.Status != status {
			t.Errorf("%s: %d %v", id, a.Status, err)
		}
	}
}

// TestHugeBodyIsRefused sends 100 MB, with and without stating the length, from
// several connections at once. Memory stays bounded.
func TestHugeBodyIsRefused(t *testing.T) {
	const size, atOnce = 100 << 20, 4
	server := townSetup(t).start(t)
	for _, head := range []string{fmt.Sprintf("Content-Length: %d", size), "Transfer-Encoding: chunked"} {
		answers := make(chan error, atOnce)
		for range atOnce {
			go func() { answers <- sendHuge(server.Addr, head, size) }()
		}
		for range atOnce {
			if err := <-answers; err != nil {
				t.Errorf("%s: %v", head, err)
			}
		}
	}
	peak, err := server.PeakRSS()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("peak RSS %d MB", peak/1e6)
	if peak > 400e6 {
		t.Errorf("peak RSS is %d MB after bodies of 100 MB", peak/1e6)
	}
	if a, err := dial(t, server).Do("GET", "/readyz", nil); err != nil || a.Status != 200 {
		t.Errorf("afterwards: %d %v", a.Status, err)
	}
}

// sendHuge returns nil if the server refuses with 413 (or 429 while others
// send), however early it stops reading.
func sendHuge(addr, head string, size int) error {
	c, err := driver.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	chunked := strings.HasPrefix(head, "Transfer")
	go func() { // ends with the connection
		fmt.Fprintf(c.Conn, "POST /ngsi-ld/v1/entityOperations/upsert HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s\r\n\r\n", head)
		piece := []byte(strings.Repeat(`[[[[[[[[ `, 1<<13))
		for sent := 0; sent < size; sent += len(piece) {
			piece := piece[:min(len(piece), size-sent)]
			if chunked {
				fmt.Fprintf(c.Conn, "%x\r\n", len(piece))
			}
			if _, err := c.Write(piece); err != nil {
				return
			}
			if chunked {
				fmt.Fprint(c.Conn, "\r\n")
			}
		}
		if chunked {
			fmt.Fprint(c.Conn, "0\r\n\r\n")
		}
	}()
	a, err := c.Answer()
	if err != nil {
		return err
	}
	return a.Err(413, 429)
}

// TestCutBatchIsNotApplied breaks connections in the middle of a batch: of a
// batch that did not arrive whole, nothing is applied.
func TestCutBatchIsNotApplied(t *testing.T) {
	server := townSetup(t).start(t)
	var batch []string
	for i := range 100 {
		batch = append(batch, fmt.Sprintf(`{"id":"urn:ngsi-ld:Vehicle:cut-%d","type":"Vehicle","speed":{"type":"Property","value":%d}}`, i, i))
	}
	request := driver.AppendRequest(nil, "POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", "application/json", []byte("["+strings.Join(batch, ",")+"]"))
	for _, share := range []float64{0.02, 0.3, 0.5, 0.9, 1} {
		c := dial(t, server)
		n := min(int(share*float64(len(request))), len(request)-1) // the last time only the last byte is missing
		if _, err := c.Write(request[:n]); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	time.Sleep(200 * time.Millisecond)
	c := dial(t, server)
	a, err := c.Do("GET", entitiesPath+"?type=Vehicle&limit=10&count=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	if a.Status != 200 || strings.Contains(string(a.Body), "cut-") {
		t.Errorf("after cut batches: %d %.300s", a.Status, a.Body)
	}
	if a, err = c.Send(request); err != nil || a.Status != 201 {
		t.Errorf("the whole batch: %d %v", a.Status, err)
	}
}
