package sim

import (
	"strconv"

	"citybrain/city"
	"citybrain/internal/wire"
)

// Batch is what one feed sends at one time: a body for the program's own way in.
type Batch struct {
	Feed        city.FeedID
	At          city.Instant // the city's time when it is sent
	ContentType string
	Rows        int
	Body        []byte
}

// rows collects the rows of a stride by feed, in the order in which feeds first
// send.
type rows struct {
	now  city.Instant
	open []*sheet
}

// sheet is the body of one feed: CSV with a header, or a JSON array.
type sheet struct {
	feed    city.FeedID
	columns []string // CSV
	json    bool
	body    []byte
	rows    int
	fields  int // of the row being written
}

func (r *rows) clear() { r.open = r.open[:0] }

// take appends what has been collected to out and begins anew.
func (r *rows) take(out []Batch) []Batch {
	for _, s := range r.open {
		kind := "text/csv"
		if s.json {
			s.body, kind = append(s.body, "\n]\n"...), "application/json"
		}
		out = append(out, Batch{Feed: s.feed, At: r.now, ContentType: kind, Rows: s.rows, Body: s.body})
	}
	r.open = nil
	return out
}

// csv begins a row of a feed.
func (r *rows) csv(feed city.FeedID, columns ...string) *sheet {
	s := r.sheet(feed)
	if s.body == nil {
		s.columns = columns
		for _, name := range columns {
			s.separate()
			s.body = append(s.body, name...)
		}
	}
	s.begin()
	return s
}

// json begins a row of a feed that sends JSON objects with these members.
func (r *rows) json(feed city.FeedID, members ...string) *sheet {
	s := r.sheet(feed)
	s.json, s.columns = true, members
	s.begin()
	return s
}

func (r *rows) sheet(feed city.FeedID) *sheet {
	for _, s := range r.open {
		if s.feed == feed {
			return s
		}
	}
	s := &sheet{feed: feed}
	r.open = append(r.open, s)
	return s
}

func (s *sheet) begin() {
	switch {
	case !s.json:
		s.body = append(s.body, '\n')
	case s.rows == 0:
		s.body = append(s.body, "[\n{"...)
	default:
		s.body = append(s.body, ",\n{"...)
	}
	s.rows++
	s.fields = 0
}

// separate goes to the next field; in JSON it names the member.
func (s *sheet) separate() {
	if s.fields > 0 {
		s.body = append(s.body, ',')
	}
	if s.json {
		s.body = append(wire.AppendString(s.body, s.columns[s.fields]), ':')
	}
	s.fields++
}

// text writes a text. Those of the simulation hold no comma, quote or line end.
func (s *sheet) text(v string) *sheet {
	s.separate()
	if s.json {
		s.body = wire.AppendString(s.body, v)
	} else {
		s.body = append(s.body, v...)
	}
	return s.end()
}

// number writes a number with so many decimals.
func (s *sheet) number(v float64, decimals int) *sheet {
	s.separate()
	s.body = strconv.AppendFloat(s.body, v, 'f', decimals, 64)
	return s.end()
}

// stamp writes the city's local time the way most of its systems do.
func (s *sheet) stamp(i city.Instant) *sheet {
	s.separate()
	if s.json {
		s.body = append(s.body, '"')
	}
	s.body = local(i).AppendFormat(s.body, "2006-01-02 15:04:05")
	if s.json {
		s.body = append(s.body, '"')
	}
	return s.end()
}

// point writes a longitude and a latitude.
func (s *sheet) point(p city.Point) *sheet { return s.number(p.Lon, 6).number(p.Lat, 6) }

// end closes a JSON object behind its last member.
func (s *sheet) end() *sheet {
	if s.json && s.fields == len(s.columns) {
		s.body = append(s.body, '}')
	}
	return s
}
