package mapping

import (
	"slices"
	"sync/atomic"

	"citybrain/city"
)

// headerMemory keeps the columns of the file bound last, so that a row of it
// can be corrected later without its header.
type headerMemory struct{ last atomic.Pointer[[]string] }

// Header lists the columns of the rows: those of the file bound last, or those
// that the mapping lists for files without a header. It is nil when neither is
// known.
func (m *Mapping) Header() []string {
	if h := m.header.last.Load(); h != nil {
		return slices.Clone(*h)
	}
	return slices.Clone(m.spec.Columns)
}

// Bind makes a mapper for rows with these columns. A column that is neither
// mapped nor ignored, is missing or is there twice is an Invalid error that
// names it: the feed must not run on a guess.
func (m *Mapping) Bind(columns []string) (*Mapper, error) {
	if wrong := m.wrongColumns(columns); wrong != "" {
		return nil, city.InvalidField("mapping.Bind", string(m.spec.ID), "%s", wrong)
	}
	if kept := slices.Clone(columns); m.spec.Format == "csv" {
		m.header.last.Store(&kept)
	}
	return m.bind(columns), nil
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
