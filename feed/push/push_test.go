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
		"missing columns":   {strings.NewReader("id\n"), "text/csv", 0, city.Invalid, `the body: columns "at" and "n" of the mapping are missing`},
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

// TestUnknownMemberSpoilsItsRow pushes objects with members that nobody mapped
// among sound ones, in both forms of JSON.
func TestUnknownMemberSpoilsItsRow(t *testing.T) {
	const good, other = `{"at":"2014-08-11T10:00:00Z","id":1,"n":5}`, `{"at":"2014-08-11T10:01:00Z","id":1,"n":5}`
	const bad, long = `{"at":"2014-08-11T10:00:00Z","id":2,"new":{"x":1},"n":5}`, `{"id":3,"é%s":1}`
	for _, body := range []string{
		"[" + good + "," + bad + "," + fmt.Sprintf(long, strings.Repeat("x", 500)) + "," + other + "]",
		good + "\n" + bad + "\n" + fmt.Sprintf(long, strings.Repeat("x", 500)) + "\n" + other,
	} {
		g := &gate{}
		r, err := Take(context.Background(), g, Request{Mapping: feed(t, "csv"), Body: strings.NewReader(body), ContentType: "application/json", Now: now})
		if err != nil || r.Counts != [city.RowClasses]int64{city.RowApplied: 2, city.RowQuarantined: 2} {
			t.Fatalf("%+v %v", r, err)
		}
		if f := r.Findings[0]; f.Row != 2 || f.Reason != `member "new" is not in the mapping: map it or list it under ignore` || g.changes[1].Raw != bad {
			t.Errorf("%+v of %s", f, g.changes[1].Raw)
		}
		if f := r.Findings[1]; f.Row != 3 || len(f.Reason) > 200 {
			t.Errorf("%+v", f)
		}
	}
}

func TestCorrect(t *testing.T) {
	m := feed(t, "csv")
	const good, kept = "2014-08-11T10:00:00Z,2,7", "at,id,n\n2014-08-11T10:00:00Z,2,many"
	for text, kept := range map[string]string{
		good:                              kept,
		"at,id,n\n" + good:                "",
		"at,id,n\r\n\r\n" + good + "\r\n": "",
		`{"at":"2014-08-11T10:00:00Z","id":2,` + "\n" + `"n":7}`: "",
		"n,at,id\n7,2014-08-11T10:00:00Z,2":                      kept, // its own header counts
		`7,,"2014-08-11T10:00:00Z","2"`:                          "n,note,at,id\n,\"x\ny\",,",
		`"2014-08-11T10:00:00Z","2","7"`:                         "at,id,n\n\"broken",
		"note,at,id,n\n" + `"two` + "\n" + `lines",` + good:      "",
		`"two` + "\n" + `lines",` + good:                         "note,at,id,n\nx",
	} {
		c, err := Correct(m, kept, []byte(text), now)
		if err != nil || c.Entity != "urn:x:Thing:2" || c.Flags != city.FlagCorrected || c.Row != 0 || c.Attributes[0].Value.Num != 7 || c.Attributes[0].Flags != city.FlagCorrected {
			t.Errorf("%q for %q: %+v %v", text, kept, c, err)
		}
	}
	for text, kept := range map[string]string{
		"":                         kept,
		"  ":                       kept,
		good + "\n" + good:         kept,
		"at,id,n":                  kept,
		"at,id,n\n" + good + "\n1": kept,
		"{":                        kept,
		`{"at":"2014-08-11T10:00:00Z","id":2,"new":7}`: kept,
		`2014-08-11T10:00:00Z,2,"7`:                    kept,
		"2014-08-11T10:00:00Z,2,many":                  kept,
		good:                                           "", // nobody knows its columns
		good + " ":                                     good,
		good + "  ":                                    `{"at":"2014-08-11T10:00:00Z","id":2,"n":"many"}`,
		good + "   ":                                   "at,id,old\n" + good, // the mapping has changed since
	} {
		if c, err := Correct(m, kept, []byte(text), now); city.KindOf(err) != city.Invalid {
			t.Errorf("%q for %q: %+v %v", text, kept, c, err)
		}
	}
}

// TestRowsKeepTheirOwnColumns quarantines rows of two bodies whose columns have
// different orders. Each is corrected by its own, in whatever order they come.
func TestRowsKeepTheirOwnColumns(t *testing.T) {
	for _, format := range []string{"csv", "json"} { // CSV may be posted to both
		m := feed(t, format)
		g := &gate{}
		take := func(body string) string {
			t.Helper()
			r, err := Take(context.Background(), g, Request{Mapping: m, Body: strings.NewReader(body), ContentType: "text/csv", Now: now})
			if err != nil || r.Counts[city.RowQuarantined] != 1 {
				t.Fatalf("%+v %v", r, err)
			}
			return g.changes[len(g.changes)-1].Raw
		}
		first := take("at,id,n\n2014-08-11T15:00:00Z,1,2\n")
		second := take("at,n,id\r\n2014-08-11T15:00:00Z,3,4\r\n")
		if first != "at,id,n\n2014-08-11T15:00:00Z,1,2" || second != "at,n,id\n2014-08-11T15:00:00Z,3,4" {
			t.Fatalf("kept %q and %q", first, second)
		}
		for kept, texts := range map[string][]string{
			first:  {"2014-08-11T10:00:00Z,1,2", strings.Replace(first, "T15", "T10", 1)},
			second: {"2014-08-11T10:00:00Z,2,1", "at,n,id\n2014-08-11T10:00:00Z,2,1"},
		} {
			for _, text := range texts {
				r, err := Resubmit(context.Background(), &gate{}, m, kept, []byte(text), now)
				if err != nil || r.Class != city.RowApplied {
					t.Errorf("%q: %+v %v", text, r, err)
				}
				c, err := Correct(m, kept, []byte(text), now)
				if err != nil || c.Entity != "urn:x:Thing:1" || c.Attributes[0].Value.Num != 2 {
					t.Errorf("%q for %q: %+v %v", text, kept, c, err)
				}
			}
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
