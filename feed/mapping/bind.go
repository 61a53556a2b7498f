package mapping

import (
	"slices"

	"citybrain/city"
)

// Bind makes a mapper for CSV rows with these columns. A column that is neither
// mapped nor ignored, is missing or is there twice is an Invalid error that
// names it: the feed must not run on a guess.
func (m *Mapping) Bind(columns []string) (*Mapper, error) {
	if wrong := m.wrongColumns(columns); wrong != "" {
		return nil, city.Errorf(city.Invalid, "mapping.Bind", "%s", wrong)
	}
	x := m.bind(columns)
	x.header = headerLine(columns, m.Delimiter())
	return x, nil
}

// BindAll makes a mapper for rows whose fields are AllColumns: what a reader of
// JSON delivers.
func (m *Mapping) BindAll() *Mapper { return m.bind(m.AllColumns()) }

func (m *Mapping) bind(columns []string) *Mapper {
	x := &Mapper{
		m: m, index: make([]int, len(m.columns)), width: len(columns), names: slices.Clone(columns),
		entity: newIDs(m.entity), texts: texts{map[string]string{}}, empty: m.spec.Empty,
		fields: make([]field, len(m.plans)),
	}
	for i, name := range m.columns {
		x.index[i] = slices.Index(columns, name)
	}
	if m.time != nil {
		x.time = m.time.reader()
		x.timeAt = x.index[m.time.slot]
	}
	for i := range m.plans {
		x.fields[i] = bindField(&m.plans[i], x.index)
	}
	return x
}

// AllColumns lists the columns that a row may have: those used, then those
// ignored.
func (m *Mapping) AllColumns() []string { return append(slices.Clone(m.columns), m.spec.Ignore...) }

func (t *timePlan) reader() *timeReader {
	return &timeReader{formats: t.formats, zone: &zone{place: t.place}}
}

// field is a plan bound to the columns of a file.
type field struct {
	*plan
	at        int // index of the column in a row
	last      string
	lastV     city.Value
	lastFlags city.Flags
	time      *timeReader
	ids       *ids
}

func bindField(p *plan, index []int) field {
	f := field{plan: p}
	switch p.kind {
	case fromNumber, fromText, fromBool, fromTime:
		f.at = index[p.slot]
	case fromRelation:
		f.ids = newIDs(p.text)
	}
	if p.time != nil {
		f.time = p.time.reader()
	}
	return f
}
