package push

import (
	"bytes"
	"context"
	"io"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/model"
)

// Correct makes a change of the mended text of a quarantined row, flagged
// city.FlagCorrected. kept is the text that stands in quarantine: a CSV row
// stands there below a line with its own columns. The mended text is one of
//
//   - a JSON object of the feed's columns,
//   - a CSV header and a row below it,
//   - a CSV row alone, which is read by the columns of the kept row and is
//     refused where kept has none: no other file or body says what they are.
//
// Invalid says what is still wrong; nothing is written.
func Correct(m *mapping.Mapping, kept string, text []byte, now city.Instant) (city.Change, error) {
	mapper, row, err := oneRow(m, kept, bytes.TrimSpace(text))
	if err != nil {
		return city.Change{}, err
	}
	var c city.Change
	mapper.Map(&row, &mapping.Bounds{Latest: now.Add(m.Spec().MaxAhead())}, now, &c)
	if c.Op != city.OpObserve {
		return city.Change{}, wrongRow("%s", c.Reason)
	}
	c.Row = 0
	c.Flags |= city.FlagCorrected
	for i := range c.Attributes {
		c.Attributes[i].Flags |= city.FlagCorrected
	}
	return c, nil
}

// Resubmit corrects a row and writes it.
func Resubmit(ctx context.Context, gate Gate, m *mapping.Mapping, kept string, text []byte, now city.Instant) (model.Result, error) {
	c, err := Correct(m, kept, text, now)
	if err != nil {
		return model.Result{}, err
	}
	results, err := gate.Write(ctx, []city.Change{c})
	if err != nil {
		return model.Result{}, err
	}
	return results[0], results[0].Err
}

func wrongRow(format string, args ...any) error {
	return city.InvalidField("push.Correct", "raw", format, args...)
}

func oneRow(m *mapping.Mapping, kept string, text []byte) (*mapping.Mapper, mapping.Row, error) {
	if bytes.HasPrefix(text, []byte("{")) {
		row, err := onlyRow(rowfile.Over("the row", bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), rowfile.JSONOf(m)))
		return m.BindAll(), row, err
	}
	r := rowfile.Over("the row", text, rowfile.Format{Delimiter: m.Delimiter()})
	if len(text) == 0 {
		return nil, mapping.Row{}, errNoRow
	}
	if _, err := r.Columns(); err != nil {
		return bareRow(m, kept, text)
	}
	row, err := onlyRow(r)
	if err == errNoRow {
		return bareRow(m, kept, text)
	}
	if err != nil {
		return nil, row, err
	}
	mapper, err := r.Bind(m)
	if err != nil {
		return nil, row, wrongRow("the first line is not a header of the feed: %s", city.Detail(err))
	}
	return mapper, row, nil
}

// bareRow reads a CSV row by the columns of the kept one.
func bareRow(m *mapping.Mapping, kept string, text []byte) (*mapping.Mapper, mapping.Row, error) {
	r := rowfile.Over("the row", []byte(kept), rowfile.Format{Delimiter: m.Delimiter()})
	mapper, err := r.Bind(m)
	if err != nil {
		return nil, mapping.Row{}, wrongRow("the columns of this row are not known: put a header row above it, or write a JSON object")
	}
	f := rowfile.CSVOf(m)
	f.Columns, _ = r.Columns()
	row, err := onlyRow(rowfile.Over("the row", text, f))
	return mapper, row, err
}

var errNoRow = wrongRow("there is no row")

// onlyRow is the row of a text that holds exactly one.
func onlyRow(r *rowfile.Reader) (row mapping.Row, err error) {
	switch err = r.Next(&row); {
	case err == io.EOF:
		return row, errNoRow
	case err != nil:
		return row, wrongRow("%s", city.Detail(err))
	}
	var second mapping.Row
	switch err = r.Next(&second); {
	case err == io.EOF:
		return row, nil
	case err != nil:
		return row, wrongRow("%s", city.Detail(err))
	}
	return row, wrongRow("there is more than one row")
}
