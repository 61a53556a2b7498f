package push

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/model"
)

type standard struct{}

func (standard) Field(n city.AttributeName) (city.ValueKind, city.Unit, bool) {
	return city.Number, "C62", n == "n"
}

func feed(t testing.TB, format string) *mapping.Mapping {
	t.Helper()
	s, faults := mapping.Parse("a.yaml", []byte(`
id: a
agency: roads
kind: observed
type: Thing
push: true
format: `+format+`
entity: "urn:x:Thing:{id}"
time: {column: at, formats: [rfc3339]}
attributes: [{name: n, column: n, unit: C62}]
ignore: [note]
`))
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	m, faults := mapping.Compile(s, standard{})
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}

// gate takes everything; a reading of an instant it has is a duplicate.
type gate struct {
	changes []city.Change
	writes  int
	refuse  int // the write to refuse, from 1
}

func (g *gate) Write(_ context.Context, changes []city.Change) ([]model.Result, error) {
	if g.writes++; g.writes == g.refuse {
		return nil, &city.Error{Kind: city.Overload, Retry: 1}
	}
	results := make([]model.Result, len(changes))
	for i, c := range changes {
		if c.Row != 0 {
			return nil, errors.New("a pushed row has a number")
		}
		if c.Op == city.OpQuarantine {
			results[i].Class = city.RowQuarantined
		}
		for _, d := range g.changes {
			if c.Op == city.OpObserve && d.Entity == c.Entity && d.At == c.At {
				results[i].Class = city.RowDuplicate
			}
		}
		g.changes = append(g.changes, c)
	}
	return results, nil
}

var now = func() city.Instant {
	i, _ := city.ParseInstant("2014-08-11T12:00:00Z")
	return i
}()

const csvBody = "at,id,n\n2014-08-11T10:00:00Z,1,5\n2014-08-11T10:00:00Z,1,6\n2014-08-11T10:00:00Z,2,many\n2014-08-11T13:00:00Z,3,1\n"

func TestTakeBothFormats(t *testing.T) {
	for contentType, body := range map[string]string{
		"text/csv; charset=utf-8": csvBody,
		"":                        csvBody,
		"application/json":        `[{"at":"2014-08-11T10:00:00Z","id":1,"n":5},{"at":"2014-08-11T10:00:00Z","id":"1","n":6},{"at":"2014-08-11T10:00:00Z","id":2,"n":"many","note":{}},{"n":1,"id":3,"at":"2014-08-11T13:00:00Z"}]`,
		"application/x-ndjson":    `{"at":"2014-08-11T10:00:00Z","id":1,"n":5}` + "\n" + `{"at":"2014-08-11T10:00:00Z","id":"1","n":6}` + "\n" + `{"at":"2014-08-11T10:00:00Z","id":2,"n":[]}` + "\n" + `{"at":"2014-08-11T13:00:00Z","id":3}`,
	} {
		g := &gate{}
		r, err := Take(context.Background(), g, Request{Mapping: feed(t, "csv"), Body: strings.NewReader(body), ContentType: contentType, Now: now})
		if err != nil || r.Rows != 4 || r.Counts != [city.RowClasses]int64{1, 0, 1, 2, 0} || len(r.Findings) != 3 {
			t.Fatalf("%s: %+v %v", contentType, r, err)
		}
		if f := r.Findings[0]; f.Row != 2 || f.Class != city.RowDuplicate {
			t.Errorf("%+v", f)
		}
		if f := r.Findings[1]; f.Row != 3 || f.Class != city.RowQuarantined || !strings.HasPrefix(f.Reason, "n: ") {
			t.Errorf("%+v", f)
		}
		if f := r.Findings[2]; f.Row != 4 || !strings.Contains(f.Reason, "ahead of the city's clock") {
			t.Errorf("%+v", f)
		}
	}
}

type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// TestNothingIsHalfTaken gives bodies that are doubtful as a whole.
func TestNothingIsHalfTaken(t *testing.T) {
	row := "2014-08-11T10:00:00Z,1,5\n"
	for name, c := range map[string]struct {
		body  io.Reader
		typ   string
		limit int64
		kind  city.ErrorKind
		want  string
	}{
		"connection broken": {broken{strings.NewReader("at,id,n\n" + strings.Repeat(row, 5000))}, "text/csv", 0, city.Invalid, "broke off"},
		"too large":         {strings.NewReader("at,id,n\n" + strings.Repeat(row, 5000)), "text/csv", 1000, city.TooLarge, "larger than 1000 bytes"},
		"unknown column":    {strings.NewReader("at,id,n,new\n" + row), "text/csv", 0, city.Invalid, `column "new"`},
		"missing column":    {strings.NewReader("at,id\n"), "text/csv", 0, city.Invalid, `column "n"`},
		"no header":         {strings.NewReader(""), "text/csv", 0, city.Invalid, "no header"},
		"unknown member":    {strings.NewReader(strings.Repeat(`{"at":"2014-08-11T10:00:00Z","id":1,"n":5}`+"\n", 3000) + `{"new":1}`), "application/json", 0, city.Invalid, `row 3001: member "new"`},
		"array cut off":     {strings.NewReader(`[{"id":1}`), "application/json", 0, city.Invalid, "cut off after row 1"},
		"content type":      {strings.NewReader("x"), "text/html", 0, city.Invalid, "Content-Type"},
	} {
		g := &gate{}
		r, err := Take(context.Background(), g, Request{Mapping: feed(t, "csv"), Body: c.body, ContentType: c.typ, Limit: c.limit, Now: now})
		if city.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || r.Rows != 0 || g.writes != 0 {
			t.Errorf("%s: %+v %v, %d writes", name, r, err, g.writes)
		}
	}
}

func TestRefusalInTheMiddleSaysHowFar(t *testing.T) {
	var b strings.Builder
	b.WriteString("at,id,n\n")
	for i := range 3 * batchRows {
		fmt.Fprintf(&b, "2014-08-11T10:00:00Z,%d,1\n", i)
	}
	g := &gate{refuse: 2}
	r, err := Take(context.Background(), g, Request{Mapping: feed(t, "csv"), Body: strings.NewReader(b.String()), Now: now})
	if city.KindOf(err) != city.Overload || r.Rows != batchRows || r.Counts[city.RowApplied] != batchRows {
		t.Errorf("%d rows, %v", r.Rows, err)
	}
}

func TestFindingsAreBounded(t *testing.T) {
	body := "at,id,n\n" + strings.Repeat("never,1,1\n", MaxFindings+500)
	r, err := Take(context.Background(), &gate{}, Request{Mapping: feed(t, "csv"), Body: strings.NewReader(body), Now: now})
	if err != nil || len(r.Findings) != MaxFindings || r.Unnamed != 500 || r.Counts[city.RowQuarantined] != MaxFindings+500 {
		t.Errorf("%d findings, %d more, %v", len(r.Findings), r.Unnamed, err)
	}
}

func TestCorrect(t *testing.T) {
	m := feed(t, "csv")
	good := "2014-08-11T10:00:00Z,2,7"
	if _, err := Correct(m, []byte(good), now); city.KindOf(err) != city.Invalid {
		t.Errorf("without a header known: %v", err)
	}
	for _, text := range []string{"at,id,n\n" + good, `{"at":"2014-08-11T10:00:00Z","id":2,` + "\n" + `"n":7}`} {
		c, err := Correct(m, []byte(text), now)
		if err != nil || c.Entity != "urn:x:Thing:2" || c.Flags != city.FlagCorrected || c.Row != 0 || c.Attributes[0].Value.Num != 7 || c.Attributes[0].Flags != city.FlagCorrected {
			t.Errorf("%s: %+v %v", text, c, err)
		}
	}
	g := &gate{}
	if _, err := Take(context.Background(), g, Request{Mapping: m, Body: strings.NewReader(csvBody), Now: now}); err != nil {
		t.Fatal(err)
	}
	if r, err := Resubmit(context.Background(), g, m, []byte(g.changes[2].Raw), now); city.KindOf(err) != city.Invalid || !strings.Contains(err.Error(), "is not a number") {
		t.Errorf("unchanged: %+v %v", r, err)
	}
	mended := strings.Replace(g.changes[2].Raw, "many", "9", 1)
	r, err := Resubmit(context.Background(), g, m, []byte(mended), now)
	last := g.changes[len(g.changes)-1]
	if err != nil || r.Class != city.RowApplied || last.Entity != "urn:x:Thing:2" || last.Attributes[0].Value.Num != 9 {
		t.Errorf("%+v %+v %v", r, last, err)
	}
	for _, text := range []string{"", "  ", good + "\n" + good, "{", `{"at":"2014-08-11T10:00:00Z","id":2,"new":7}`} {
		if _, err := Correct(m, []byte(text), now); city.KindOf(err) != city.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add("text/csv", csvBody)
	f.Add("application/json", `[{"at":"2014-08-11T10:00:00Z","id":1,"n":5}]`)
	m := feed(f, "csv")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		g := &gate{}
		r, err := Take(context.Background(), g, Request{Mapping: m, Body: strings.NewReader(body), ContentType: contentType, Limit: 1 << 16, Now: now})
		if err != nil {
			if g.writes != 0 || city.KindOf(err) == city.Internal {
				t.Fatalf("%d writes, %v", g.writes, err)
			}
			return
		}
		var sum int64
		for _, n := range r.Counts {
			sum += n
		}
		if sum != r.Rows || r.Rows != int64(len(g.changes)) {
			t.Fatalf("%+v for %d changes", r, len(g.changes))
		}
	})
}
