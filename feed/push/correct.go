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
// city.FlagCorrected. The text is a JSON object of the feed's columns, a CSV row
// with the columns of the feed's last file, or a CSV header and a row below it.
// Invalid says what is still wrong; nothing is written.
func Correct(m *mapping.Mapping, text []byte, now city.Instant) (city.Change, error) {
	mapper, row, err := oneRow(m, bytes.TrimSpace(text))
	if err != nil {
		return city.Change{}, err
	}
	var c city.Change
	mapper.Map(&row, &mapping.Bounds{Latest: now.Add(m.Spec().MaxAhead())}, now, &c)
	if c.Op != city.OpObserve {
		return city.Change{}, city.InvalidField("push.Correct", "raw", "%s", c.Reason)
	}
	c.Row = 0
	c.Flags |= city.FlagCorrected
	for i := range c.Attributes {
		c.Attributes[i].Flags |= city.FlagCorrected
	}
	return c, nil
}

// Resubmit corrects a row and writes it.
func Resubmit(ctx context.Context, gate Gate, m *mapping.Mapping, text []byte, now city.Instant) (model.Result, error) {
	c, err := Correct(m, text, now)
	if err != nil {
		return model.Result{}, err
	}
	results, err := gate.Write(ctx, []city.Change{c})
	if err != nil {
		return model.Result{}, err
	}
	return results[0], results[0].Err
}

func oneRow(m *mapping.Mapping, text []byte) (*mapping.Mapper, mapping.Row, error) {
	if bytes.HasPrefix(text, []byte("{")) {
		row, err := onlyRow(rowfile.Over("the row", bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), rowfile.JSONOf(m)))
		return m.BindAll(), row, err
	}
	if header := m.Header(); header != nil {
		f := rowfile.CSVOf(m)
		f.Columns = header
		if row, err := onlyRow(rowfile.Over("the row", text, f)); err == nil {
			mapper, err := m.Bind(header)
			return mapper, row, err
		}
	}
	r := rowfile.Over("the row", text, rowfile.Format{Delimiter: m.Delimiter()})
	header, err := r.Columns()
	if err != nil {
		return nil, mapping.Row{}, err
	}
	row, err := onlyRow(r)
	if err != nil {
		return nil, mapping.Row{}, err
	}
	mapper, err := m.Bind(header)
	return mapper, row, err
}

// onlyRow is the row of a text that holds exactly one.
func onlyRow(r *rowfile.Reader) (row mapping.Row, err error) {
	switch err = r.Next(&row); {
	case err == io.EOF:
		return row, city.InvalidField("push.Correct", "raw", "there is no row; without a file of the feed since the start, put the header above the row or write a JSON object")
	case err != nil:
		return row, err
	}
	var second mapping.Row
	switch err = r.Next(&second); {
	case err == io.EOF:
		return row, nil
	case err != nil:
		return row, err
	}
	return row, city.InvalidField("push.Correct", "raw", "there is more than one row")
}
