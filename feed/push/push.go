package push

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/model"
)

// Gate takes changes into the city: model.Writer.
type Gate interface {
	// Write returns what became of each change once it is durable.
	Write(ctx context.Context, changes []city.Change) ([]model.Result, error)
}

// DefaultLimit is the size of a body, batchRows how many of its rows are
// applied together, and MaxFindings how many rows a report names.
const (
	DefaultLimit = 16 << 20
	batchRows    = 1024
	MaxFindings  = 1000
)

// Request is a posted body.
type Request struct {
	Mapping *mapping.Mapping
	Body    io.Reader
	// ContentType is text/csv, application/json (an array or lines) or
	// application/x-ndjson; empty is the feed's own format.
	ContentType string
	Limit       int64        // bytes of Body, DefaultLimit if zero
	Now         city.Instant // the city's clock
}

// Report says what became of the rows of a body.
type Report struct {
	Rows     int64 // taken; all of the body's unless there is an error
	Counts   [city.RowClasses]int64
	Findings []Finding // rows that were not simply applied, in order
	Unnamed  int64     // such rows beyond MaxFindings
}

// Finding is one row that was flagged, a duplicate, or quarantined.
type Finding struct {
	Row    int64 // 1 for the first row of the body after a header
	Class  city.RowClass
	Flags  city.Flags
	Reason string
}

// Take applies the rows of a body. Invalid and TooLarge: nothing was applied.
// Overload and Unavailable: the rows of the report are applied, those behind
// them not; send the body again after Retry.
func Take(ctx context.Context, gate Gate, q Request) (Report, error) {
	format, err := formatOf(q)
	if err != nil {
		return Report{}, err
	}
	data, err := readBody(q)
	if err != nil {
		return Report{}, err
	}
	if err := check(data, format, q.Mapping); err != nil {
		return Report{}, err
	}
	r := rowfile.Over("the body", data, format)
	mapper, err := r.Bind(q.Mapping)
	if err != nil {
		return Report{}, err
	}
	t := taker{gate: gate, source: q.Mapping.Feed().Source()}
	bounds := mapping.Bounds{Latest: q.Now.Add(q.Mapping.Spec().MaxAhead())}
	var row mapping.Row
	for {
		err := r.Next(&row)
		if err == nil {
			t.add(mapper, &row, &bounds, q.Now)
		}
		if len(t.rows) == batchRows || err != nil && len(t.rows) > 0 {
			if err := t.write(ctx); err != nil {
				return t.report, err
			}
		}
		if err == io.EOF {
			return t.report, nil
		}
		if err != nil {
			return t.report, err
		}
	}
}

// formatOf is the format of the body. A JSON object with an unknown member
// spoils no other: the sender of one row knows nothing of its neighbours.
func formatOf(q Request) (rowfile.Format, error) {
	f, err := statedFormat(q)
	f.SpareUnknown = true
	return f, err
}

func statedFormat(q Request) (rowfile.Format, error) {
	if q.ContentType == "" {
		return rowfile.FormatOf(q.Mapping), nil
	}
	kind, _, err := mime.ParseMediaType(q.ContentType)
	switch {
	case err == nil && kind == "text/csv":
		return rowfile.CSVOf(q.Mapping), nil
	case err == nil && (kind == "application/json" || strings.HasSuffix(kind, "ndjson") || kind == "application/jsonl"):
		return rowfile.JSONOf(q.Mapping), nil
	}
	return rowfile.Format{}, city.InvalidField("push.Take", "Content-Type", "%q is not text/csv, application/json or application/x-ndjson", q.ContentType)
}

// readBody reads the body to its end or fails without effect.
func readBody(q Request) ([]byte, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = DefaultLimit
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(q.Body, limit+1))
	var tooLarge *http.MaxBytesError
	switch {
	case n > limit || errors.As(err, &tooLarge):
		return nil, city.Errorf(city.TooLarge, "push.Take", "the body is larger than %d bytes; nothing was applied: send it in parts", limit)
	case err != nil:
		return nil, &city.Error{Kind: city.Invalid, Op: "push.Take", Detail: "the body broke off before its end; nothing was applied", Err: err}
	}
	return b.Bytes(), nil
}

// check reads all rows once, so that what makes a body doubtful as a whole is
// found before anything is applied.
func check(data []byte, f rowfile.Format, m *mapping.Mapping) error {
	r := rowfile.Over("the body", data, f)
	if _, err := r.Bind(m); err != nil {
		return err
	}
	var row mapping.Row
	for {
		switch err := r.Next(&row); err {
		case nil:
		case io.EOF:
			return nil
		default:
			return err
		}
	}
}

// taker collects a batch and accounts for its rows.
type taker struct {
	gate    Gate
	source  city.SourceID
	rows    []city.Change
	numbers []int64
	report  Report
}

func (t *taker) add(x *mapping.Mapper, row *mapping.Row, bounds *mapping.Bounds, now city.Instant) {
	t.rows = append(t.rows, city.Change{})
	c := &t.rows[len(t.rows)-1]
	x.Map(row, bounds, now, c)
	c.Row = 0 // the numbering of a body means nothing to the feed's progress
	t.numbers = append(t.numbers, row.Number)
}

func (t *taker) write(ctx context.Context) error {
	rows := t.rows
	t.rows = nil
	defer func() { t.numbers = t.numbers[:0] }()
	reasons := make([]string, len(rows)) // the gate owns the rows afterwards
	for i := range rows {
		reasons[i] = rows[i].Reason
	}
	results, err := t.gate.Write(ctx, rows)
	if err != nil {
		return err
	}
	for i := range results {
		if results[i].Err != nil {
			err = results[i].Err
			continue
		}
		t.account(t.numbers[i], &results[i], reasons[i])
	}
	return err
}

func (t *taker) account(number int64, r *model.Result, reason string) {
	t.report.Rows++
	t.report.Counts[r.Class]++
	if r.Class == city.RowApplied {
		return
	}
	if len(t.report.Findings) == MaxFindings {
		t.report.Unnamed++
		return
	}
	if reason == "" {
		reason = r.Reason
	}
	t.report.Findings = append(t.report.Findings, Finding{Row: number, Class: r.Class, Flags: r.Flags, Reason: reason})
}
