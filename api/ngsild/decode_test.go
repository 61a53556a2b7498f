package ngsild

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"citybrain/city"
)

// FuzzEntity holds that whatever the decoder takes can be written, read again
// and is then the same, and that whatever it refuses has a kind.
func FuzzEntity(f *testing.F) {
	f.Add([]byte(segment), false)
	f.Add([]byte(`{"id":"urn:x:1","type":["T"],"o":{"value":{"a":[1,null]}},"t":{"value":{"@type":"Time","@value":"10:00:00Z"}},"@context":{}}`), false)
	f.Add([]byte(`{"id":"urn:x:1","type":"T","n":1,"location":{"type":"Point","coordinates":[1,2]}}`), true)
	f.Fuzz(func(t *testing.T, body []byte, keyValues bool) {
		decode := func(body []byte, keyValues bool) (c city.Change, err error) {
			d := freshDecoder(body)
			d.start(noon, keyValues)
			return c, d.whole(&c)
		}
		c, err := decode(body, keyValues)
		if err != nil {
			if city.KindOf(err) == city.Internal {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		e := city.Entity{ID: c.Entity, Type: c.Type, Attributes: c.Attributes}
		out := AppendEntity(nil, &e, &Form{})
		again, err := decode(out, false)
		if err != nil {
			t.Fatalf("%s cannot be read: %v", out, err)
		}
		e.Attributes = again.Attributes
		if twice := AppendEntity(nil, &e, &Form{}); !bytes.Equal(out, twice) || again.At != c.At {
			t.Fatalf("%s came back as %s", out, twice)
		}
	})
}

// freshDecoder is a decoder without memory of other bodies, so that a body takes
// the same path each time.
func freshDecoder(body []byte) *decoder {
	return &decoder{names: map[string]string{}, body: append([]byte(nil), body...)}
}

// FuzzBatch holds that every entity of a list is counted once.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(`[{"id":"urn:x:1","type":"T","a":{"value":1}},{"id":5},{"a":[]}]`))
	h, request := New(Options{}), newRequest()
	f.Fuzz(func(t *testing.T, body []byte) {
		d := freshDecoder(body)
		d.start(noon, false)
		out := outcome{h: h, r: request}
		changes, err := d.batch(city.OpReplace, &out)
		if err != nil {
			if city.KindOf(err) == city.Internal {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		if len(changes)+out.failed == 0 {
			t.Fatal("an empty list was taken")
		}
		for i := range changes {
			if complete(&changes[i]) != nil {
				t.Fatalf("an incomplete change: %+v", changes[i])
			}
		}
	})
}

// batchBody is n entities of five attributes, about 500 bytes each.
func batchBody(n int) string {
	var b strings.Builder
	for i := range n {
		sep := ","
		if i == 0 {
			sep = "["
		}
		id := strconv.Itoa(158000 + i)
		b.WriteString(sep + `{"id":"urn:ngsi-ld:RoadSegment:` + id + `","type":"RoadSegment",` +
			`"avgSpeed":{"type":"Property","value":` + strconv.Itoa(i%90) + `.5,"unitCode":"KMH","observedAt":"2014-08-11T06:35:00Z"},` +
			`"vehicleCount":{"type":"Property","value":17,"observedAt":"2014-08-11T06:35:00Z"},` +
			`"avgMeasuredTime":{"type":"Property","value":61,"unitCode":"SEC","observedAt":"2014-08-11T06:35:00Z"},` +
			`"status":{"type":"Property","value":"OK","observedAt":"2014-08-11T06:35:00Z"},` +
			`"ofRoad":{"type":"Relationship","object":"urn:ngsi-ld:Road:7"}}`)
	}
	return b.String() + "]"
}

func BenchmarkDecode(b *testing.B) {
	body := []byte(batchBody(100))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var out outcome
	for b.Loop() {
		d := newDecoder()
		d.body = append(d.body[:0], body...)
		d.start(noon, false)
		if changes, err := d.batch(city.OpObserve, &out); err != nil || len(changes) != 100 {
			b.Fatal(err)
		}
		d.release()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/entity")
}

func BenchmarkEncode(b *testing.B) {
	d := newDecoder()
	d.body = []byte(batchBody(1))
	d.start(noon, false)
	changes, err := d.batch(city.OpObserve, &outcome{})
	if err != nil {
		b.Fatal(err)
	}
	e := city.Entity{ID: changes[0].Entity, Type: changes[0].Type, Attributes: changes[0].Attributes}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out = AppendEntity(out[:0], &e, &Form{})
	}
	b.SetBytes(int64(len(out)))
}
